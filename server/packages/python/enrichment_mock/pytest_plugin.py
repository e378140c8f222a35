"""The pytest plugin: one mock for a run (for each worker of pytest-xdist), and a team for each test."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Generator, Iterator, List, NoReturn

import pytest

if TYPE_CHECKING:
    from . import AsyncTeam, Mock, Team, payloads

MARKER = (
    "enrichment(scenario, credits, clock): what enrichment_team begins with. scenario: the name of a loaded scenario, or "
    'a whole scenario as a dict; credits: the balance; clock: "manual" or "running".'
)
ARGUMENTS = ("scenario", "credits", "clock")
LONGEST_NAME = 300  # of a team, and of a file
SHOWN = 50_000  # characters of a snapshot in the report

# The teams of the tests, for the report of those that fail.
_teams: weakref.WeakKeyDictionary[Any, Team] = weakref.WeakKeyDictionary()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("enrichment_mock_args", "more flags for the mock, such as --scenarios DIR", type="args", default=[])
    parser.getgroup("enrichment-mock").addoption(
        "--enrichment-snapshots",
        metavar="DIR",
        default=os.environ.get("ENRICHMENT_MOCK_SNAPSHOTS") or None,
        help="also write the snapshot of each failed test's team to a file in this folder (ENRICHMENT_MOCK_SNAPSHOTS)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def enrichment_mock(pytestconfig: pytest.Config) -> Iterator[Mock]:
    """A mock on a manual clock, for all tests. To start it differently, define a fixture of this name."""
    from . import StartError, start_mock

    folder = getattr(pytestconfig, "rootpath", None) or getattr(pytestconfig, "rootdir")  # before pytest 6.1
    args: Any = pytestconfig.getini("enrichment_mock_args")
    try:
        mock = start_mock(args=args, cwd=str(folder))
    except StartError as error:
        _fail(error)
    with mock:
        yield mock


def _fail(reason: object) -> NoReturn:
    """Shows the reason, without the code of this package."""
    error = pytest.fail.Exception(str(reason), pytrace=False)
    error.__suppress_context__ = True
    raise error


@pytest.fixture(scope="session")
def _enrichment_names(enrichment_mock: Mock) -> _Names:
    return _Names("" if enrichment_mock.started_here else f".{secrets.token_hex(4)}")


class _Names:
    """Names of teams. Tests that run again, and runs that share a mock, have teams of their own."""

    def __init__(self, ending: str) -> None:
        self._ending = ending
        self._runs: Dict[str, int] = {}

    def of(self, node_id: str) -> str:
        self._runs[node_id] = run = self._runs.get(node_id, 0) + 1
        return _short(node_id) + (f".{run}" if run > 1 else "") + self._ending


def _short(name: str) -> str:
    if len(name.encode()) <= LONGEST_NAME:
        return name
    return f"{name.encode()[: LONGEST_NAME - 17].decode(errors='ignore')}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


@pytest.fixture
def enrichment_team(enrichment_mock: Mock, _enrichment_names: _Names, request: pytest.FixtureRequest) -> Team:
    """A team that only this test has. @pytest.mark.enrichment says what it begins with."""
    from . import MockError

    try:
        team = enrichment_mock.team(_enrichment_names.of(request.node.nodeid), **_arguments(request.node))
    except MockError as error:
        _fail(error)
    _teams[request.node] = team
    return team


@pytest.fixture
def enrichment_async_team(enrichment_team: Team) -> AsyncTeam:
    """The same team as enrichment_team, for asyncio."""
    return enrichment_team.as_async()


def _arguments(node: Any) -> Dict[str, Any]:
    """The arguments of the test's markers; a closer marker overrides one of its class or module."""
    found: Dict[str, Any] = {}
    for marker in node.iter_markers("enrichment"):
        wrong = [repr(each) for each in marker.args] + [each for each in marker.kwargs if each not in ARGUMENTS]
        if wrong:
            _fail(f"@pytest.mark.enrichment takes {', '.join(ARGUMENTS)} by name, not {wrong[0]}")
        found = {**marker.kwargs, **found}
    return found


# The snapshot of a failed test ---------------------------------------------------------------------------------------


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    team = _teams.get(item)
    if not report.failed or team is None:
        return
    del _teams[item]
    report.sections.append((f"enrichment-mock: {team.api_key}", _shown(team, item)))


def _shown(team: Team, item: pytest.Item) -> str:
    from . import MockError

    try:
        whole = team.snapshot()
    except MockError as error:
        return f"no snapshot: {error}"
    snapshot = whole["teams"][0]
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    folder: Any = item.config.getoption("--enrichment-snapshots")
    if folder:
        path = Path(folder, re.sub(r"[^\w.-]+", "-", _short(item.nodeid)) + ".json")
        try:
            os.makedirs(folder, exist_ok=True)
            path.write_text(text, "utf-8")
            text = f"the snapshot is in {path}"
        except OSError as error:
            text = f"--enrichment-snapshots: {error}\n{text}"
    if len(text) > SHOWN:
        text = f"{text[:SHOWN]}\n… {len(text) - SHOWN} characters more: --enrichment-snapshots DIR writes all of them to a file"
    return "\n".join([*_summary(snapshot), text])


def _summary(snapshot: payloads.TeamSnapshot) -> List[str]:
    clock = snapshot["clock"]
    lines = [f"scenario {snapshot['scenario']['name']}, {snapshot['credits']} credits, {clock['mode']} clock at {clock['now']}"]
    for request in snapshot["requests"]:
        why = request.get("reason") or request.get("rule") or ""
        lines.append(f"request {request['number']}: {request['method']} {request['path']}: {request['status']} {why}".rstrip())
    for enrichment in snapshot["enrichments"]:
        lines.append(f"enrichment {enrichment['_id']}: {enrichment['status']}, {enrichment['linkedin_url']}")
    for callback in snapshot["callbacks"]:
        results = [str(attempt["status"] or attempt["error"]) for attempt in callback["attempts"]]
        lines.append(f"callback {callback['id']}: {callback['state']}, {callback['url']}, attempts: {', '.join(results) or 'none'}")
    return lines
