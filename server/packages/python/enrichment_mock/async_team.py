"""One team, as a test inspects and steers it with asyncio.

The class for blocking calls, Team, is made from this file when the wheel is packed: it has the same methods, without
`async` and `await`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Mapping, Optional, TypeVar, Union

from . import calls
from .calls import ClockMode, Duration, Instant
from .transport import AsyncEvents, Call, Pages, send_async

if TYPE_CHECKING:
    from . import payloads

T = TypeVar("T")


class AsyncTeam(calls.TeamBase):
    """One team: its enrichments, callbacks, credits and clock. Several tasks may use it.

    A timeout is real time; all other durations and times are on the team's clock. The mock's own timeout, 5 seconds,
    applies if there is none.
    """

    async def call(self, method: str, path: str, body: Any = None, query: Optional[Mapping[str, Any]] = None) -> Any:
        """Any call of the mock, with the team's key: returns the body of the response, or raises CallError."""
        __tracebackhide__ = True
        return await self._send(Call(method, path, query, body))

    async def _send(self, call: Call[T]) -> T:
        __tracebackhide__ = True
        return await send_async(self._address, call, self.api_key)

    async def _send_pages(self, call: Pages[T]) -> List[T]:
        __tracebackhide__ = True
        page = await self._send(call)
        items: List[T] = page[call.items]
        while page["next"] is not None:
            page = await self._send(calls.next_page(call, page["next"]))
            items += page[call.items]
        return items

    # Time ------------------------------------------------------------------------------------------------------------

    async def clock(self) -> payloads.Clock:
        """The team's clock."""
        __tracebackhide__ = True
        return await self._send(calls.CLOCK)

    async def set_clock(
        self, mode: ClockMode, *, now: Optional[Instant] = None, scale: Optional[float] = None
    ) -> payloads.Clock:
        """Stops the clock ("manual", at `now` if that is later), or lets it run ("running", times `scale`)."""
        __tracebackhide__ = True
        return await self._send(calls.set_clock(mode, now, scale))

    async def advance(
        self, by: Optional[Duration] = None, *, to_next: bool = False, timeout: Optional[Duration] = None
    ) -> payloads.Advanced:
        """Moves a manual clock, and returns what happened on the way once all of it has happened.

        Callbacks are sent and have ended. `to_next` moves it to the next thing that is due. Raises WaitTimeoutError at
        the timeout; without one, the call waits for all callbacks.
        """
        __tracebackhide__ = True
        return await self._send(calls.advance(by, to_next, timeout))

    async def settle(self, timeout: Optional[Duration] = None) -> payloads.Settled:
        """Returns when nothing more will happen by itself. A manual clock moves as far as needed.

        Raises WaitTimeoutError at the timeout.
        """
        __tracebackhide__ = True
        return await self._send(calls.settle(timeout))

    # Checks ----------------------------------------------------------------------------------------------------------

    async def verify(
        self, *expect: payloads.Expectation, timeout: Optional[Duration] = None
    ) -> Union[payloads.Verdict, payloads.ScenarioVerdict]:
        """Checks expectations; without any, what the team's scenario expects. Raises VerificationError if one fails.

        With a timeout, it waits until all of them hold.
        """
        __tracebackhide__ = True
        return await self._send(calls.verify(expect, timeout))

    async def advice(
        self,
        *,
        finished: bool = False,
        ignore: Union[None, payloads.AdviceRule, Iterable[payloads.AdviceRule]] = None,
    ) -> payloads.Advice:
        """What the client does wrong. `ignore`: rules that are not checked.

        `finished`: the client makes no more calls, so what it has not done by now counts.
        """
        __tracebackhide__ = True
        return await self._send(calls.advice(finished, ignore))

    # Enrichments -----------------------------------------------------------------------------------------------------

    async def enrichment(self, enrichment_id: str) -> payloads.Enrichment:
        """One of them, with its history."""
        __tracebackhide__ = True
        return await self._send(calls.enrichment(enrichment_id))

    async def enrichments(
        self,
        *,
        status: Union[None, payloads.Status, Iterable[payloads.Status]] = None,
        external_id: Optional[str] = None,
        linkedin_url: Optional[str] = None,
    ) -> List[payloads.Enrichment]:
        """All of them, in the order of their creation."""
        __tracebackhide__ = True
        return await self._send_pages(calls.enrichments(status, external_id, linkedin_url))

    async def wait_for(
        self, enrichment_id: str, *statuses: payloads.Status, timeout: Optional[Duration] = None
    ) -> payloads.Enrichment:
        """Waits until the enrichment has one of the statuses; without any, until it has ended.

        On a manual clock, something else has to advance the clock meanwhile. Raises WaitTimeoutError at the timeout,
        CallError (409) if the enrichment can no longer have such a status.
        """
        __tracebackhide__ = True
        return await self._send(calls.wait_for(enrichment_id, statuses, timeout))

    async def seed(self, enrichment: payloads.SeededEnrichment) -> payloads.Enrichment:
        """Creates an enrichment with the status that you choose, without a request."""
        __tracebackhide__ = True
        return await self._send(calls.seed(enrichment))

    async def resolve(
        self, enrichment_id: str, outcome: payloads.Outcome = "completed", *, email: Optional[str] = None
    ) -> payloads.Enrichment:
        """Ends a lookup now. Its callbacks are sent as usual."""
        __tracebackhide__ = True
        return await self._send(calls.resolve(enrichment_id, outcome, email))

    # Callbacks -------------------------------------------------------------------------------------------------------

    async def callback(self, callback_id: str) -> payloads.Callback:
        """One of them, with its attempts."""
        __tracebackhide__ = True
        return await self._send(calls.callback(callback_id))

    async def callbacks(
        self,
        *,
        state: Union[None, payloads.CallbackState, Iterable[payloads.CallbackState]] = None,
        enrichment_id: Optional[str] = None,
        url: Optional[str] = None,
    ) -> List[payloads.Callback]:
        """All of them, in the order of their creation."""
        __tracebackhide__ = True
        return await self._send_pages(calls.callbacks(state, enrichment_id, url))

    async def wait_for_callbacks(
        self,
        state: Union[payloads.CallbackState, Iterable[payloads.CallbackState]] = "delivered",
        *,
        count: int = 1,
        enrichment_id: Optional[str] = None,
        url: Optional[str] = None,
        timeout: Optional[Duration] = None,
    ) -> List[payloads.Callback]:
        """Waits until that many callbacks have reached the state, or one of several states, and returns all selected."""
        __tracebackhide__ = True
        return await self._send_pages(calls.wait_for_callbacks(state, count, enrichment_id, url, timeout))

    async def redeliver(self, callback_id: str) -> payloads.Callback:
        """Sends a callback once more, now, and returns when that attempt has ended."""
        __tracebackhide__ = True
        return await self._send(calls.redeliver(callback_id))

    async def received(
        self, name: str, *, wait: Optional[int] = None, timeout: Optional[Duration] = None
    ) -> List[payloads.ReceivedRequest]:
        """The team's callbacks that have arrived at sink_url(name). `wait` is for how many to wait."""
        __tracebackhide__ = True
        return await self._send_pages(calls.received(name, wait, timeout))

    async def script_sink(
        self, name: str, *, statuses: Optional[Iterable[int]] = None, delay: Optional[Duration] = None
    ) -> payloads.ScriptedSink:
        """Sets how sink_url(name) answers the team's callbacks: with these statuses in turn, the last one repeats."""
        __tracebackhide__ = True
        return await self._send(calls.script_sink(name, statuses, delay))

    # Credits ---------------------------------------------------------------------------------------------------------

    async def credits(self) -> int:
        """The balance."""
        __tracebackhide__ = True
        return (await self._send(calls.CREDITS))["balance"]

    async def set_credits(self, balance: int) -> int:
        """Sets the balance, and returns it."""
        __tracebackhide__ = True
        return (await self._send(calls.set_credits({"balance": balance})))["balance"]

    async def add_credits(self, amount: int) -> int:
        """Adds to the balance; a negative amount removes credits. Returns the balance."""
        __tracebackhide__ = True
        return (await self._send(calls.set_credits({"add": amount})))["balance"]

    async def ledger(self) -> List[payloads.Movement]:
        """Every change of the balance."""
        __tracebackhide__ = True
        return await self._send_pages(calls.LEDGER)

    # Requests --------------------------------------------------------------------------------------------------------

    async def requests(
        self,
        *,
        since: Optional[Instant] = None,
        status: Union[None, int, Iterable[int]] = None,
        method: Optional[str] = None,
        path: Optional[str] = None,
        external_id: Optional[str] = None,
        linkedin_url: Optional[str] = None,
        trace_id: Optional[str] = None,
        unmatched: bool = False,
    ) -> List[payloads.JournalEntry]:
        """The requests in the team's journal, with their responses, the oldest first.

        `unmatched` selects those that no endpoint answers. `path` is a pattern: `*` matches any text.
        """
        __tracebackhide__ = True
        filters = calls.request_filters(since, status, method, path, external_id, linkedin_url, trace_id)
        return await self._send_pages(calls.requests(unmatched, filters))

    async def wait_for_requests(
        self,
        count: int = 1,
        *,
        since: Optional[Instant] = None,
        status: Union[None, int, Iterable[int]] = None,
        method: Optional[str] = None,
        path: Optional[str] = None,
        external_id: Optional[str] = None,
        linkedin_url: Optional[str] = None,
        trace_id: Optional[str] = None,
        unmatched: bool = False,
        timeout: Optional[Duration] = None,
    ) -> List[payloads.JournalEntry]:
        """Waits until the journal has that many selected requests, and returns all of them."""
        __tracebackhide__ = True
        filters = calls.request_filters(since, status, method, path, external_id, linkedin_url, trace_id)
        return await self._send_pages(calls.requests(unmatched, filters, count, timeout))

    async def clear_requests(self) -> int:
        """Empties the journal. Returns how many requests it had."""
        __tracebackhide__ = True
        return (await self._send(calls.CLEAR_REQUESTS))["deleted"]

    # The scenario ----------------------------------------------------------------------------------------------------

    async def scenario(self) -> payloads.ShownScenario:
        """The scenario that the team runs, with counters of its rules."""
        __tracebackhide__ = True
        return await self._send(calls.SCENARIO)

    async def set_scenario(self, scenario: payloads.Scenario) -> str:
        """Replaces the team's scenario until a reset. Returns its name."""
        __tracebackhide__ = True
        return (await self._send(calls.set_scenario(scenario)))["name"]

    async def add_rule(self, rule: payloads.ScenarioRule, *, times: int = 1) -> payloads.AddedRule:
        """Puts a rule before all others, for the next `times` requests that match."""
        __tracebackhide__ = True
        return await self._send(calls.add_rule(rule, times))

    async def clear_rules(self) -> int:
        """Removes the rules that add_rule() has put first. Returns how many there were."""
        __tracebackhide__ = True
        return (await self._send(calls.CLEAR_RULES))["deleted"]

    # The team --------------------------------------------------------------------------------------------------------

    async def snapshot(self) -> payloads.Snapshot:
        """Everything about the team, to keep with a failed test; restore() continues with it."""
        __tracebackhide__ = True
        return await self._send(calls.SNAPSHOT)

    async def restore(self, snapshot: payloads.Snapshot, *, team: Optional[str] = None) -> None:
        """Continues with a snapshot of a team, of the mock, or from a failed test's file, on a manual clock at its time.

        `team` is the id of one of several teams in the snapshot.
        """
        __tracebackhide__ = True
        await self._send(calls.restore(snapshot, team))

    async def reset(self) -> None:
        """Starts the team again, with the scenario, credits and clock that its key chooses."""
        __tracebackhide__ = True
        await self._send(calls.RESET)

    async def events(self, timeout: Optional[Duration] = None) -> AsyncEvents:
        """Listens: iterate over the result for everything that happens from now on.

        With a timeout, the iteration raises WaitTimeoutError if the next event takes longer.
        """
        __tracebackhide__ = True
        return await AsyncEvents.listen(self._address, calls.EVENTS, self.api_key, calls.seconds(timeout))
