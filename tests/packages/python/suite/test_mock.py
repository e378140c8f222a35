"""Starting a mock, and using one that runs."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from typing import Any, Dict, Iterator

import pytest

from enrichment_mock import CallError, MockError, StartError, Team, UnreachableError, __version__, connect_mock, start_mock
from enrichment_mock.program import find_binary
from enrichment_mock.transport import Address


@pytest.fixture(autouse=True)
def without_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENRICHMENT_MOCK_URL", raising=False)


def test_it_has_the_version_of_the_package() -> None:
    with start_mock() as mock:
        assert mock.health()["version"] == __version__


def test_arguments_become_flags(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.json").write_text('{"name": "mine", "credits": 3}')
    with start_mock("mine.json", scenarios=".", clock="running", seed=7, args=["--journal-size", "5"], cwd=tmp_path) as mock:
        team = mock.team("x")
        assert team.scenario()["name"] == "mine"
        assert team.credits() == 3
        assert team.clock()["mode"] == "running"
        assert team.snapshot()["teams"][0]["seed"] == 7
        assert mock.team("x", scenario="stuck").scenario()["name"] == "stuck"
        with pytest.raises(CallError, match="from 1 to 5"):
            team.wait_for_requests(6)
    with start_mock(credits=9, clock=None) as mock:
        assert mock.team("x").credits() == 9
        assert mock.team("x").clock()["mode"] == "running"


def test_teams_and_all_of_them() -> None:
    with start_mock() as mock:
        mock.team("a", credits=4)
        assert [each["credits"] for each in mock.teams()] == [4]
        assert [each["credits"] for each in mock.snapshot()["teams"]] == [4]
        mock.reset()
        assert mock.team_of_key("default.a").credits() == 250
        assert mock.call("GET", "/__admin/ready") == {"status": "ready"}
        with pytest.raises(MockError, match=r'no scenario "stukk"; did you mean "stuck"\?\nIt has loaded: .*default'):
            mock.team("a", scenario="stukk")
        with pytest.raises(MockError, match="cannot be an API key"):
            mock.team_of_key(" a")


def test_another_mock_continues_with_a_snapshot() -> None:
    def shown(team: Team) -> Dict[str, Any]:
        return {
            "enrichments": team.enrichments(),
            "callbacks": team.callbacks(),
            "ledger": team.ledger(),
            "credits": team.credits(),
            "clock": team.clock(),
        }

    def enrich(team: Team, username: str, **more: str) -> str:
        lead = {"linkedin_url": f"https://www.linkedin.com/in/{username}", "type": "work", **more}
        found: str = team.call("POST", "/v1/api/enrichment/email", lead)["_id"]
        return found

    with start_mock(seed=7) as mock:
        team = mock.team("original", credits=9)
        mock.team("another", credits=1)
        resolved = enrich(team, "jane", callback_url="http://127.0.0.1:1/")
        team.settle()
        in_progress = enrich(team, "joe")
        team.advance("100ms")
        before = shown(team)
        statuses = [(each["_id"], each["status"]) for each in before["enrichments"]]
        assert statuses == [(resolved, "completed"), (in_progress, "processing")]
        snapshot, everything = json.dumps(team.snapshot()), mock.snapshot()
        team.settle()
        after = shown(team)
    with start_mock(clock="running") as mock:
        team = mock.team("continued")
        team.restore(json.loads(snapshot))
        assert shown(team) == before
        team.settle()
        assert shown(team) == after
        assert team.credits() == 7
        with pytest.raises(CallError, match="PUT /__admin/snapshot: 400"):
            team.restore(everything)
        team.restore(everything, team=json.loads(snapshot)["teams"][0]["id"])
        assert shown(team) == before


def test_a_token_is_required_and_sent() -> None:
    with start_mock(admin_token="secret") as mock:
        assert mock.team("a").credits() == 250
        with pytest.raises(CallError, match="401: .*admin-token"):
            connect_mock(mock.url).team("a")
        assert connect_mock(mock.url, "secret").team("a").credits() == 250


def test_https(tmp_path) -> None:  # type: ignore[no-untyped-def]
    authority = tmp_path / "ca.pem"
    args = ["--tls-self-signed", "--tls-ca-file", str(authority)]
    with subprocess.Popen([find_binary(), "--port", "0", *args], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        url = running.stdout.readline().split(" listening on ")[1].split()[0]
        try:
            assert url.startswith("https://")
            assert connect_mock(url, ca_file=str(authority)).team("a").credits() == 250
            with pytest.raises(StartError, match="(?i)certificate"):
                connect_mock(url, timeout=0)
        finally:
            running.terminate()


def test_a_mock_that_runs_is_used_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with start_mock(clock="running") as running:
        monkeypatch.setenv("ENRICHMENT_MOCK_URL", running.url + "/")
        monkeypatch.setenv("ENRICHMENT_MOCK_BINARY", "/nowhere")
        with start_mock("stuck", credits=8) as mock:
            assert (mock.url, mock.started_here) == (running.url, False)
            team = mock.team("a")
            assert (team.scenario()["name"], team.credits(), team.clock()["mode"]) == ("stuck", 8, "manual")
        assert connect_mock().health()["status"] == "ok"
        with pytest.raises(StartError, match="ENRICHMENT_MOCK_URL is set, so the scenario must be a name, not the file x.json"):
            start_mock("x.json")


def test_a_mock_that_cannot_start_says_why() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"did not start \(exit status 1\)\n.*{port}: address already in use(.|\n)*command: .*--port {port}"):
            start_mock(args=["--port", str(port)])
    with pytest.raises(StartError, match=r'exit status 2\)\n.*no scenario "nope"'):
        start_mock("nope")
    with pytest.raises(StartError, match="binary: /nowhere is not a program that can be run"):
        start_mock(binary="/nowhere")
    with pytest.raises(StartError, match="expected the address of the mock, found: hello"):
        start_mock(binary=_script("echo hello"))
    with pytest.raises(StartError, match="was not ready in time"):
        start_mock(binary=_script("exec sleep 600"), timeout=0)


def _script(text: str) -> str:
    handle, path = tempfile.mkstemp()
    with os.fdopen(handle, "w") as file:
        file.write(f"#!/bin/sh\n{text}\n")
    os.chmod(path, 0o755)
    return path


@pytest.mark.parametrize("url", ["127.0.0.1:80", "ftp://x", "http://", "http://a:b", "http://a?b", "http://a:99999"])
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(StartError, match="is not the URL of a mock: expected one such as http://127.0.0.1:8080"):
        connect_mock(url)


@pytest.fixture
def unused() -> Iterator[str]:
    """A URL at which nothing listens, and nothing can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_no_mock_at_a_url(unused: str) -> None:
    with pytest.raises(StartError, match=f"cannot reach the mock at {unused}: .*refused"):
        connect_mock(unused, timeout=0)
    with pytest.raises(StartError, match=r"connect_mock\(\) needs a URL, or one in ENRICHMENT_MOCK_URL"):
        connect_mock()


