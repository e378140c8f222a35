// Scripted responses, as a client on a real socket sees them.
#include <doctest/doctest.h>
#include <string>

#include "enrichment_mock/emulator.h"
#include "support/control_client.h"
#include "support/patience.h"
#include "support/raw_socket.h"
#include "support/receiver.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

const std::string kLead = R"({"linkedin_url":"https://linkedin.com/in/jane","type":"work"})";

std::string post(const std::string& body = kLead) {
  return "POST /v1/api/enrichment/email HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string kCredits = "GET /v1/api/enrichment/credits HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\n\r\n";

json lead(const std::string& username = "jane") {
  return {{"linkedin_url", "https://linkedin.com/in/" + username}, {"type", "work"}};
}

// The response on a new connection.
struct RawAnswer {
  std::string bytes;
  bool reset;
};
RawAnswer answer_to(const Emulator& emulator, const std::string& request) {
  RawSocket client(emulator.port());
  client.send(request);
  auto bytes = client.receive_rest();
  return {std::move(bytes), client.was_reset()};
}

// The body of the 201 for `kLead`, made from an enrichment of the team "k".
std::size_t accepted_body_size(Emulator& emulator) {
  const auto enrichment = emulator.team("k").enrichments().at(0);
  const json body{{"_id", enrichment.id}, {"status", "pending"}, {"linkedin_url", enrichment.linkedin_url}};
  return body.dump().size();
}

}  // namespace

TEST_CASE("faults without a status: the request takes effect, the response has the fault") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("rules":[{"after_last":"cycle","steps":[
      {"response":{"fault":"connection-reset"}}, {"response":{"fault":"empty-response"}},
      {"response":{"fault":"truncated-body"}}, {"response":{"fault":"malformed-json"}},
      {"response":{"fault":"wrong-content-type"}}, {"response":{"fault":"stalled-body"}}]}])")},
                     .manual_clock = true});
  const auto reset = answer_to(emulator, post());
  CHECK(reset.bytes.empty());
  CHECK(reset.reset);

  const auto empty = answer_to(emulator, post());
  CHECK(empty.bytes.empty());
  CHECK_FALSE(empty.reset);

  const auto truncated = answer_to(emulator, post());
  CHECK(truncated.bytes.starts_with("HTTP/1.1 201 Created\r\n"));
  const auto body = truncated.bytes.substr(truncated.bytes.find("\r\n\r\n") + 4);
  CHECK(body.starts_with("{\"_id\":"));
  const auto promised = "Content-Length: " + std::to_string(accepted_body_size(emulator));
  CHECK(truncated.bytes.find(promised) != std::string::npos);
  CHECK(body.size() == accepted_body_size(emulator) / 2);

  const auto malformed = RawSocket(emulator.port()).exchange(post());
  CHECK(malformed.status == 201);
  CHECK(malformed.header("Content-Type") == "application/json; charset=utf-8");
  CHECK_FALSE(json::accept(malformed.body));

  const auto html = RawSocket(emulator.port()).exchange(post());
  CHECK(html.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(json::parse(html.body)["status"] == "pending");

  RawSocket patient(emulator.port());
  patient.send(post());
  CHECK(patient.receive(true).status == 201);
  CHECK(emulator.team("k").enrichments().size() == 6);
  emulator.stop();  // otherwise it does not end
  CHECK(patient.receive_rest().size() == body.size());
}

TEST_CASE("faults with a status: nothing takes effect") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("rules":[{"steps":[
      {"response":{"status":503,"fault":"connection-reset"}}, {"response":{"status":503,"fault":"truncated-body"}},
      {"response":{"status":200,"body":{"a":1},"fault":"malformed-json"}},
      {"response":{"status":400,"headers":{"content-type":"application/problem+json"},"fault":"wrong-content-type"}}]}])")},
                     .manual_clock = true});
  CHECK(answer_to(emulator, post()).reset);
  CHECK(answer_to(emulator, post()).bytes.starts_with("HTTP/1.1 503"));
  CHECK(RawSocket(emulator.port()).exchange(post()).body == R"({"a":1,)");
  const auto html = RawSocket(emulator.port()).exchange(post());
  CHECK(html.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(html.head.find("problem+json") == std::string::npos);
  CHECK(emulator.team("k").enrichments().empty());
}

TEST_CASE("a dribbled response is whole, with a status and without, and the journal has the fault") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("lookup":{"pending":{"polls":1},"processing":"forever"},"rules":[
      {"response":{"fault":"dribble","over":"30ms"}},
      {"on":"poll","response":{"fault":"dribble","over":"1us"}},
      {"on":"credits","response":{"status":204,"fault":"dribble","over":"30ms","delay":"20ms"}}])")},
                     .manual_clock = true});
  RawSocket client(emulator.port());
  auto before = std::chrono::steady_clock::now();
  const auto accepted = client.exchange(post());
  CHECK(std::chrono::steady_clock::now() - before >= 30ms);
  CHECK(accepted.status == 201);
  const auto id = json::parse(accepted.body)["_id"].get<std::string>();
  const auto poll = "GET /v1/api/enrichment/email/" + id + " HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\n\r\n";
  CHECK(json::parse(client.exchange(poll).body)["status"] == "pending");
  CHECK(json::parse(client.exchange(poll).body)["status"] == "processing");
  before = std::chrono::steady_clock::now();
  CHECK(client.exchange(kCredits).status == 204);
  CHECK(std::chrono::steady_clock::now() - before >= 50ms);
  for (const auto& entry : ControlClient(emulator.url(), "k").list("requests", "requests"))
    CHECK(entry.value("fault", "") == "dribble");
}

