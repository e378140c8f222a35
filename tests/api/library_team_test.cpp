// The library's Team: what tests use to inspect, steer, wait and check, with a client over real sockets.
#include <doctest/doctest.h>
#include <future>
#include <set>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/receiver.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

const std::string kNoId(24, '0');
constexpr const char* kPath = "/v1/api/enrichment/email";

// An emulator on a manual clock, a client, and its team.
struct Library {
  explicit Library(Options options = {.manual_clock = true})
      : emulator(std::move(options)), api(emulator.url(), "k"), team(emulator.team("k")) {}

  Emulator emulator;
  ApiClient api;
  Team team;
};

// The message of the exception.
template <class Error, class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("every value of an enum has the word of the control API") {
  CHECK(to_text(Status::not_found) == "not-found");
  CHECK(to_text(Outcome::not_found) == "not-found");
  CHECK(to_text(EmailType::personal) == "personal");
  CHECK(to_text(CallbackState::dropped) == "dropped");
  CHECK(to_text(FiredKind::schedule) == "schedule");
  CHECK(to_text(OpenReason::delivering) == "delivering");
  CHECK(to_text(MovementKind::carried_forward) == "carried-forward");
  CHECK(to_text(ClockMode::running) == "running");
}

TEST_CASE("a clock is stopped, moved to the next event, and runs again") {
  Library library({.time_scale = 0.001});
  CHECK(library.team.clock().mode == ClockMode::running);
  CHECK(library.team.clock().scale == 0.001);
  CHECK(message_of<ConflictError>([&] { library.team.advance_to_next(); }) ==
        "only a manual clock can be advanced; this team's clock is running");
  const auto stopped = library.team.stop_clock(library.team.now() + 1h);
  CHECK(stopped.mode == ClockMode::manual);
  CHECK(library.team.now() == stopped.now);
  const auto id = library.api.submit("jane");
  const auto fired = library.team.advance_to_next();
  REQUIRE(fired.size() == 1);
  CHECK(fired[0].at == stopped.now + 100ms);
  CHECK(fired[0].enrichment_id == id);
  CHECK(fired[0].status == Status::processing);
  CHECK(library.team.advance_to_next(1min).fired.size() == 1);
  CHECK(library.team.advance_to_next().empty());
  CHECK(library.team.run_clock(2).scale == 2);
  for (const auto scale : {0.0, -1.0, 1e7}) CHECK_THROWS_AS(library.team.run_clock(scale), ArgumentError);
  CHECK_THROWS_AS(library.team.stop_clock(Instant(std::chrono::sys_days(std::chrono::year(3000) / 1 / 1))),
                  TimeRangeError);
}

TEST_CASE("a call that moves the clock ends at its timeout, and says what is open") {
  Receiver receiver(hangs());
  Library library;
  const auto id = library.api.submit("jane", {{"callback_url", receiver.url()}});
  for (const auto& result : {library.team.advance(1h, 50ms), library.team.advance(1h, 0ms)}) {
    CHECK_FALSE(result.complete);
    REQUIRE(result.open.size() == 1);
    CHECK(result.open[0].id == id);
    CHECK(result.open[0].why == OpenReason::delivering);
  }
  CHECK_FALSE(library.team.settle(0ms).complete);
  CHECK_THROWS_AS(library.team.settle(-1ms), ArgumentError);
  CHECK_THROWS_AS(library.team.advance(-1us), ArgumentError);
}

