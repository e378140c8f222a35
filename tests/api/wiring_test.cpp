// Every option and every setting of a scenario reaches the part that uses it.
#include <doctest/doctest.h>
#include <future>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/certificate.h"
#include "support/patience.h"
#include "support/raw_socket.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

// The last callback attempt of one settled lookup.
CallbackInfo callback_info_of(Emulator& emulator, const std::string& url) {
  ApiClient(emulator.url(), "k").submit("janedoe", {{"callback_url", url}});
  auto team = emulator.team("k");
  CHECK(team.settle(kPatience).complete);
  return team.callbacks().at(0);
}

constexpr auto* kSingleAttempt = R"({"name":"one","callback":{"max_attempts":1}})";

}  // namespace

TEST_CASE("https callbacks trust the authorities that callback_ca names, or anyone if callback_insecure") {
  const auto certificate = make_certificate("127.0.0.1");
  Receiver receiver(answers(200), certificate.certificate, certificate.key);
  const TemporaryDirectory directory;
  const auto ca = directory.write("ca.pem", certificate.certificate);
  {
    Emulator trusting({.scenario_texts = {kSingleAttempt}, .manual_clock = true, .callback_ca = ca});
    CHECK(callback_info_of(trusting, receiver.url()).state == CallbackState::delivered);
  }
  {
    Emulator careless({.scenario_texts = {kSingleAttempt}, .manual_clock = true, .callback_insecure = true});
    CHECK(callback_info_of(careless, receiver.url()).state == CallbackState::delivered);
  }
  Emulator careful({.scenario_texts = {kSingleAttempt}, .manual_clock = true});
  const auto refused = callback_info_of(careful, receiver.url());
  CHECK(refused.state == CallbackState::exhausted);
  CHECK(refused.attempts.at(0).error.starts_with("TLS"));
}

TEST_CASE("bound to every address, callbacks go to loopback only, unless callback_allow says more") {
  Receiver receiver(answers(200));
  Emulator open({.host = "0.0.0.0", .scenario_texts = {kSingleAttempt}, .manual_clock = true});
  Emulator allowing(
      {.host = "0.0.0.0", .scenario_texts = {kSingleAttempt}, .manual_clock = true, .callback_allow = {"10.0.0.0/8"}});
  const auto local = [](Emulator& emulator) { return "http://127.0.0.1:" + std::to_string(emulator.port()); };
  const auto attempt = [&](Emulator& emulator, const std::string& url) {
    ApiClient(local(emulator), url).submit("janedoe", {{"callback_url", url}});
    auto team = emulator.team(url);
    team.settle(kPatience);
    return team.callbacks().at(0).attempts.at(0);
  };
  CHECK(attempt(open, receiver.url()).status == 200);
  CHECK(attempt(open, "http://192.0.2.1/hook").error.find("not allowed") != std::string::npos);
  CHECK(attempt(allowing, receiver.url()).error.find("not allowed") != std::string::npos);
}

