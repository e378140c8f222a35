// Who may use the control API, over real sockets.
#include <doctest/doctest.h>

#include "support/mock.h"
#include "support/raw_socket.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

// The status of a call with these header lines.
int ask(const Emulator& emulator, const std::string& call, const std::string& headers) {
  return RawSocket(emulator.port()).exchange(call + " HTTP/1.1\r\n" + headers + "\r\n").status;
}

const std::string kReset = "POST /__admin/reset";
const std::string kRebound = "Host: evil.example:8080\r\n";

}  // namespace

TEST_CASE("a rebound name (DNS rebinding) reaches only health and ready") {
  const Emulator emulator;
  for (const auto* call : {"POST /__admin/reset", "GET /__admin/requests", "GET /__admin/snapshot",
                           "GET /__admin/nowhere", "PUT /__admin/scenario"}) {
    CAPTURE(call);
    CHECK(ask(emulator, call, kRebound) == 403);
  }
  for (const auto* call : {"GET /__admin/health", "GET /__admin/ready"}) CHECK(ask(emulator, call, kRebound) == 200);
}

TEST_CASE("a page of another origin is refused, whatever host it names") {
  const Emulator emulator;
  CHECK(ask(emulator, kReset, "Host: localhost\r\nOrigin: https://evil.example\r\n") == 403);
  CHECK(ask(emulator, kReset, "Host: localhost\r\nOrigin: null\r\n") == 403);
  CHECK(ask(emulator, kReset, "Host: localhost\r\nOrigin: http://localhost\r\n") == 200);
  CHECK(ask(emulator, kReset, "Host: localhost\r\n") == 200);
}

TEST_CASE("a refused call has no effect, and its response has the usual shape and no CORS headers") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  const auto refused = mock.client.control("POST", "reset", "", {{"Origin", "https://evil.example"}});
  check_refused(refused, 403, "https://evil.example");
  CHECK(refused.header("Access-Control-Allow-Origin").empty());
  CHECK(mock.client.poll(id).status == 200);
}

TEST_CASE("hosts that an option names are allowed") {
  const Emulator emulator({.admin_hosts = {"mock.ci.example"}});
  CHECK(ask(emulator, kReset, "Host: mock.ci.example:8080\r\n") == 200);
  CHECK(ask(emulator, kReset, kRebound) == 403);
}

TEST_CASE("a proxy that changes Host is accepted if an option names the page's host") {
  Mock closed, open({.admin_hosts = {"mock.ci.example", "localhost"}});
  const auto from = [](Mock& mock, const std::string& origin) {
    return mock.client.control("POST", "reset", "", {{"Origin", origin}});
  };
  check_refused(from(closed, "https://mock.ci.example"), 403, "start the mock with --admin-host mock.ci.example");
  check_refused(from(closed, "http://localhost:8000"), 403, "--admin-host localhost");
  CHECK(from(open, "https://mock.ci.example").status == 200);
  CHECK(from(open, "https://mock.ci.example:8443").status == 200);
  CHECK(from(open, "http://localhost:8000").status == 200);
  for (const auto* other : {"https://evil.example", "https://mock.ci.example.evil.example", "null", ""}) {
    CAPTURE(other);
    CHECK(from(open, other).status == 403);
  }
}

TEST_CASE("with a token every call must send it, except health and ready") {
  Mock mock({.admin_token = "s3cret"});
  check_refused(mock.client.get("credits"), 401, "Authorization: Bearer");
  CHECK(mock.client.get("credits").header("WWW-Authenticate") == "Bearer");
  check_refused(mock.client.control("GET", "credits", "", {{"Authorization", "Bearer wrong"}}), 401, "Authorization");
  CHECK(mock.client.control("GET", "credits", "", {{"Authorization", "Bearer s3cret"}}).status == 200);
  CHECK(mock.client.get("health").status == 200);
  CHECK(mock.client.get("ready").status == 200);
}

