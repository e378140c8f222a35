"""What Team and AsyncTeam send: each call as a value, made from a method's arguments."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Dict, Iterable, Literal, Mapping, Optional, Tuple, TypeVar, Union
from urllib.parse import quote

from .errors import MockError, VerificationError, WaitTimeoutError
from .transport import PATIENCE, Address, Call, Pages

if TYPE_CHECKING:
    from . import payloads
    from .async_team import AsyncTeam

T = TypeVar("T")

#: Text as in a scenario ("500ms", "10s", "2h"), a number of seconds, or a timedelta.
Duration = Union[str, int, float, timedelta]
#: ISO 8601 text, or a datetime with a time zone.
Instant = Union[str, datetime]
ClockMode = Literal["manual", "running"]

ADMIN = "/__admin"
DEFAULT_WAIT = 5.0  # of the mock
PAGE = 1000  # the largest that the mock gives
UNITS: Dict[str, float] = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration_text(value: Duration) -> str:
    """The duration as the mock reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, timedelta)):
        raise MockError(f'{value!r} is not a duration: expected text such as "10s", seconds, or a timedelta')
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if not 0 <= seconds < 1e12:
        raise MockError(f"{value!r} is not a duration: expected 0 or more seconds")
    return f"{round(seconds * 1e6)}us"


def instant_text(value: Instant) -> str:
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise MockError(f"{value!r} has no time zone: use, for example, datetime.now(timezone.utc)")
    return value.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _optional(value: Optional[Duration]) -> Optional[str]:
    return None if value is None else duration_text(value)


def _patience(timeout: Optional[Duration], default: Optional[float] = DEFAULT_WAIT) -> Optional[float]:
    """How long the connection of a call with this timeout may be silent."""
    wait = default if timeout is None else seconds(timeout)
    return None if wait is None else wait + PATIENCE


def _joined(values: Union[None, str, int, Iterable[Union[str, int]]]) -> Optional[str]:
    if values is None or isinstance(values, (str, int)):
        return None if values is None else str(values)
    return ",".join(map(str, values))


def _given(**fields: Any) -> Dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _part(text: str) -> str:
    return quote(text, safe="")


# The calls of both classes -------------------------------------------------------------------------------------------


def set_clock(mode: str, now: Optional[Instant], scale: Optional[float]) -> Call[payloads.Clock]:
    moment = None if now is None else instant_text(now)
    return Call("PUT", f"{ADMIN}/clock", body=_given(mode=mode, now=moment, scale=scale))


def advance(by: Optional[Duration], to_next: bool, timeout: Optional[Duration]) -> Call[payloads.Advanced]:
    if (by is None) == (not to_next):
        raise MockError("advance() takes a duration, or to_next=True")
    body = _given(by=_optional(by), to_next=to_next or None, timeout=_optional(timeout))
    return Call("POST", f"{ADMIN}/clock/advance", body=body, within=_patience(timeout, None), unmet=WaitTimeoutError)


def settle(timeout: Optional[Duration]) -> Call[payloads.Settled]:
    body = _given(timeout=_optional(timeout))
    return Call("POST", f"{ADMIN}/settle", body=body, within=_patience(timeout), unmet=WaitTimeoutError)


def verify(
    expect: Tuple[Any, ...], timeout: Optional[Duration]
) -> Call[Union[payloads.Verdict, payloads.ScenarioVerdict]]:
    text = _optional(timeout)
    if not expect:
        query = {"timeout": text}
        return Call("GET", f"{ADMIN}/verify", query, within=_patience(timeout, 0), unmet=VerificationError)
    body = _given(expect=list(expect), timeout=text)
    return Call("POST", f"{ADMIN}/verify", body=body, within=_patience(timeout, 0), unmet=VerificationError)


def advice(finished: bool, ignore: Union[None, str, Iterable[str]]) -> Call[payloads.Advice]:
    query = {"finished": "true" if finished else None, "ignore": _joined(ignore) or None}
    return Call("GET", f"{ADMIN}/advice", query)