TEST_CASE("on_request has the reason if the server refused a request before the handler, and only then") {
  std::promise<std::string> refused, answered;
  {
    Emulator emulator({.on_request = [&](const RequestLine& line) {
      (line.status == 400 ? refused : answered).set_value(std::string(line.reason));
    }});
    RawSocket(emulator.port()).exchange(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    RawSocket(emulator.port()).exchange("GET /v1/api/enrichment/credits HTTP/1.0\r\nx-api-key: k\r\n\r\n");
  }
  CHECK(refused.get_future().get() == "the client speaks TLS: this port expects http://");
  CHECK(answered.get_future().get().empty());
}

TEST_CASE("a callback carries the scenario's headers") {
  Receiver receiver(answers(200));
  Emulator emulator(
      {.scenario_texts = {R"({"name":"s","callback":{"headers":{"X-Signature":"abc"}}})"}, .manual_clock = true});
  CHECK(callback_info_of(emulator, receiver.url("/hook?x=1")).state == CallbackState::delivered);
  REQUIRE(receiver.requests().size() == 1);
  CHECK(receiver.requests()[0].header("X-Signature") == "abc");
  CHECK(receiver.requests()[0].header("Content-Type") == "application/json; charset=utf-8");
  CHECK(receiver.requests()[0].target == "/hook?x=1");
}

TEST_CASE("a callback follows its timeout, attempts and backoff") {
  Receiver receiver(hangs());
  Emulator emulator(
      {.scenario_texts = {R"({"name":"s","callback":{"max_attempts":2,"backoff":["7s"],"timeout":"50ms"}})"},
       .manual_clock = true});
  const auto callback = callback_info_of(emulator, receiver.url("/hook?x=1"));
  CHECK(callback.state == CallbackState::exhausted);
  REQUIRE(callback.attempts.size() == 2);
  CHECK(callback.attempts[0].error == "timed out after 50ms (see callback.timeout in the scenario)");
  CHECK(callback.attempts[1].at - callback.attempts[0].at == 7s);
}

TEST_CASE("a response's delay is real time, and stop ends it") {
  const std::string body = R"({"linkedin_url":"https://linkedin.com/in/x","type":"work"})";
  CHECK(succeeds_in_one_try([&] {
    Emulator emulator({.scenario_texts = {R"({"name":"s","rules":[{"response":{"status":503,"delay":"60s"}}]})"},
                       .manual_clock = true});
    RawSocket client(emulator.port());
    client.send("POST /v1/api/enrichment/email HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    // Another connection is served meanwhile.
    CHECK(ApiClient(emulator.url(), "k").credits() == 250);
    emulator.stop();
    return client.receive_rest().starts_with("HTTP/1.1 503 ");
  }));
}

TEST_CASE("a short delay without a status delays the response of a request that took effect") {
  Emulator emulator(
      {.scenario_texts = {R"({"name":"s","rules":[{"response":{"delay":"30ms"}}]})"}, .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  const auto before = std::chrono::steady_clock::now();
  CHECK(api.post({{"linkedin_url", "https://linkedin.com/in/x"}, {"type", "work"}}).status == 201);
  CHECK(std::chrono::steady_clock::now() - before >= 30ms);
  CHECK(emulator.team("k").enrichments().size() == 1);
}

TEST_CASE("a scripted Content-Type is sent unchanged and once, and X-Mock-Scenario names the scenario") {
  Emulator emulator({.scenario_texts = {R"({"name":"s","rules":[{"response":{"status":409,
      "headers":{"content-type":"application/problem+json"},"body":{"title":"x"}}}]})"}});
  const auto answer =
      ApiClient(emulator.url(), "k").post({{"linkedin_url", "https://linkedin.com/in/x"}, {"type", "work"}});
  CHECK(answer.status == 409);
  CHECK(answer.headers.count("Content-Type") == 1);
  CHECK(answer.header("Content-Type") == "application/problem+json");
  CHECK(answer.headers.count("X-Mock-Scenario") == 1);
  CHECK(answer.header("X-Mock-Scenario") == "s");
}

TEST_CASE("a scenario that rejects unknown keys answers 401 with its own name and body") {
  Emulator emulator(
      {.scenario_texts =
           {R"({"name":"closed","unknown_keys":"reject","teams":[{"name":"acme","api_keys":["k1"],"credits":3}],
      "errors":{"401":{"who":"are you"}}})"},
       .default_scenario = "default"});
  const auto refused = ApiClient(emulator.url(), "closed.x").send("GET", "/v1/api/enrichment/credits");
  CHECK(refused.status == 401);
  CHECK(refused.body() == json{{"who", "are you"}});
  CHECK(refused.header("X-Mock-Scenario") == "closed");
  CHECK(ApiClient(emulator.url(), "k1").credits() == 3);
}

TEST_CASE("if no team can be closed for it, a new key is 503") {
  Emulator emulator({.manual_clock = true, .max_teams = 1});
  ApiClient(emulator.url(), "busy").submit("janedoe");
  CHECK(ApiClient(emulator.url(), "new").send("GET", "/v1/api/enrichment/credits").status == 503);
  emulator.team("busy").settle();
  CHECK(ApiClient(emulator.url(), "new").credits() == 250);
}

TEST_CASE("200 receivers that hang delay no response and no other callback") {
  Receiver hanging(hangs()), healthy(answers(200));
  Emulator emulator({.scenario_texts = {R"({"name":"s","callback":{"timeout":"10m"}})"}, .time_scale = 100});
  ApiClient api(emulator.url(), "hang"), other(emulator.url(), "healthy");
  for (int i = 0; i < 200; ++i) api.submit("janedoe", {{"callback_url", hanging.url("/" + std::to_string(i))}});
  REQUIRE(hanging.wait_for_connections(200));
  for (int i = 0; i < 50; ++i) other.submit("janedoe", {{"callback_url", healthy.url()}});
  CHECK(emulator.team("healthy").settle(kPatience).complete);
  CHECK(healthy.requests().size() == 50);
  CHECK(hanging.open() == 200);
  CHECK(other.credits() == 200);
}