TEST_CASE("the emulated API takes any host and no token, unless a web page calls by a host that may be rebound") {
  const Emulator emulator({.admin_hosts = {"mock.ci.example"}, .admin_token = "s3cret"});
  struct Case {
    std::string host, origin;
    int status;
  };
  for (const auto& [host, origin, status] : {Case{"evil.example:8080", "", 200},
                                             {"evil.example:8080", "Origin: http://evil.example:8080\r\n", 403},
                                             {"evil.example:8080", "Origin: http://localhost:8080\r\n", 403},
                                             {"evil.example:8080", "oRIGIN:\r\n", 403},
                                             {"localhost:8080", "Origin: http://localhost:3000\r\n", 200},
                                             {"enrichment-mock", "Origin: http://app.example\r\n", 200},
                                             {"127.0.0.1", "Origin: http://127.0.0.1\r\n", 200},
                                             {"mock.ci.example", "Origin: http://mock.ci.example\r\n", 200}}) {
    const auto& this_origin = origin;
    const auto& this_host = host;
    CAPTURE(this_host);
    CAPTURE(this_origin);
    const auto headers = "Host: " + host + "\r\n" + origin;
    CHECK(ask(emulator, "GET /v1/api/enrichment/credits", headers + "x-api-key: k\r\n") == status);
    CHECK(ask(emulator, "GET /v1/api/enrichment/credits", headers) == (status == 403 ? 403 : 401));
    CHECK(ask(emulator, "OPTIONS /v1/nowhere", headers + "x-api-key: k\r\n") == (status == 403 ? 403 : 404));
  }
}

TEST_CASE("a web page of a rebound host opens no team and starts no lookup, and the journal shows its call") {
  Mock mock;
  const json body{{"linkedin_url", "https://www.linkedin.com/in/jane"}, {"type", "work"}};
  const auto refused =
      mock.whole.send("POST", "/v1/api/enrichment/email", body.dump(),
                      {{"Host", "evil.example"}, {"Origin", "http://evil.example"}, {"x-api-key", "chosen-by-page"}});
  check_refused(refused, 403, "evil.example; to allow it, see --admin-host");
  CHECK(mock.whole.list("teams", "teams").empty());
  const auto calls = mock.whole.list("requests", "requests");
  REQUIRE(calls.size() == 1);
  CHECK(calls[0]["status"] == 403);
  CHECK(calls[0]["reason"] == refused.body()["message"]);
}

TEST_CASE("the mock's own responses tell browsers not to guess their type") {
  Mock mock({.scenario_texts = {R"({"name":"s","rules":[
      {"match":{"username":"text"},"response":{"status":503,"body":"<p>"}},
      {"match":{"username":"error"},"response":{"status":503}}]})"}});
  const auto sniffed = [&](const Answer& answer) { return answer.header("X-Content-Type-Options") != "nosniff"; };
  for (const auto* path : {"health", "ready", "teams", "snapshot", "metrics", "openapi.json", "nowhere", "credits"})
    CHECK_MESSAGE(!sniffed(mock.client.get(path)), path);
  CHECK_FALSE(sniffed(mock.client.send("GET", "/v1/api/enrichment/credits")));
  CHECK_FALSE(sniffed(mock.client.send("GET", "/nowhere")));
  CHECK_FALSE(sniffed(mock.whole.send("GET", "/v1/api/enrichment/credits")));
  const auto post = [&](const std::string& username) {
    return mock.client.post({{"linkedin_url", "https://linkedin.com/in/" + username}, {"type", "work"}});
  };
  CHECK_FALSE(sniffed(post("jane")));
  CHECK_FALSE(sniffed(post("error")));
  CHECK(sniffed(post("text")));  // as the script has it
  CHECK(RawSocket(mock.emulator.port()).exchange("NONSENSE\r\n\r\n").header("X-Content-Type-Options") == "nosniff");
}
