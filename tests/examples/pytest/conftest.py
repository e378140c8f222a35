"""What a pytest suite needs to use enrichment-mock: one server for the whole run, on a free port, and a team per test."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest


@pytest.fixture(scope="session")
def mock_url():
    binary = os.environ.get("ENRICHMENT_MOCK_BINARY", "enrichment-mock")
    # Team time stands still until a test moves it, so that no test has to sleep.
    command = [binary, "--port", "0", "--clock", "manual", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        ready = re.search(r"http://\S+", server.stdout.readline())
        if not ready:
            pytest.fail(f"{binary} did not start (exit status {server.wait()}); stderr says why", pytrace=False)
        yield ready[0]
        server.terminate()
    assert server.returncode == 0


@pytest.fixture
def team(mock_url, request):
    """Two keys never see each other. What stands before the dot is the scenario that the team runs.

    Behind it stands the test's node id, because tests in two files may have the same name.
    """
    scenario = request.node.get_closest_marker("scenario")
    test = urllib.parse.quote(request.node.nodeid, safe="/:[]")
    return Team(mock_url, f"{scenario.args[0] if scenario else 'default'}.{test}")


class Team:
    def __init__(self, url, api_key):
        self.url, self.api_key = url, api_key

    def call(self, method, path, body=None):
        """The answer as (status, JSON)."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"x-api-key": self.api_key, "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def settle(self):
        """Goes on until nothing more will happen by itself."""
        return self.call("POST", "/__admin/settle")

    def verify(self, *expect):
        status, report = self.call("POST", "/__admin/verify", {"expect": expect})
        assert status == 200, json.dumps(report, indent=2)