def requests(
    unmatched: bool, filters: Mapping[str, Any], wait: Optional[int] = None, timeout: Optional[Duration] = None
) -> Pages[payloads.JournalEntry]:
    query = {**filters, "wait": wait, "timeout": _optional(timeout), "limit": PAGE}
    path = f"{ADMIN}/requests/unmatched" if unmatched else f"{ADMIN}/requests"
    return Pages("GET", path, query, within=_patience(timeout), unmet=WaitTimeoutError, items="requests")


def request_filters(
    since: Optional[Instant],
    status: Union[None, int, Iterable[int]],
    method: Optional[str],
    path: Optional[str],
    external_id: Optional[str],
    linkedin_url: Optional[str],
    trace_id: Optional[str],
) -> Dict[str, Any]:
    return {
        "since": None if since is None else instant_text(since),
        "status": _joined(status),
        "method": method,
        "path": path,
        "external_id": external_id,
        "linkedin_url": linkedin_url,
        "trace_id": trace_id,
    }


def enrichment(enrichment_id: str) -> Call[payloads.Enrichment]:
    return Call("GET", f"{ADMIN}/enrichments/{_part(enrichment_id)}")


def enrichments(
    status: Union[None, str, Iterable[str]], external_id: Optional[str], linkedin_url: Optional[str]
) -> Pages[payloads.Enrichment]:
    query = {"status": _joined(status), "external_id": external_id, "linkedin_url": linkedin_url, "limit": PAGE}
    return Pages("GET", f"{ADMIN}/enrichments", query, items="enrichments")


def callback(callback_id: str) -> Call[payloads.Callback]:
    return Call("GET", f"{ADMIN}/callbacks/{_part(callback_id)}")


def callbacks(
    state: Union[None, str, Iterable[str]], enrichment_id: Optional[str], url: Optional[str]
) -> Pages[payloads.Callback]:
    query = {"state": _joined(state), "enrichment_id": enrichment_id, "url": url, "limit": PAGE}
    return Pages("GET", f"{ADMIN}/callbacks", query, items="callbacks")


def wait_for(enrichment_id: str, statuses: Tuple[str, ...], timeout: Optional[Duration]) -> Call[payloads.Enrichment]:
    query = {"wait": _joined(statuses or ("completed", "not-found", "failed")), "timeout": _optional(timeout)}
    path = f"{ADMIN}/enrichments/{_part(enrichment_id)}"
    return Call("GET", path, query, within=_patience(timeout), unmet=WaitTimeoutError)


def wait_for_callbacks(
    state: Union[str, Iterable[str]],
    count: int,
    enrichment_id: Optional[str],
    url: Optional[str],
    timeout: Optional[Duration],
) -> Pages[payloads.Callback]:
    states = [state] if isinstance(state, str) else state
    query = {
        "wait": _joined(f"{each}:{count}" for each in states),
        "enrichment_id": enrichment_id,
        "url": url,
        "timeout": _optional(timeout),
        "limit": PAGE,
    }
    return Pages("GET", f"{ADMIN}/callbacks", query, within=_patience(timeout), unmet=WaitTimeoutError, items="callbacks")


def add_rule(rule: Any, times: int) -> Call[payloads.AddedRule]:
    return Call("POST", f"{ADMIN}/rules", body={"rule": rule, "times": times})


def seed(enrichment: Mapping[str, Any]) -> Call[payloads.Enrichment]:
    return Call("POST", f"{ADMIN}/enrichments", body=dict(enrichment))


def resolve(enrichment_id: str, outcome: str, email: Optional[str]) -> Call[payloads.Enrichment]:
    path = f"{ADMIN}/enrichments/{_part(enrichment_id)}/resolve"
    return Call("POST", path, body=_given(outcome=outcome, email=email))


def redeliver(callback_id: str) -> Call[payloads.Callback]:
    return Call("POST", f"{ADMIN}/callbacks/{_part(callback_id)}/redeliver", within=None)


