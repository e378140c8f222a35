"""What a user of the package writes: every method of a team, through the fixtures of the plugin."""

import http.client
import json
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any, Tuple

import pytest

from enrichment_mock import CallError, MockError, Team, VerificationError, WaitTimeoutError

EMAIL = "/v1/api/enrichment/email"


def enrich(team: Team, username: str, **more: str) -> str:
    """Stands for the app's own client."""
    lead = {"linkedin_url": f"https://www.linkedin.com/in/{username}", "type": "work", **more}
    headers = {"x-api-key": team.api_key, "content-type": "application/json"}
    request = urllib.request.Request(team.url + EMAIL, json.dumps(lead).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        enrichment_id: str = json.load(response)["_id"]
        return enrichment_id


def test_a_lead_is_found_and_costs_one_credit(enrichment_team: Team) -> None:
    lead = enrich(enrichment_team, "jane", external_id="lead-1")
    settled = enrichment_team.settle()
    assert [each["status"] for each in settled["fired"] if each["kind"] == "transition"] == ["processing", "completed"]
    found = enrichment_team.enrichment(lead)
    assert found["status"] == "completed"
    assert found["email"]["email"] == "jane@example.com"
    enrichment_team.verify({"outcomes": {"completed": 1}}, {"credits": {"charged": 1}})
    assert enrichment_team.verify()["passed"]
    assert [each["_id"] for each in enrichment_team.enrichments(status="completed", external_id="lead-1")] == [lead]
    assert enrichment_team.enrichments(status=["failed", "not-found"]) == []
    assert enrichment_team.credits() == 249


def test_advice_says_what_the_client_does_wrong(enrichment_team: Team) -> None:
    assert enrichment_team.advice()["findings"] == []
    for _ in range(2):
        enrich(enrichment_team, "jane")
    enrichment_team.settle()
    advice = enrichment_team.advice(finished=True)
    assert advice["complete"]
    assert [each["rule"] for each in advice["findings"]] == ["duplicate-lookup", "result-lost"]
    assert enrichment_team.advice(ignore="duplicate-lookup")["findings"] == []
    assert enrichment_team.advice(ignore=["duplicate-lookup", "result-lost"], finished=True)["findings"] == []
    assert len(enrichment_team.advice(ignore=[])["findings"]) == 1


def test_time_stands_still_until_it_is_advanced(enrichment_team: Team) -> None:
    lead = enrich(enrichment_team, "jane")
    assert enrichment_team.clock()["mode"] == "manual"
    assert enrichment_team.enrichment(lead)["status"] == "pending"
    assert [each["kind"] for each in enrichment_team.advance(to_next=True)["fired"]] == ["transition"]
    assert enrichment_team.enrichment(lead)["status"] == "processing"
    assert enrichment_team.advance("100ms")["fired"] == []
    assert enrichment_team.advance(0.1)["fired"] == []
    assert enrichment_team.advance(timedelta(milliseconds=199))["fired"] == []
    assert len(enrichment_team.advance("1ms", timeout="10s")["fired"]) == 1
    assert enrichment_team.wait_for(lead)["status"] == "completed"
    assert enrichment_team.wait_for(lead, "processing")["history"][1]["status"] == "processing"


def test_a_clock_can_be_set_and_run(enrichment_team: Team) -> None:
    later = datetime(2100, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert enrichment_team.set_clock("manual", now=later)["now"] == "2100-01-02T03:04:05.000Z"
    clock = enrichment_team.set_clock("running", scale=1000)
    assert clock["mode"] == "running" and clock["scale"] == 1000
    assert enrichment_team.wait_for(enrich(enrichment_team, "jane"), timeout=30)["status"] == "completed"
    with pytest.raises(MockError, match="no time zone"):
        enrichment_team.set_clock("manual", now=datetime(2100, 1, 1))


def test_a_callback_is_retried(enrichment_team: Team) -> None:
    url = enrichment_team.sink_url("leads")
    enrichment_team.script_sink("leads", statuses=[500, 200], delay="1ms")
    lead = enrich(enrichment_team, "jane", callback_url=url)
    assert enrichment_team.callbacks() == []
    enrichment_team.settle(timeout="30s")
    (callback,) = enrichment_team.wait_for_callbacks("delivered", enrichment_id=lead, timeout=timedelta(seconds=30))
    assert [attempt["status"] for attempt in callback["attempts"]] == [500, 200]
    received = enrichment_team.received("leads", wait=2)
    assert [each["body"]["request_id"] for each in received] == [lead, lead]
    enrichment_team.verify({"callback": {"url": url}, "state": "delivered", "statuses": [500, 200], "gaps": ["1s"]})
    assert len(enrichment_team.redeliver(callback["id"])["attempts"]) == 3
    assert len(enrichment_team.callback(callback["id"])["attempts"]) == 3
    assert enrichment_team.callbacks(state=["exhausted", "dropped"]) == []


def test_a_wait_in_another_thread_ends_when_the_clock_is_advanced(enrichment_team: Team) -> None:
    lead = enrich(enrichment_team, "jane")
    found = []
    waiting = threading.Thread(target=lambda: found.append(enrichment_team.wait_for(lead, "completed", timeout="60s")))
    waiting.start()
    enrichment_team.advance("1s")
    waiting.join()
    assert [each["status"] for each in found] == ["completed"]


def test_a_rule_applies_before_all_others(enrichment_team: Team) -> None:
    added = enrichment_team.add_rule({"on": "request", "response": {"status": 503}}, times=2)
    assert added["times"] == 2
    with pytest.raises(urllib.error.HTTPError, match="503"):
        enrich(enrichment_team, "jane")
    assert [rule["left"] for rule in enrichment_team.scenario()["extra_rules"]] == [1]
    assert enrichment_team.clear_rules() == 1
    enrich(enrichment_team, "jane")
    enrichment_team.verify({"sequence": [{"method": "POST", "status": 503}, {"method": "POST", "status": 201}]})


def test_enrichments_can_be_seeded_and_resolved(enrichment_team: Team) -> None:
    seeded = enrichment_team.seed({"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"})
    assert seeded["status"] == "pending"
    resolved = enrichment_team.resolve(seeded["_id"], "completed", email="j@example.org")
    assert resolved["status"] == "completed" and resolved["email"]["email"] == "j@example.org"
    assert enrichment_team.resolve(enrich(enrichment_team, "john"), "failed")["status"] == "failed"
    stuck = enrich(enrichment_team, "stuck-jane")
    assert enrichment_team.settle()["open"] == [{"id": stuck, "why": "forever"}]


def test_the_ledger_has_all_pages(enrichment_team: Team) -> None:
    assert enrichment_team.add_credits(2) == 252
    connection = http.client.HTTPConnection(enrichment_team.url.split("//")[1])
    for _ in range(1000):
        connection.request("PUT", "/__admin/credits", '{"add": 1}', {"x-api-key": enrichment_team.api_key})
        with connection.getresponse() as response:
            response.read()
    connection.close()
    assert enrichment_team.set_credits(7) == 7
    ledger = enrichment_team.ledger()
    assert len(ledger) == 1003
    assert ledger[0]["kind"] == "opening" and ledger[-1]["balance"] == 7


def test_requests_can_be_listed_and_waited_for(enrichment_team: Team) -> None:
    enrich(enrichment_team, "jane", external_id="a&b")
    with pytest.raises(CallError, match="GET /v2/none: 404"):
        enrichment_team.call("GET", "/v2/none")
    assert [each["status"] for each in enrichment_team.requests()] == [201, 404]
    assert [each["status"] for each in enrichment_team.requests(external_id="a&b", status=[201, 202])] == [201]
    assert enrichment_team.requests(method="POST", path="/v1/*", status=404, since="2999-01-01T00:00:00Z") == []
    assert [each["path"] for each in enrichment_team.requests(unmatched=True)] == ["/v2/none"]
    assert len(enrichment_team.wait_for_requests(2)) == 2
    with pytest.raises(WaitTimeoutError, match=r"GET /__admin/requests: 422: .*\n  still open: .*pending") as timeout:
        enrichment_team.wait_for_requests(3, timeout="10ms")
    assert timeout.value.open[0]["why"] == "pending"
    assert enrichment_team.clear_requests() == 2


def test_what_fails_is_explained(enrichment_team: Team) -> None:
    enrich(enrichment_team, "jane")
    with pytest.raises(VerificationError) as failed:
        enrichment_team.verify({"requests": {"method": "POST", "body": {"type": "personal"}}, "count": 1})
    assert isinstance(failed.value, AssertionError)
    assert failed.value.failures[0]["expectation"] == 0
    lines = str(failed.value).splitlines()
    assert lines[0] == "not as expected:"
    assert lines[1].startswith("  expectation 0: POST any path")
    assert lines[1].endswith("expected 1 requests, found 0")
    assert lines[2] == f"    nearest: request {enrichment_team.requests()[0]['number']}, which differs in:"
    assert lines[3].startswith("      body: ")
    assert lines[4].startswith("  still open: ")
    with pytest.raises(CallError, match=r"POST /__admin/rules: 400: .*usename.*username") as refused:
        enrichment_team.add_rule({"match": {"usename": "jane"}})  # type: ignore[typeddict-item]
    assert refused.value.status == 400 and refused.value.body["error"] == "Bad Request"
    with pytest.raises(CallError, match=r"(?s)PUT /__admin/scenario: 400: .*\n  /lookup/outcome: "):
        enrichment_team.set_scenario({"name": "mine", "lookup": {"outcome": "none"}})  # type: ignore[typeddict-item]
    with pytest.raises(MockError, match="a duration, or to_next=True"):
        enrichment_team.advance()
    durations: Tuple[Any, ...] = (-1, float("nan"), True, "1 day")
    for wrong in durations:
        with pytest.raises(MockError, match="is not a duration"):
            enrichment_team.settle(wrong)
    with pytest.raises(MockError, match="is not a path"):
        enrichment_team.call("GET", "/v1\r\nx: y")


def test_a_wait_that_times_out_says_what_is_open(enrichment_team: Team) -> None:
    lead = enrich(enrichment_team, "jane")
    with pytest.raises(WaitTimeoutError, match=rf"still open: {lead} \(pending\)"):
        enrichment_team.wait_for(lead, "completed", timeout="1ms")


@pytest.mark.enrichment(scenario="out-of-credits")
def test_the_marker_names_a_scenario(enrichment_team: Team) -> None:
    assert enrichment_team.scenario()["name"] == "out-of-credits"
    assert enrichment_team.credits() == 0


@pytest.mark.enrichment(credits=3)
class TestWithMarkers:
    @pytest.mark.enrichment(scenario={"name": "mine", "lookup": {"outcome": "not-found"}}, clock="running")
    def test_a_test_adds_to_the_marker_of_its_class(self, enrichment_team: Team) -> None:
        assert enrichment_team.credits() == 3
        assert enrichment_team.clock()["mode"] == "running"
        assert enrichment_team.wait_for(enrich(enrichment_team, "jane"), timeout="60s")["status"] == "not-found"

    @pytest.mark.enrichment(credits=4)
    def test_a_test_overrides_the_marker_of_its_class(self, enrichment_team: Team) -> None:
        assert enrichment_team.credits() == 4
        enrichment_team.set_credits(9)
        enrichment_team.reset()
        assert enrichment_team.credits() == 250


@pytest.mark.parametrize("name", ["jane", "j\u00f6hn", "a b ", "x" * 3000, "", "%20", "tab\there"])
def test_any_name_of_a_test_makes_a_key(enrichment_team: Team, name: str) -> None:
    enrich(enrichment_team, "jane")
    enrichment_team.verify({"requests": {"method": "POST"}, "count": 1})


def test_events_arrive_as_they_happen(enrichment_team: Team) -> None:
    with enrichment_team.events(timeout="30s") as events:
        lead = enrich(enrichment_team, "jane")
        first = next(events)
        assert first["kind"] == "request" and first["status"] == 201
        enrichment_team.settle()
        seen = [next(events), next(events)]
        assert [(event["kind"] == "transition" and event["enrichment_id"]) for event in seen] == [lead, lead]
        assert int(events.last_event_id or 0) > 0
    with enrichment_team.events(timeout=0.001) as events, pytest.raises(WaitTimeoutError, match="no event for 0.001 s"):
        next(events)


def test_a_snapshot_has_everything(enrichment_team: Team) -> None:
    lead = enrich(enrichment_team, "jane")
    (snapshot,) = enrichment_team.snapshot()["teams"]
    assert [each["_id"] for each in snapshot["enrichments"]] == [lead]
    assert [each["path"] for each in snapshot["requests"]] == [EMAIL]