TEST_CASE("a response's delay may vary, by a rule and by the schedule") {
  const std::string delay = R"("delay":{"median":"30ms","p99":"30ms","max":"30ms"})";
  Emulator emulator(
      {.scenario_texts = {scenario_of(R"("rules":[{"match":{"username":"late"},"response":{)" + delay +
                                      R"(}}],"schedule":[{"at":"0s","on":"credits","response":{)" + delay + "}}]")}});
  for (const auto& request : {post(lead("late").dump()), kCredits}) {
    const auto before = std::chrono::steady_clock::now();
    CHECK(RawSocket(emulator.port()).exchange(request).status < 300);
    CHECK(std::chrono::steady_clock::now() - before >= 30ms);
  }
}

TEST_CASE("a fault comes after its delay") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("rules":[
      {"match":{"username":"late"},"response":{"delay":"30ms","fault":"empty-response"}}])")}});
  const auto before = std::chrono::steady_clock::now();
  CHECK(answer_to(emulator, post(lead("late").dump())).bytes.empty());
  CHECK(std::chrono::steady_clock::now() - before >= 30ms);
}

TEST_CASE("for an empty body one byte is announced but not sent") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("errors":{"503":""},"rules":[{"steps":[
      {"response":{"status":503,"fault":"truncated-body"}}, {"response":{"status":503,"fault":"stalled-body"}}]}])")}});
  const auto truncated = answer_to(emulator, post()).bytes;
  CHECK(truncated.starts_with("HTTP/1.1 503 "));
  CHECK(truncated.find("Content-Length: 1\r\n") != std::string::npos);
  CHECK(truncated.ends_with("\r\n\r\n"));
  RawSocket patient(emulator.port());
  patient.send(post());
  CHECK(patient.receive(true).status == 503);
  emulator.stop();  // otherwise it does not end
  CHECK(patient.receive_rest().empty());
}

TEST_CASE("rules on polls and on the credits replace the API's responses, step by step") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("rules":[
      {"on":"poll","match":{"username":"jane"},"steps":[{"response":{"status":500}},{}]},
      {"on":"credits","steps":[{"response":{"status":429,"headers":{"Retry-After":"3"}}},{}]}])")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  const auto jane = api.submit("jane"), john = api.submit("john");
  CHECK(api.poll(john).status == 200);
  CHECK(api.poll("507f1f77bcf86cd799439011").status == 404);
  const auto failed = api.poll(jane);
  CHECK(failed.status == 500);
  CHECK(failed.body()["statusCode"] == 500);
  CHECK(failed.header("X-Mock-Scenario") == "s");
  CHECK(api.poll(jane).status == 200);
  const auto credits = api.send("GET", "/v1/api/enrichment/credits");
  CHECK(credits.status == 429);
  CHECK(credits.header("Retry-After") == "3");
  CHECK(api.credits() == 250);
}

