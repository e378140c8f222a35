"""A mock that is started here, or one that already runs."""

from __future__ import annotations

import asyncio
import difflib
import os
import re
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Type, TypeVar, Union
from urllib.parse import quote

from .async_team import AsyncTeam
from .calls import ADMIN, HEALTH, RESET, SCENARIOS, SNAPSHOT, TEAMS, ClockMode
from .errors import CallError, MockError, StartError, UnreachableError
from .program import Program, find_binary
from .team import Team
from .transport import Address, Call, send

if TYPE_CHECKING:
    from . import payloads

T = TypeVar("T")
URL_VARIABLE: str = "ENRICHMENT_MOCK_URL"
TOKEN_VARIABLE = "ENRICHMENT_MOCK_ADMIN_TOKEN"


class Mock:
    """A mock, for all teams. start_mock() and connect_mock() make it. `with` stops a mock that was started here."""

    def __init__(
        self,
        address: Address,
        program: Optional[Program] = None,
        *,
        scenario: Optional[str] = None,
        credits: Optional[int] = None,
        clock: Optional[ClockMode] = None,
    ) -> None:
        self._address, self._program = address, program
        self._scenario = scenario
        self._credits = credits
        self._clock: Optional[ClockMode] = clock
        self._known: List[payloads.ScenarioSummary] = []
        #: The base URL for the tested client, in place of the real API's.
        self.url: str = address.url
        #: The control API.
        self.admin_url: str = address.url + ADMIN
        if program:
            address.why_gone = self._why_gone

    @property
    def started_here(self) -> bool:
        """Whether stop() ends it."""
        return self._program is not None

    # Teams -----------------------------------------------------------------------------------------------------------

    def team(
        self,
        name: str,
        *,
        scenario: Union[None, str, payloads.Scenario] = None,
        credits: Optional[int] = None,
        clock: Optional[ClockMode] = None,
    ) -> Team:
        """The team of this name in this scenario: a name, or a whole scenario. The same name is the same team."""
        __tracebackhide__ = True
        loaded = scenario if isinstance(scenario, str) else self._scenario or self._default_scenario()
        self._check_scenario(loaded)
        team = self.team_of_key(f"{loaded}.{quote(name, safe=SAFE)}")
        if scenario is not None and not isinstance(scenario, str):
            team.set_scenario(scenario)
        balance = self._credits if credits is None else credits
        if balance is not None:
            team.set_credits(balance)
        mode = clock or self._clock
        if mode is not None:
            team.set_clock(mode)
        return team

    async def async_team(
        self,
        name: str,
        *,
        scenario: Union[None, str, payloads.Scenario] = None,
        credits: Optional[int] = None,
        clock: Optional[ClockMode] = None,
    ) -> AsyncTeam:
        """The same, for asyncio."""
        team = await asyncio.to_thread(self.team, name, scenario=scenario, credits=credits, clock=clock)
        return team.as_async()

    def team_of_key(self, api_key: str) -> Team:
        """The team that this API key opens, for example one that a scenario lists."""
        return Team(self._address, api_key)

    def _default_scenario(self) -> str:
        self._scenario = next(each["name"] for each in self.scenarios() if each["default"])
        return self._scenario

    def _check_scenario(self, name: str) -> None:
        for known in (self._known, self.scenarios):
            names = [each["name"] for each in (known() if callable(known) else known)]
            if name in names:
                return
        near = difflib.get_close_matches(name, names, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise MockError(f'the mock has no scenario "{name}"{hint}\nIt has loaded: {", ".join(names)}')

    # The whole server ------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None, query: Optional[Mapping[str, Any]] = None) -> Any:
        """Any call that needs no team: returns the body of its response, or raises CallError."""
        __tracebackhide__ = True
        return self._send(Call(method, path, query, body))

    def _send(self, call: Call[T]) -> T:
        __tracebackhide__ = True
        return send(self._address, call, None)

    def health(self) -> payloads.Health:
        """Its version and uptime."""
        return self._send(HEALTH)

    def scenarios(self) -> List[payloads.ScenarioSummary]:
        """The scenarios that it has loaded."""
        self._known = self._send(SCENARIOS)["scenarios"]
        return self._known

    def teams(self) -> List[payloads.Team]:
        """All teams."""
        return self._send(TEAMS)["teams"]

    def snapshot(self) -> payloads.Snapshot:
        """Everything about all teams."""
        return self._send(SNAPSHOT)

    def reset(self) -> None:
        """Starts all teams again."""
        self._send(RESET)

    # Its end ---------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Ends the mock, if it was started here. Raises MockError with its log if it did not end well."""
        if self._program is None:
            return
        program, self._program = self._program, None
        status = program.end()
        log = program.log()
        program.close()
        if status != 0:
            raise MockError(f"the mock ended with exit status {status}\n{log}".rstrip())

    def _why_gone(self) -> str:
        return self._program.log().strip() if self._program else "it has been stopped"

    def __enter__(self) -> Mock:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        try:
            self.stop()
        except MockError:
            if error is None:
                raise

    async def __aenter__(self) -> Mock:
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)

    def __repr__(self) -> str:
        return f"<Mock at {self.url}>"