TEST_CASE("an enrichment is found by its id, awaited, and resolved by the test") {
  Library library;
  const auto first = library.api.submit("jane"), second = library.api.submit("joe");
  CHECK(library.team.enrichment(first).status == Status::pending);
  const auto late = library.team.wait_for(first, {Status::completed}, 0ms);
  CHECK(late.end == WaitEnd::timed_out);
  REQUIRE(late.open.size() == 2);
  CHECK(late.open[1].why == OpenReason::pending);

  const auto resolved = library.team.resolve(first, Outcome::completed, "{username}@test.example");
  CHECK(resolved.email == "jane@test.example");
  CHECK(resolved.charged);
  CHECK(library.team.wait_for(first, {Status::processing}).reached());  // it has been
  CHECK(library.team.wait_for(first, {Status::failed, Status::not_found}).end == WaitEnd::unreachable);
  CHECK(library.team.resolve(second, Outcome::not_found).status == Status::not_found);
  CHECK(library.api.poll(second).body()["status"] == "not-found");

  CHECK(message_of<ConflictError>([&] { library.team.resolve(first, Outcome::failed); }) ==
        "The enrichment has resolved already");
  CHECK_THROWS_AS(library.team.resolve(second, Outcome::failed, "a@b.c"), ArgumentError);
  CHECK(
      has(message_of<ArgumentError>([&] { library.team.resolve(second, Outcome::completed, "nobody"); }), "one \"@\""));
  for (const auto& id : {kNoId, std::string("x")}) {
    CHECK_THROWS_AS(library.team.enrichment(id), NotFoundError);
    CHECK_THROWS_AS(library.team.resolve(id, Outcome::failed), NotFoundError);
    CHECK_THROWS_AS(library.team.wait_for(id, {Status::failed}), NotFoundError);
  }
}

TEST_CASE("an enrichment is added in any state, and continues like a requested one") {
  Receiver receiver(answers(200));
  Library library;
  const std::string url = "https://www.linkedin.com/in/jane", id = "507f1f77bcf86cd799439011";
  const auto done = library.team.seed({.linkedin_url = url,
                                       .type = EmailType::personal,
                                       .status = Status::completed,
                                       .id = id,
                                       .external_id = "lead-1",
                                       .email = "{username}@test.example",
                                       .charge = true});
  CHECK(done.id == id);
  CHECK(done.type == EmailType::personal);
  CHECK(done.history.size() == 3);
  const auto polled = library.api.poll(id).body();
  CHECK(polled["email"]["email"] == "jane@test.example");
  CHECK(polled["external_id"] == "lead-1");
  CHECK(library.team.credits() == 249);

  const auto open =
      library.team.seed({.linkedin_url = url, .status = Status::processing, .callback_url = receiver.url()});
  CHECK(open.status == Status::processing);
  CHECK(library.team.settle().complete);
  CHECK(library.team.enrichment(open.id).status == Status::completed);
  CHECK(receiver.requests().size() == 1);

  CHECK_THROWS_AS(library.team.seed({.linkedin_url = url, .id = id}), ConflictError);
  library.team.set_credits(0);
  const Seed charged{.linkedin_url = url, .status = Status::completed, .charge = true};
  CHECK(message_of<ConflictError>([&] { library.team.seed(charged); }) == "There is no credit to charge");
}

TEST_CASE("an enrichment with wrong fields is not added; the error names each of them") {
  Library library;
  const auto all = message_of<ArgumentError>([&] {
    library.team.seed({.linkedin_url = "https://example.com/in/jane",
                       .status = Status::failed,
                       .id = "x",
                       .external_id = std::string(257, 'a'),
                       .callback_url = "hook",
                       .email = "nobody",
                       .charge = true});
  });
  for (const auto* field :
       {"linkedin_url: ", "callback_url: ", "external_id: ", "id: ", "email and charge: ", "email: "})
    CHECK_MESSAGE(has(all, field), all);
  const std::string url = "https://www.linkedin.com/in/jane";
  CHECK_THROWS_AS(library.team.seed({.linkedin_url = url + "?" + std::string(2048, 'a')}), ArgumentError);
  CHECK_THROWS_AS(library.team.seed({.linkedin_url = url, .external_id = "\xff"}), ArgumentError);
  CHECK_THROWS_AS(library.team.seed({.linkedin_url = url, .callback_url = "http://a/" + std::string(2048, 'a')}),
                  ArgumentError);
  CHECK(library.team.enrichments().empty());
}

TEST_CASE("a lookup cannot be completed by the test without a credit") {
  Library library;
  const auto id = library.api.submit("jane");
  library.team.set_credits(0);
  CHECK_THROWS_AS(library.team.resolve(id, Outcome::completed), ConflictError);
}

