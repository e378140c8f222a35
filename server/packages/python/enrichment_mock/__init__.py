"""enrichment-mock, a local emulator of an e-mail enrichment API, for tests in Python.

    with start_mock() as mock:
        team = mock.team("my-test")
        ...  # the tested client calls team.url with the x-api-key team.api_key
        team.settle()
        team.verify({"outcomes": {"completed": 1}})
"""

from .async_team import AsyncTeam
from .errors import (
    CallError,
    MockError,
    StartError,
    UnreachableError,
    VerificationError,
    WaitTimeoutError,
)
from .mock import Mock, connect_mock, start_mock
from .team import Team
from .transport import AsyncEvents, Events
from .version import __version__

__all__ = [
    "AsyncEvents",
    "AsyncTeam",
    "CallError",
    "Events",
    "Mock",
    "MockError",
    "StartError",
    "Team",
    "UnreachableError",
    "VerificationError",
    "WaitTimeoutError",
    "__version__",
    "connect_mock",
    "start_mock",
]
