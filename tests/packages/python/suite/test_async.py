"""The same with asyncio. A suite may use pytest-asyncio or anyio; this one needs neither."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from enrichment_mock import AsyncTeam, CallError, Team, VerificationError, WaitTimeoutError, start_mock

EMAIL = "/v1/api/enrichment/email"
JANE = {"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}


def test_both_classes_have_the_same_methods() -> None:
    def methods(team: type) -> dict[str, list[str]]:
        found = inspect.getmembers(team, inspect.isfunction)
        return {name: list(inspect.signature(each).parameters) for name, each in found if not name.startswith("_")}

    assert methods(AsyncTeam) == methods(Team)
    assert all(not inspect.iscoroutinefunction(each) for _, each in inspect.getmembers(Team, inspect.isfunction))


def test_a_lead_is_found(enrichment_async_team: AsyncTeam) -> None:
    async def play(team: AsyncTeam) -> None:
        url = team.sink_url("leads")
        lead = (await team.call("POST", EMAIL, {**JANE, "callback_url": url}))["_id"]
        assert (await team.enrichment(lead))["status"] == "pending"
        assert len((await team.settle())["fired"]) == 3
        (received,) = await team.received("leads", wait=1)
        assert received["body"]["request_id"] == lead
        await team.verify({"outcomes": {"completed": 1}}, {"credits": {"charged": 1}})
        with pytest.raises(VerificationError, match="expected 2, found 1"):
            await team.verify({"outcomes": {"completed": 2}})
        with pytest.raises(CallError, match="404"):
            await team.enrichment("0" * 24)
        assert [each["_id"] for each in await team.enrichments()] == [lead]

    asyncio.run(play(enrichment_async_team))


def test_a_task_waits_while_another_advances(enrichment_async_team: AsyncTeam) -> None:
    async def play(team: AsyncTeam) -> None:
        lead = (await team.call("POST", EMAIL, JANE))["_id"]
        waits = [asyncio.ensure_future(team.wait_for(lead, "completed", timeout="60s")) for _ in range(50)]
        await team.advance("1s")
        assert [each["status"] for each in await asyncio.gather(*waits)] == ["completed"] * 50

    asyncio.run(play(enrichment_async_team))


def test_a_cancelled_wait_ends_in_the_mock(enrichment_async_team: AsyncTeam) -> None:
    async def play(team: AsyncTeam) -> None:
        await team.call("POST", EMAIL, JANE)
        await team.set_clock("running", scale=0.001)
        settling = asyncio.ensure_future(team.settle(timeout="10m"))
        while not await is_settling(team):
            pass
        settling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await settling
        while await is_settling(team):
            pass

    async def is_settling(team: AsyncTeam) -> bool:
        try:
            await team.set_clock("running", scale=0.001)
        except CallError as error:
            assert error.status == 409
            return True
        return False

    asyncio.run(asyncio.wait_for(play(enrichment_async_team), 60))


def test_events_arrive_as_they_happen(enrichment_async_team: AsyncTeam) -> None:
    async def play(team: AsyncTeam) -> None:
        async with await team.events(timeout="30s") as events:
            await team.call("POST", EMAIL, JANE)
            await team.settle()
            kinds = []
            async for event in events:
                kinds.append(event["kind"])
                if len(kinds) == 3:
                    break
            assert kinds == ["request", "transition", "transition"]
            assert int(events.last_event_id or 0) > 0
        async with await team.events(timeout=0.001) as events:
            with pytest.raises(WaitTimeoutError, match="no event"):
                await events.__anext__()

    asyncio.run(play(enrichment_async_team))


def test_a_mock_opens_teams_for_asyncio() -> None:
    async def play() -> None:
        async with start_mock(credits=5) as mock:
            team = await mock.async_team("a", scenario="stuck")
            assert await team.credits() == 5

    asyncio.run(play())