TEST_CASE("callbacks are awaited and sent again") {
  Receiver receiver(answers(200));
  Library library;
  const auto id = library.api.submit("jane", {{"callback_url", receiver.url()}});
  CHECK(library.team.enrichment(id).callback_ids.empty());
  CHECK(library.team.wait_for_callbacks({{}}, {}, 0ms).end == WaitEnd::timed_out);
  library.team.settle();
  CHECK(library.team.wait_for_callbacks({{CallbackState::exhausted}, {CallbackState::delivered}}).reached());
  CHECK(library.team.wait_for_callbacks({{CallbackState::delivered, 2}}, {.enrichment_id = id}).end ==
        WaitEnd::unreachable);
  CHECK(library.team.wait_for_callbacks({{}}, {.url = "http://other"}, 0ms).end == WaitEnd::timed_out);

  const auto ids = library.team.enrichment(id).callback_ids;
  REQUIRE(ids == std::vector<std::string>{id + "-1"});
  const auto again = library.team.redeliver(ids[0]);
  CHECK(again.state == CallbackState::delivered);
  CHECK(again.attempts.size() == 2);
  CHECK(again.attempts[1].ended == library.team.now());
  CHECK(json::parse(again.body) == json::parse(receiver.requests().at(1).body));
  CHECK(library.team.callback(ids[0]).attempts.size() == 2);
  for (const auto& wrong : {id + "-2", id, id + "-0", kNoId + "-1", std::string()}) {
    CHECK_THROWS_AS(library.team.redeliver(wrong), NotFoundError);
    CHECK_THROWS_AS(library.team.callback(wrong), NotFoundError);
  }
}

TEST_CASE("an attempt shows what it has sent and received, with secrets masked, while the journal keeps it") {
  Receiver receiver(answers(503, std::string(3000, 'x'), "X-Auth-Token: abcdefghijkl\r\n"));
  Library library(
      {.scenario_texts = {scenario_of(R"("callback":{"max_attempts":1,"headers":{"X-Api-Key":"abcdefghijkl"}})")},
       .manual_clock = true});
  library.api.submit("jane", {{"callback_url", receiver.url()}});
  library.api.submit("joe", {{"callback_url", "http://127.0.0.1:1/"}});
  library.team.settle();
  const auto callbacks = library.team.callbacks();
  REQUIRE(callbacks.size() == 2);
  const auto& answered = callbacks[0].attempts.at(0);
  REQUIRE(answered.request);
  CHECK(answered.request->body == callbacks[0].body);
  CHECK_FALSE(answered.request->body_truncated);
  REQUIRE(answered.response);
  CHECK(answered.response->body == std::string(2048, 'x'));
  CHECK(answered.response->body_truncated);
  std::size_t masked = 0;
  for (const auto* message : {&*answered.request, &*answered.response})
    for (const auto& [name, value] : message->headers) {
      CHECK_FALSE(has(value, "abcdefghijkl"));
      masked += value.starts_with("abcd***#");
    }
  CHECK(masked == 2);
  CHECK_FALSE(callbacks[1].attempts.at(0).request);
  CHECK_FALSE(callbacks[1].attempts.at(0).response);

  Library forgetful({.manual_clock = true, .journal_size = 0});
  forgetful.api.submit("jane", {{"callback_url", receiver.url()}});
  forgetful.team.settle();
  CHECK_FALSE(forgetful.team.callbacks().at(0).attempts.at(0).request);
}

TEST_CASE("a callback with an attempt in progress cannot be sent again") {
  Receiver receiver(hangs());
  Library library;
  const auto id = library.api.submit("jane", {{"callback_url", receiver.url()}});
  CHECK_FALSE(library.team.settle(1ms).complete);
  CHECK(receiver.wait_for_requests(1));
  CHECK_THROWS_AS(library.team.redeliver(id + "-1"), ConflictError);
}