TEST_CASE("past the rate limit every call gets 429, until the team's clock reaches the next window") {
  Emulator emulator(
      {.scenario_texts = {scenario_of(R"("rate_limit":{"requests":2,"per":"2500ms"})")}, .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  const auto id = api.submit("jane");
  CHECK(api.poll(id).status == 200);
  const auto refused = api.post_text("not even JSON");
  CHECK(refused.status == 429);
  CHECK(refused.header("Retry-After") == "3");
  CHECK(refused.body() ==
        json{{"statusCode", 429}, {"message", "Too many requests; try again in 3 s"}, {"error", "Too Many Requests"}});
  CHECK(api.poll(id).status == 429);
  CHECK(ApiClient(emulator.url(), "another").credits() == 250);
  emulator.team("k").advance(2500ms);
  CHECK(api.poll(id).status == 200);
}

TEST_CASE("on a running clock Retry-After is in real seconds") {
  Emulator emulator(
      {.scenario_texts = {scenario_of(R"("rate_limit":{"requests":1,"per":"100000s"})")}, .time_scale = 10});
  ApiClient api(emulator.url(), "k");
  api.credits();
  const auto seconds = std::stoi(api.send("GET", "/v1/api/enrichment/credits").header("Retry-After"));
  CHECK(seconds <= 10'000);
  CHECK(seconds > 9'000);  // not a hundred thousand, minus the time that has passed
}

TEST_CASE("a window of the schedule answers its calls, then the API does again; credits are added in between") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("credits":1,"schedule":[
      {"at":"10s","until":"20s","on":"request","response":{"status":503,"headers":{"Retry-After":"10"}}},
      {"at":"15s","add_credits":5}, {"at":"30s","until":"40s","response":{"fault":"malformed-json"}}])")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  auto team = emulator.team("k");
  CHECK(api.post(lead()).status == 201);
  const auto fired = team.advance(10s);
  REQUIRE(fired.size() == 3);
  CHECK(fired[2].kind == FiredKind::schedule);
  CHECK(fired[2].detail == "schedule/0 begins");
  CHECK(api.post(lead()).status == 503);
  CHECK(api.credits() == 0);
  CHECK(team.advance(5s).at(0).detail == "schedule/1 credits-added");
  CHECK(api.credits() == 5);
  CHECK(team.settle().complete);  // does not continue to later entries
  CHECK(team.advance(5s).at(0).detail == "schedule/0 ends");
  CHECK(api.post(lead()).status == 201);
  team.advance(10s);
  CHECK_FALSE(json::accept(api.post(lead()).text));
  CHECK_FALSE(json::accept(api.post_text("{}").text));
  CHECK(team.enrichments().size() == 3);
}

TEST_CASE("a window without a status does not change a rule's delay or fault, with a scripted response or without") {
  Emulator emulator(
      {.scenario_texts = {scenario_of(R"("schedule":[{"at":"0s","response":{"fault":"malformed-json"}}],"rules":[
      {"match":{"username":"cut"},"response":{"status":503,"fault":"truncated-body"}},
      {"match":{"username":"reset"},"response":{"status":503,"fault":"connection-reset"}},
      {"match":{"username":"plain"},"response":{"status":503}}])")}});
  const auto cut = answer_to(emulator, post(lead("cut").dump())).bytes;
  CHECK(cut.substr(cut.find("\r\n\r\n")).find("\"statusCode\":503") != std::string::npos);
  CHECK(answer_to(emulator, post(lead("reset").dump())).reset);
  const auto plain = RawSocket(emulator.port()).exchange(post(lead("plain").dump()));
  CHECK(plain.status == 503);
  CHECK_FALSE(json::accept(plain.body));
  const auto entries = ControlClient(emulator.url(), "k").list("requests", "requests");
  std::vector<std::string> faults;
  for (const auto& entry : entries) faults.push_back(entry.value("fault", ""));
  CHECK(faults == std::vector<std::string>{"truncated-body", "connection-reset", "malformed-json"});
}

TEST_CASE("a poll that a window changes does not count") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("lookup":{"pending":{"polls":1},"processing":{"polls":1}},
      "schedule":[{"at":"0s","until":"10s","on":"poll","response":{"fault":"malformed-json"}}])")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  const auto id = api.submit("jane");
  for (int i = 0; i < 3; ++i) CHECK(api.poll(id).text.find("\"pending\"") != std::string::npos);
  emulator.team("k").advance(10s);
  CHECK(api.poll(id).body()["status"] == "pending");
  CHECK(api.poll(id).body()["status"] == "processing");
}

TEST_CASE("settle processes entries of the schedule on its way, but no later ones") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("credits":1,"lookup":{"processing":"5s"},
      "schedule":[{"at":"1s","add_credits":1},{"at":"60s","add_credits":1}])")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  api.submit("jane");
  api.submit("john");
  CHECK(emulator.team("k").settle().complete);
  CHECK(api.credits() == 0);
  const auto enrichments = emulator.team("k").enrichments();
  for (const auto& enrichment : enrichments) CHECK(enrichment.status == Status::completed);
}

TEST_CASE("before_response: stop does not wait for a receiver that hangs, and the request is answered") {
  CHECK(succeeds_in_one_try([] {
    Receiver receiver(hangs());
    Emulator emulator({.scenario_texts = {scenario_of(R"("callback":{"before_response":true,"timeout":"10m"})")}});
    RawSocket client(emulator.port());
    auto body = lead();
    body["callback_url"] = receiver.url("/hook");
    client.send(post(body.dump()));
    REQUIRE(receiver.wait_for_requests(1));
    const auto before = std::chrono::steady_clock::now();
    emulator.stop();
    CHECK(std::chrono::steady_clock::now() - before < kPatience);
    return client.receive_rest().starts_with("HTTP/1.1 201 ");
  }));
}

TEST_CASE("an opening balance of the options overrides the file's, and the balance that the file expects") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("expect":{"credits":250,"requests":0})")}, .credits = 7});
  ApiClient api(emulator.url(), "k");
  CHECK(api.credits() == 7);
  CHECK(emulator.team("k").verify().passed);
}

TEST_CASE("verify says what differs from the scenario's expect") {
  Emulator emulator({.scenario_texts = {scenario_of(
                         R"("expect":{"requests":2,"rejected":{"400":1},"completed":1,"unmatched":1,"credits":249})")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  auto team = emulator.team("k");
  api.submit("jane");
  api.post_text("{}");
  CHECK(to_text(team.verify()) ==
        "completed: expected 1, found 0 (1 lookup is still open)\n"
        "credits: expected 249, found 250 (1 lookup is still open)\n"
        "unmatched: expected 1, found 0");
  team.settle();
  api.send("GET", "/v1/api/enrichment/email/");
  CHECK(team.verify().passed);
  api.send("DELETE", "/v1/api/enrichment/credits");
  CHECK(team.verify().failures.size() == 1);
}