# What a header may contain, except blanks, which a key must not begin or end with, and %.
SAFE = "!\"#$&'()*+,/:;<=>?@[]^`{|}"


def start_mock(
    scenario: Optional[str] = None,
    *,
    scenarios: Union[None, str, "os.PathLike[str]"] = None,
    clock: Optional[ClockMode] = "manual",
    seed: Optional[int] = None,
    credits: Optional[int] = None,
    args: Sequence[str] = (),
    binary: Union[None, str, "os.PathLike[str]"] = None,
    admin_token: Optional[str] = None,
    ca_file: Optional[str] = None,
    cwd: Union[None, str, "os.PathLike[str]"] = None,
    timeout: float = 30.0,
) -> Mock:
    """Starts a mock on a free port of this machine. It ends with `with`, with stop(), or with this process.

    scenario: the default scenario, a name or a file. scenarios: a folder with scenario files. clock: "manual" (team time
    stands still until a test moves it), "running", or None for what the scenario says. credits: the opening balance of
    every team. args: more flags. admin_token: to be required of control calls. ca_file: the authority to trust, if the
    flags ask for https. cwd: the folder for relative paths. timeout: seconds until the mock must be ready.

    If ENRICHMENT_MOCK_URL is set, it uses the mock there and starts none. Then `scenario`, `clock` and `credits` are set
    for each team; that mock must have been started with what the other arguments ask for.
    """
    __tracebackhide__ = True
    if os.environ.get(URL_VARIABLE):
        if scenario is not None and not re.fullmatch(r"[a-z0-9-]+", scenario):
            raise StartError(
                f"{URL_VARIABLE} is set, so the scenario must be a name, not the file {scenario}: "
                "start the mock there with that file, and give the name that is in it"
            )
        address = _reached(None, admin_token, ca_file, timeout)
        return Mock(address, scenario=scenario, credits=credits, clock=clock)
    command = [find_binary(None if binary is None else os.fspath(binary)), "--host", "127.0.0.1", "--port", "0", "--quiet"]
    given = {"scenario": scenario, "scenarios": scenarios, "clock": clock, "seed": seed, "credits": credits}
    for flag, value in given.items():
        command += [] if value is None else [f"--{flag}", str(value)]
    environment = dict(os.environ)
    if admin_token is not None:
        environment[TOKEN_VARIABLE] = admin_token
    program = Program([*command, *args], environment, None if cwd is None else os.fspath(cwd), timeout)
    try:
        mock = _mock_of(program, environment.get(TOKEN_VARIABLE), ca_file)
    except BaseException:
        program.end()
        raise
    return mock


def _mock_of(program: Program, admin_token: Optional[str], ca_file: Optional[str]) -> Mock:
    ready = re.search(r"listening on (https?://\S+) \(scenario (\S+)\)", program.ready_line)
    if not ready:
        raise StartError(f"expected the address of the mock, found: {program.ready_line.strip()}")
    return Mock(Address(ready[1], admin_token, ca_file), program, scenario=ready[2])


def connect_mock(
    url: Optional[str] = None,
    admin_token: Optional[str] = None,
    *,
    ca_file: Optional[str] = None,
    timeout: float = 10.0,
) -> Mock:
    """A mock that already runs, or is about to: at `url`, or at the URL in ENRICHMENT_MOCK_URL. stop() leaves it alone.

    admin_token: if the mock requires one (ENRICHMENT_MOCK_ADMIN_TOKEN). timeout: seconds until it must answer.
    """
    __tracebackhide__ = True
    return Mock(_reached(url, admin_token, ca_file, timeout))


def _reached(url: Optional[str], admin_token: Optional[str], ca_file: Optional[str], timeout: float) -> Address:
    __tracebackhide__ = True
    where = url or os.environ.get(URL_VARIABLE)
    if not where:
        raise StartError(f"connect_mock() needs a URL, or one in {URL_VARIABLE}")
    token = admin_token if admin_token is not None else os.environ.get(TOKEN_VARIABLE) or None
    try:
        address = Address(where, token, ca_file)
    except MockError as error:
        raise StartError(str(error)) from None
    deadline = time.monotonic() + timeout
    while True:
        try:
            found: Any = send(address, HEALTH, None)
        except UnreachableError as error:
            if time.monotonic() > deadline:
                raise StartError(str(error)) from None
            time.sleep(0.05)
        except CallError as error:
            raise StartError(f"there is no enrichment-mock at {where}: {error}") from None
        else:
            if not isinstance(found, dict) or "uptime" not in found:
                raise StartError(f"there is no enrichment-mock at {where}: GET {ADMIN}/health has another response")
            return address