TEST_CASE("the sink receives a team's callbacks, answers as the test says, and can be awaited") {
  Library library;
  const auto url = library.emulator.sink_url("hook-1");
  library.team.script_sink("hook-1", {.statuses = {500, 200}});
  const auto id = library.api.submit("jane", {{"callback_url", url + "?token=abcdefghijkl"}});
  CHECK(library.team.wait_for_sink("hook-1", 1, 0ms).end == WaitEnd::timed_out);
  CHECK(library.team.settle().complete);
  CHECK(library.team.wait_for_sink("hook-1", 2).reached());
  const auto received = library.team.sink("hook-1");
  REQUIRE(received.size() == 2);
  CHECK(received[0].status == 500);
  CHECK(received[1].status == 200);
  CHECK(received[1].method == "POST");
  CHECK(url.ends_with(received[1].path));
  CHECK(received[1].query.starts_with("token=abcd***#"));
  CHECK_FALSE(received[1].headers.empty());
  CHECK(json::parse(received[1].body)["request_id"] == id);
  CHECK(received[1].enrichment_id == id);
  CHECK(received[1].callback_id == id + "-1");
  CHECK(received[1].attempt == 2);
  CHECK(library.emulator.team("other").sink("hook-1").empty());
  CHECK(library.team.clear_sink("hook-1") == 2);
  CHECK(library.team.sink("hook-1").empty());
}