def test_a_mock_that_crashes_says_so(unused: str) -> None:
    mock = start_mock(binary=_script(f'trap "" TERM; echo broken >&2; echo "x listening on {unused} (scenario default)"; exit 3'))
    with pytest.raises(MockError, match=f"cannot reach the mock at {unused}: .*\nbroken"):
        mock.health()
    with pytest.raises(MockError, match="the mock ended with exit status 3\nbroken"):
        mock.stop()
    mock.stop()


def test_a_mock_that_is_gone_is_named(unused: str) -> None:
    with start_mock(binary=_script(f'trap "" TERM; echo "x listening on {unused} (scenario default)"; read -r line; exit 0')) as mock:
        team = mock.team_of_key("x")
    with pytest.raises(UnreachableError, match=rf"GET /__admin/credits: cannot reach the mock at {unused}: .*refused.*\nit has been stopped"):
        team.credits()
    reason = rf"cannot reach the mock at {unused}: (.|\n)*it has been stopped"
    with pytest.raises(UnreachableError, match=reason):
        asyncio.run(team.as_async().credits())
    with pytest.raises(UnreachableError, match=reason):
        asyncio.run(team.as_async().events())


class BrieflyOpen(http.server.BaseHTTPRequestHandler):
    """Answers as a mock that ends before it listens."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_events_need_a_mock_that_listens() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), BrieflyOpen) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        team = Team(Address(f"http://127.0.0.1:{server.server_port}"), "x")
        with pytest.raises(UnreachableError, match="the response ended before the mock listened"):
            team.events()
        with pytest.raises(UnreachableError, match="the response ended before the mock listened"):
            asyncio.run(team.as_async().events())
        server.shutdown()


def test_the_module_is_the_command() -> None:
    ran = subprocess.run([sys.executable, "-m", "enrichment_mock", "--version"], stdout=subprocess.PIPE, text=True)
    assert (ran.returncode, ran.stdout.split()[:2]) == (0, ["enrichment-mock", __version__])