def received(name: str, wait: Optional[int], timeout: Optional[Duration]) -> Pages[payloads.ReceivedRequest]:
    query = {"wait": wait, "timeout": _optional(timeout), "limit": PAGE}
    path = f"{ADMIN}/sink/{_part(name)}"
    return Pages("GET", path, query, within=_patience(timeout), unmet=WaitTimeoutError, items="received")


def script_sink(name: str, statuses: Optional[Iterable[int]], delay: Optional[Duration]) -> Call[payloads.ScriptedSink]:
    given = None if statuses is None else list(statuses)
    return Call("PUT", f"{ADMIN}/sink/{_part(name)}", body=_given(statuses=given, delay=_optional(delay)))


def seconds(timeout: Optional[Duration]) -> Optional[float]:
    """The timeout of what the mock does not time itself."""
    if timeout is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)", duration_text(timeout))
    if not found:
        raise MockError(f'{timeout!r} is not a duration: expected text such as "10s", seconds, or a timedelta')
    return float(found[1]) * UNITS[found[2]]


CLEAR_REQUESTS: Call[payloads.Deleted] = Call("DELETE", f"{ADMIN}/requests")
CLEAR_RULES: Call[payloads.Deleted] = Call("DELETE", f"{ADMIN}/rules")
CLOCK: Call[payloads.Clock] = Call("GET", f"{ADMIN}/clock")
CREDITS: Call[payloads.Balance] = Call("GET", f"{ADMIN}/credits")
EVENTS: Call[payloads.Event] = Call("GET", f"{ADMIN}/events")
HEALTH: Call[payloads.Health] = Call("GET", f"{ADMIN}/health")
LEDGER: Pages[payloads.Movement] = Pages("GET", f"{ADMIN}/ledger", {"limit": PAGE}, items="movements")
RESET: Call[payloads.ResetTeams] = Call("POST", f"{ADMIN}/reset")
SCENARIO: Call[payloads.ShownScenario] = Call("GET", f"{ADMIN}/scenario")
SCENARIOS: Call[payloads.ScenarioList] = Call("GET", f"{ADMIN}/scenarios")
SNAPSHOT: Call[payloads.Snapshot] = Call("GET", f"{ADMIN}/snapshot")
TEAMS: Call[payloads.TeamList] = Call("GET", f"{ADMIN}/teams")


def set_credits(change: Mapping[str, int]) -> Call[payloads.Balance]:
    return Call("PUT", f"{ADMIN}/credits", body=dict(change))


def restore(snapshot: Mapping[str, Any], team: Optional[str]) -> Call[payloads.RestoredTeam]:
    return Call("PUT", f"{ADMIN}/snapshot", {"team": team}, body=snapshot)


def set_scenario(scenario: Any) -> Call[payloads.ReplacedScenario]:
    return Call("PUT", f"{ADMIN}/scenario", body=scenario)


def next_page(call: Pages[T], after: Any) -> Pages[T]:
    return replace(call, query={**(call.query or {}), "after": after, "wait": None, "timeout": None}, within=PATIENCE)


class TeamBase:
    """What both classes know about a team. They have the same methods."""

    def __init__(self, address: Address, api_key: str) -> None:
        if not api_key or api_key != api_key.strip() or any(not " " <= character <= "~" for character in api_key):
            raise MockError(f"{api_key!r} cannot be an API key: expected printable ASCII without spaces at the ends")
        self._address = address
        #: What the tested client sends in x-api-key.
        self.api_key: str = api_key
        #: The base URL for the tested client, in place of the real API's.
        self.url: str = address.url
        #: The control API.
        self.admin_url: str = address.url + ADMIN

    def as_async(self) -> AsyncTeam:
        """The same team, for asyncio."""
        from .async_team import AsyncTeam

        return AsyncTeam(self._address, self.api_key)

    def sink_url(self, name: str) -> str:
        """A callback URL inside the mock: received() shows what has arrived there."""
        return f"{self.admin_url}/sink/{_part(name)}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.api_key} at {self.url}>"