TEST_CASE("wrong names, counts and scripts of a sink are errors") {
  Library library;
  for (const auto& name : {std::string(), std::string("a/b"), std::string(65, 'a')}) {
    CHECK_THROWS_AS(library.emulator.sink_url(name), ArgumentError);
    CHECK_THROWS_AS(library.team.sink(name), ArgumentError);
    CHECK_THROWS_AS(library.team.wait_for_sink(name, 1), ArgumentError);
    CHECK_THROWS_AS(library.team.script_sink(name, {}), ArgumentError);
    CHECK_THROWS_AS(library.team.clear_sink(name), ArgumentError);
  }
  for (const std::size_t count : {0u, 10'001u}) CHECK_THROWS_AS(library.team.wait_for_sink("a", count), ArgumentError);
  const std::vector<SinkScript> wrong = {{.statuses = {}},
                                         {.statuses = {199}},
                                         {.statuses = {600}},
                                         {.statuses = std::vector<int>(101, 200)},
                                         {.delay = -1us}};
  for (const auto& script : wrong) CHECK_THROWS_AS(library.team.script_sink("a", script), ArgumentError);
  for (int i = 0; i < 10'000; ++i) library.team.script_sink(std::to_string(i), {});
  CHECK(has(message_of<ConflictError>([&] { library.team.script_sink("more", {}); }), "10000 lists"));
}

TEST_CASE("credits are set and added, within limits") {
  Library library;
  library.team.set_credits(7);
  library.team.add_credits(-2);
  CHECK(library.api.credits() == 5);
  const auto ledger = library.team.ledger();
  REQUIRE(ledger.size() == 3);
  CHECK(ledger[1].kind == MovementKind::adjustment);
  CHECK(ledger[1].amount == -243);
  CHECK(ledger[2].balance == 5);
  for (const std::int64_t wrong : {std::int64_t{-1}, INT64_MIN, INT64_MAX, std::int64_t{1'000'000'000'000'001}})
    CHECK_THROWS_AS(library.team.set_credits(wrong), ArgumentError);
  for (const std::int64_t wrong : {std::int64_t{-6}, INT64_MIN, INT64_MAX, std::int64_t{1'000'000'000'000'001}})
    CHECK_THROWS_AS(library.team.add_credits(wrong), ArgumentError);
  CHECK(library.team.credits() == 5);
}

TEST_CASE("the journal has the requests that a filter selects, with secrets masked") {
  Library library;
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto id = library.api.submit("jane", {{"external_id", "lead-1"}});
  library.api.send("GET", "/v1/api/nothing?api_key=abcdefghijkl&x=1", {},
                   {{"traceparent", "00-" + trace + "-b7ad6b7169203331-01"}, {"X-Auth-Token", "abcdefghijkl"}});
  const auto all = library.team.requests();
  REQUIRE(all.size() == 2);
  CHECK(all[0].method == "POST");
  CHECK(all[0].path == kPath);
  CHECK(all[0].query.empty());
  CHECK(all[0].status == 201);
  CHECK(all[0].at == library.team.now());
  CHECK(all[0].enrichment_id == id);
  CHECK(json::parse(all[0].body)["external_id"] == "lead-1");
  CHECK(json::parse(all[0].response_body)["_id"] == id);
  CHECK(all[0].matched);
  CHECK_FALSE(all[1].matched);
  CHECK_FALSE(all[1].reason.empty());
  CHECK(all[1].query.starts_with("api_key=abcd***#"));
  CHECK(all[1].query.ends_with("&x=1"));
  for (const auto& [name, value] : all[1].headers) CHECK_FALSE(has(value, "abcdefghijkl"));

  const std::vector<std::pair<RequestFilter, std::size_t>> filters = {
      {{.statuses = {201, 404}}, 2},
      {{.statuses = {200}}, 0},
      {{.method = "post"}, 1},
      {{.path = "/v1/*/email"}, 1},
      {{.external_id = "lead-1"}, 1},
      {{.external_id = "lead-2"}, 0},
      {{.trace_id = trace}, 1},
      {{.unmatched_only = true}, 1},
      {{.since = library.team.now()}, 2},
      {{.since = library.team.now() + 1us}, 0},
      {{.linkedin_url = "https://www.linkedin.com/in/jane"}, 1}};
  for (std::size_t i = 0; i < filters.size(); ++i) {
    CAPTURE(i);
    CHECK(library.team.requests(filters[i].first).size() == filters[i].second);
  }
  CHECK_THROWS_AS(library.team.requests({.trace_id = "no"}), ArgumentError);
  CHECK(library.team.clear_requests() == 2);
  CHECK(library.team.requests().empty());
}

TEST_CASE("a wait for requests ends with the last of them, at its timeout, or if it cannot succeed") {
  Library library({.manual_clock = true, .journal_size = 2});
  auto waiting =
      std::async(std::launch::async, [&] { return library.team.wait_for_requests(2, {.method = "GET"}, 1h); });
  library.api.credits();
  library.api.credits();
  CHECK(waiting.get().reached());
  library.api.submit("jane");
  const auto late = library.team.wait_for_requests(2, {.method = "POST"}, 0ms);
  CHECK(late.end == WaitEnd::timed_out);
  CHECK(late.open.size() == 1);
  CHECK_THROWS_AS(library.team.wait_for_requests(3), ArgumentError);
  CHECK_THROWS_AS(library.team.wait_for_requests(1, {}, -1ms), ArgumentError);
  CHECK_THROWS_AS(Library({.journal_size = 0}).team.wait_for_requests(1), ConflictError);
}

TEST_CASE("a rule is put first, as often as the test says, and can be removed") {
  Library library({.scenario_texts = {scenario_of(R"("rules":[{"name":"own","lookup":{"outcome":"failed"}}])")}});
  CHECK(library.team.scenario() == "s");
  library.team.add_rule(R"({"name": "busy", "response": {"status": 503}} // once)", 2);
  CHECK(library.api.post({{"linkedin_url", "https://linkedin.com/in/jane"}, {"type", "work"}}).status == 503);
  auto rules = library.team.rules();
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].name == "busy");
  CHECK(rules[0].followed == 1);
  CHECK(rules[0].left == 1);
  CHECK(rules[1].name == "own");
  CHECK(rules[1].left == std::nullopt);
  CHECK(library.team.requests().at(0).rule == "busy");
  CHECK(library.team.clear_rules() == 1);
  const auto id = library.api.submit("jane");
  CHECK(library.team.enrichment(id).rule == "own");
  CHECK(library.team.rules().at(0).followed == 1);
}

TEST_CASE("a rule or a scenario with mistakes is not used; each message has its place") {
  Library library;
  const auto rule =
      message_of<ScenarioError>([&] { library.team.add_rule("{\"mach\": {},\n \"response\": {\"status\": 9}}"); });
  CHECK(has(rule, "-:1:2: unknown key \"mach\"; did you mean \"match\"?"));
  CHECK(has(rule, "-:2:25: /response/status: "));
  for (const auto* broken : {"", "[]", "{", "{} {}"}) CHECK_THROWS_AS(library.team.add_rule(broken), ScenarioError);
  for (const std::uint64_t times : {0u, 1'000'001u}) CHECK_THROWS_AS(library.team.add_rule("{}", times), ArgumentError);
  CHECK(library.team.rules().size() == library.emulator.team("other").rules().size());
  const auto text = message_of<ScenarioError>([&] { library.team.set_scenario(R"({"name": "x", "crdits": 1})"); });
  CHECK(has(text, "did you mean \"credits\""));
  CHECK_THROWS_AS(library.emulator.load_scenario("{}"), ScenarioError);
  CHECK(library.team.scenario() == "default");
}

TEST_CASE("a team gets its own scenario until it is reset; the emulator's is for all") {
  Library library;
  auto other = library.emulator.team("other");
  library.team.set_scenario(R"({"name": "own", "credits": 3})");
  CHECK(library.team.scenario() == "own");
  CHECK(other.scenario() == "default");
  CHECK(library.team.credits() == 250);  // the balance stays
  library.team.reset();
  CHECK(library.team.scenario() == "default");
  library.emulator.load_scenario(R"({"name": "extra", "credits": 4})");
  CHECK(library.emulator.team("extra.x").credits() == 4);
  CHECK(message_of<ScenarioError>([&] {
          library.emulator.load_scenario(
              R"({"name": "more", "teams": [{"name": "t", "api_keys": ["closed-teams-acme"]}]})");
        }).starts_with("(text)"));
}

TEST_CASE("the expect of the scenario is checked, at once or within a time") {
  Library library({.scenario_texts = {scenario_of(R"("expect":{"completed":1})")}, .manual_clock = true});
  library.api.submit("jane");
  const auto before = library.team.verify();
  CHECK_FALSE(before.passed);
  CHECK(to_text(before) == "completed: expected 1, found 0 (1 lookup is still open)");
  REQUIRE(before.open.size() == 1);
  CHECK(before.open[0].why == OpenReason::pending);
  CHECK_FALSE(library.team.verify(0ms).passed);
  auto waiting = std::async(std::launch::async, [&] { return library.team.verify(1h); });
  library.team.settle();
  const auto after = waiting.get();
  CHECK(after.passed);
  CHECK(to_text(after).empty());
  CHECK(after.open.empty());
  CHECK_THROWS_AS(library.team.verify(-1ms), ArgumentError);
}

TEST_CASE("every kind of expectation holds after the story that it tells, and fails before") {
  Receiver receiver(answers(200));
  Library library;
  const std::vector<Expectation> expectations = {
      ExpectRequests{.which = {.method = "POST", .path = kPath, .status = 201, .body = R"({"external_id": "lead-1"})"},
                     .count = 1},
      ExpectRequests{.which = {.method = "GET"}, .at_least = 1, .at_most = 2},
      ExpectSequence{{{.method = "POST"}, {.status = 200}}},
      ExpectCallback{.external_id = "lead-1",
                     .state = CallbackState::delivered,
                     .attempts = 1,
                     .statuses = std::vector{200},
                     .gaps = std::vector<Duration>{}},
      ExpectOutcomes{.completed = 1, .not_found = 0, .failed = 0},
      ExpectCredits{.balance = 249, .charged = 1},
      ExpectUnmatched{1}};
  const auto before = library.team.verify(expectations);
  CHECK_FALSE(before.passed);
  std::set<std::size_t> failed;
  for (const auto& failure : before.failures) failed.insert(failure.expectation);
  CHECK(failed == std::set<std::size_t>{0, 1, 2, 3, 4, 5, 6});

  library.api.submit("jane", {{"callback_url", receiver.url()}, {"external_id", "lead-1"}});
  library.team.settle();
  library.api.credits();
  library.api.send("GET", "/nothing");
  const auto after = library.team.verify(expectations, 0ms);
  CHECK_MESSAGE(after.passed, to_text(after));
}

TEST_CASE("a failed expectation shows what came nearest; one without conditions needs one request") {
  Library library;
  CHECK_FALSE(library.team.verify({ExpectRequests{}}).passed);
  library.api.submit("jane", {{"external_id", "lead-1"}});
  CHECK(library.team.verify({ExpectRequests{}}).passed);
  const auto failed = library.team.verify({ExpectRequests{.which = {.body = R"({"external_id": "lead-2"})"}}});
  REQUIRE(failed.failures.size() == 1);
  CHECK(json::parse(failed.failures[0].nearest)["request"] == 1);
  CHECK(has(to_text(failed), "; nearest: {\"request\":1,"));
}

TEST_CASE("verify waits for the last request, and ends at once if an expectation can no longer hold") {
  Library library;
  auto waiting = std::async(std::launch::async, [&] {
    return library.team.verify({ExpectRequests{.which = {.method = "GET"}, .count = 1}}, 1h);
  });
  library.api.credits();
  CHECK(waiting.get().passed);
  library.api.credits();
  CHECK_FALSE(library.team.verify({ExpectRequests{.count = 1}}, 1h).passed);
}

TEST_CASE("an expectation that expects nothing or contradicts itself is an error that names it") {
  Library library;
  const std::vector<std::pair<Expectation, std::string>> wrong = {
      {ExpectRequests{.count = 1, .at_most = 2}, "count cannot be used with"},
      {ExpectRequests{.at_least = 3, .at_most = 2}, "at_least is above at_most"},
      {ExpectRequests{.which = {.body = "{"}}, "body: "},
      {ExpectSequence{}, "the sequence is empty"},
      {ExpectCallback{.state = CallbackState::dropped}, "expected enrichment_id, external_id or url"},
      {ExpectOutcomes{}, "expected completed"},
      {ExpectCredits{}, "expected balance"}};
  for (const auto& [expectation, said] : wrong) {
    CAPTURE(said);
    const auto message = message_of<ArgumentError>([&, each = expectation] {
      library.team.verify({ExpectUnmatched{}, each});
    });
    CHECK(message.starts_with("expectation 1: "));
    CHECK(has(message, said));
  }
  CHECK_THROWS_AS(library.team.verify(std::vector<Expectation>{}), ArgumentError);
}

TEST_CASE("there is no verdict if it could depend on requests that are no longer kept") {
  Library library({.manual_clock = true, .journal_size = 1});
  library.api.credits();
  library.api.credits();
  const auto verify = [&] { library.team.verify({ExpectRequests{.count = 2}}); };
  CHECK(has(message_of<ConflictError>(verify), "--journal-size"));
}

TEST_CASE("reset starts a team again, and ends its waits with an error") {
  Library library;
  const auto id = library.api.submit("jane");
  auto other = library.emulator.team("other");
  other.add_credits(1);
  auto waiting = std::async(std::launch::async, [&] { return library.team.wait_for(id, {Status::failed}, 1h); });
  library.team.add_rule("{}");
  library.team.reset();
  CHECK_THROWS_AS(waiting.get(), std::runtime_error);
  CHECK(library.team.enrichments().empty());
  CHECK(library.team.requests().empty());
  CHECK(other.credits() == 251);
  library.emulator.reset();
  CHECK(other.credits() == 250);
}

TEST_CASE("teams are listed, and requests without a team have their own list") {
  Library library({.scenario_texts = {scenario_of(R"("unknown_keys":"reject","teams":[
                       {"name":"acme","api_keys":["key-of-acme-1","k"],"credits":9}])")}});
  library.api.submit("jane");
  const auto info = library.team.info();
  CHECK(info.name == "acme");
  CHECK(info.scenario == "s");
  CHECK(info.credits == 9);
  CHECK(info.requests == 1);
  CHECK(info.enrichments == 1);
  CHECK(info.open_lookups == 1);
  CHECK(info.open_callbacks == 0);
  const auto teams = library.emulator.teams();
  REQUIRE(teams.size() == 1);
  CHECK(teams[0].id == info.id);
  CHECK(teams[0].id == json::parse(library.team.snapshot())["teams"][0]["id"].get<std::string>());

  ApiClient unknown(library.emulator.url(), "the-key-of-nobody-here");
  CHECK(unknown.send("GET", "/v1/api/the-key-of-nobody-here").status == 401);
  const auto refused = library.emulator.requests_without_team({.statuses = {401}});
  REQUIRE(refused.size() == 1);
  CHECK(has(refused[0].path, "/v1/api/the-***#"));
  CHECK_FALSE(refused[0].reason.empty());
  CHECK(refused[0].at > library.team.now() - 1h);
  CHECK_THROWS_AS(library.emulator.requests_without_team({.trace_id = ""}), ArgumentError);
}

TEST_CASE("no team is opened for a key if each open one is busy, and a stopped emulator ends every wait") {
  Library library({.manual_clock = true, .max_teams = 1});
  const auto id = library.api.submit("jane");
  CHECK(message_of<ConflictError>([&] { library.emulator.team("other"); }) == "too many teams are open");
  auto waiting = std::async(std::launch::async, [&] { library.team.wait_for(id, {Status::failed}, 1h); });
  library.emulator.stop();
  CHECK_THROWS_AS(waiting.get(), ConflictError);
  CHECK_THROWS_AS(library.team.wait_for_requests(2), ConflictError);
  CHECK_THROWS_AS(library.team.wait_for_callbacks({{}}), ConflictError);
  CHECK_THROWS_AS(library.team.wait_for_sink("a", 1), ConflictError);
  CHECK_THROWS_AS(library.team.verify({ExpectCredits{.charged = 1}}, 1h), ConflictError);
  CHECK_THROWS_AS(library.team.advance(1s), ConflictError);
}

TEST_CASE("a snapshot has one team, or all") {
  Library library;
  const auto id = library.api.submit("jane");
  library.emulator.team("other");
  CHECK(status_of(library.emulator.url(), "/v1/api/enrichment/credits") == 401);
  const auto one = json::parse(library.team.snapshot()), all = json::parse(library.emulator.snapshot());
  REQUIRE(one["teams"].size() == 1);
  CHECK(one["teams"][0]["enrichments"][0]["_id"] == id);
  CHECK_FALSE(one.contains("other_requests"));
  CHECK(all["teams"].size() == 2);
  CHECK(all["other_requests"].size() == 1);
  CHECK(one["teams"][0]["advice"]["complete"] == true);
}

TEST_CASE("the advice says what the client does wrong, as values and as text") {
  Library library;
  CHECK(to_text(library.team.advice()).starts_with("no advice\nnot checked: "));
  library.api.submit("jane");
  library.api.submit("jane");
  const auto requests = library.team.requests();
  const auto advice = library.team.advice();
  CHECK(advice.complete);
  REQUIRE(advice.findings.size() == 1);
  const auto& finding = advice.findings[0];
  CHECK(finding.rule == "duplicate-lookup");
  CHECK(to_text(finding.severity) == "error");
  CHECK(finding.count == 1);
  REQUIRE(finding.evidence.size() == 2);
  CHECK(finding.evidence[1].request == requests[1].number);
  CHECK(finding.evidence[1].callback_id.empty());
  library.team.settle();
  CHECK(library.team.advice({.client_has_ended = true}).findings.size() == 2);
  const auto ignoring = library.team.advice({.ignore = {"duplicate-lookup", "no-backoff"}});
  CHECK(ignoring.findings.empty());
  CHECK(ignoring.not_checked[0].rule == "duplicate-lookup");
  CHECK(ignoring.not_checked[0].reason == "ignored by the call");
  CHECK_THROWS_AS(library.team.advice({.ignore = {"no-back-off"}}), ArgumentError);
}
