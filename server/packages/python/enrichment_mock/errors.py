"""The errors of this package. Their messages are written to be read in the report of a failed test."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, cast


class MockError(Exception):
    """The base class of all errors of this package."""


class StartError(MockError):
    """No mock could be started or found. The message has the mock's own words."""


class UnreachableError(MockError):
    """The mock could not be reached, or it closed the connection before its response was complete."""


class CallError(MockError):
    """The mock refused a call. It has the whole response."""

    def __init__(self, call: str, status: int, body: Any) -> None:
        #: The call, such as "PUT /__admin/credits".
        self.call: str = call
        #: The status of the response.
        self.status: int = status
        #: The body of the response: parsed, if it is JSON, otherwise the text.
        self.body: Any = body
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [f"{self.call}: {self.status}: {self.reason}"]
        lines += [f"  {_place(problem)}{problem.get('message')}" for problem in _objects(self.body, "problems")]
        return "\n".join(lines + _open_lines(self.body))

    @property
    def reason(self) -> str:
        """Why, in the mock's words."""
        fields = _fields(self.body)
        if "message" in fields:
            return str(fields["message"])
        return str(self.body) if self.body else "no reason given"


class WaitTimeoutError(CallError):
    """What was waited for did not happen before the timeout."""

    @property
    def reason(self) -> str:
        if "open" in _fields(self.body) and "message" not in _fields(self.body):
            return "not everything has ended when the timeout was reached"
        return super().reason

    @property
    def open(self) -> List[Dict[str, str]]:
        """The lookups and callbacks that have not ended, and why: [{"id": …, "why": …}]."""
        return _objects(self.body, "open")


class VerificationError(CallError, AssertionError):
    """What the team did is not what was expected."""

    def _text(self) -> str:
        lines = ["not as expected:"]
        for failure in _objects(self.body, "failures"):
            lines.append(f"  {_expected(failure)}{failure.get('message')}")
            lines += _nearest_lines(failure.get("nearest"))
        return "\n".join(lines + _open_lines(self.body))

    @property
    def failures(self) -> List[Dict[str, Any]]:
        """The expectations that do not hold."""
        return _objects(self.body, "failures")

    @property
    def open(self) -> List[Dict[str, str]]:
        """The lookups and callbacks that have not ended, and why."""
        return _objects(self.body, "open")


def _fields(body: Any) -> Dict[str, Any]:
    return cast("Dict[str, Any]", body) if isinstance(body, dict) else {}


def _objects(body: Any, field: str) -> List[Dict[str, Any]]:
    found = _fields(body).get(field)
    return cast("List[Dict[str, Any]]", found) if isinstance(found, list) else []


def _place(problem: Dict[str, Any]) -> str:
    place = problem.get("pointer") or ""
    return f"{place}: " if place else ""


def _expected(failure: Dict[str, Any]) -> str:
    number = failure.get("expectation")
    return "" if number is None else f"expectation {number}: "


def _nearest_lines(nearest: Optional[Dict[str, Any]]) -> List[str]:
    if not nearest:
        return []
    what = f"request {nearest['request']}" if "request" in nearest else f"callback {nearest.get('id')}"
    if "reason" in nearest:
        return [f"    {what}: {nearest['reason']}"]
    return [f"    nearest: {what}, which differs in:"] + [f"      {each}" for each in nearest.get("differs", [])]


def _open_lines(body: Any) -> List[str]:
    still = _objects(body, "open")
    return ["  still open: " + ", ".join(f"{each.get('id')} ({each.get('why')})" for each in still)] if still else []
