#include "upstream/recording.h"

#include <doctest/doctest.h>

#include "scenario/loader.h"

namespace enrichment_mock::upstream {
namespace {

using namespace std::chrono_literals;
using Kind = RecordedCall::Kind;
using Calls = std::vector<RecordedCall>;

constexpr const char* kUnavailable = R"({"message":"Try later"})";

RecordedCall call(Kind kind, Moment begin, Moment end, int status, std::string body) {
  RecordedCall made;
  made.kind = kind;
  made.begin = begin;
  made.end = end;
  made.status = status;
  made.body = std::move(body);
  return made;
}

// A request that is answered within 10 ms. `id` is empty: it is refused with `body`.
RecordedCall request(Moment begin, const std::string& username, const std::string& id, int status = 201,
                     const std::string& body = "", const std::string& type = "work") {
  const auto url = "https://www.linkedin.com/in/" + username;
  auto made = call(Kind::request, begin, begin + 10ms, status,
                   id.empty() ? body : R"({"_id":")" + id + R"(","status":"pending","linkedin_url":")" + url + "\"}");
  made.sent = R"({"linkedin_url":")" + url + R"(","type":")" + type + "\"}";
  return made;
}

RecordedCall refused(Moment begin, const std::string& username, int status, const std::string& body = kUnavailable,
                     const std::string& retry_after = "") {
  auto made = request(begin, username, "", status, body);
  made.retry_after = retry_after;
  return made;
}

RecordedCall with_receiver(RecordedCall made, std::size_t receiver) {
  made.receiver = receiver;
  return made;
}

RecordedCall with_key(RecordedCall made, std::size_t key) {
  made.key = key;
  return made;
}

// A poll that is answered within 2 ms.
RecordedCall poll(Moment begin, const std::string& id, const std::string& status, const std::string& email = "") {
  const auto found = email.empty() ? "" : R"(,"email":{"email":")" + email + R"(","type":"work"})";
  auto made =
      call(Kind::poll, begin, begin + 2ms, 200, R"({"_id":")" + id + R"(","status":")" + status + "\"" + found + "}");
  made.id = id;
  return made;
}

RecordedCall credits(Moment begin, const std::string& balance) {
  return call(Kind::credits, begin, begin + 1ms, 200, R"({"balance":)" + balance + "}");
}

std::string callback_body(const std::string& id, const std::string& username, const std::string& more = "") {
  return R"({"request_id":")" + id +
         R"(","status":"completed","enrichment_type":"work_email","email":{"email":"jane@acme.example","type":"work"},)" +
         R"("linkedin_url":"https://www.linkedin.com/in/)" + username + "\"" + more + "}";
}

// An attempt to which the client answers within 5 ms.
RecordedCall attempt(Moment begin, std::size_t receiver, int status, const std::string& body) {
  auto made = call(Kind::callback, begin, begin + 5ms, status, "");
  made.receiver = receiver;
  made.sent = body;
  return made;
}

std::string scenario_of(const Calls& calls, Hidden hidden = Hidden::none, bool sees_callbacks = true) {
  Recording recording;
  for (const auto& each : calls) recording.add(each);
  Recording::Frame frame;
  frame.name = "recorded";
  frame.upstream = "https://api.example";
  frame.begin = base::Instant(std::chrono::seconds(1'800'000'000));
  frame.end = frame.begin + 10min;
  frame.hidden = hidden;
  frame.sees_callbacks = sees_callbacks;
  return recording.scenario(frame);
}

std::string problems_of(const std::string& text) {
  const auto loaded = scenario::load_text(text, "recorded.json");
  const auto* problems = std::get_if<std::vector<scenario::Problem>>(&loaded);
  return problems ? to_string(problems->front()) : "";
}

void check(const std::string& text, const std::vector<std::string>& has, const std::vector<std::string>& has_not = {}) {
  INFO(text);
  CHECK(problems_of(text) == "");
  for (const auto& each : has) {
    CAPTURE(each);
    CHECK(text.find(each) != std::string::npos);
  }
  for (const auto& each : has_not) {
    CAPTURE(each);
    CHECK(text.find(each) == std::string::npos);
  }
}

Calls found(Moment begin, const std::string& username, const std::string& id, const std::string& email) {
  return {request(begin, username, id), poll(begin + 50ms, id, "pending"), poll(begin + 150ms, id, "processing"),
          poll(begin + 450ms, id, "processing"), poll(begin + 550ms, id, "completed", email)};
}

Calls joined(std::initializer_list<Calls> parts) {
  Calls all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("recording: what each kind of call becomes") {
  const auto ok = callback_body("a", "jane");
  struct Case {
    const char* name;
    Calls calls;
    std::vector<std::string> has, has_not;
  };
  const Case cases[] = {
      {"nothing", {}, {R"("name": "recorded")", "// - the balance"}, {"profiles", "rules", "errors", "lookup\""}},
      {"an email, and the middle of the bounds of both durations",
       found(0ms, "Jane", "a", "jane@acme.example"),
       {R"("jane": { "work": "jane@acme.example" })", "1 of 1 lookup: 40ms to 152ms", R"("pending": "96ms")",
        "1 of 1 lookup: 344ms to 456ms", R"("processing": "400ms")"},
       {"rules"}},
      {"no email", {request(0ms, "jane", "a"), poll(1s, "a", "not-found")}, {R"("jane": { "work": null })"}, {"rules"}},
      {"both types",
       {request(0ms, "jane", "a"), poll(1s, "a", "not-found"), request(0ms, "jane", "b", 201, "", "personal"),
        poll(1s, "b", "completed", "j@x.example")},
       {R"("jane": { "work": null, "personal": "j@x.example" })"},
       {}},
      {"a failed lookup",
       {request(0ms, "jane", "a"), poll(1s, "a", "failed")},
       {R"({"lookup":{"outcome":"failed"}})", R"("match": {"username":"jane","type":"work"})"},
       {"profiles"}},
      {"a lookup that is not seen to end",
       {request(0ms, "jane", "a"), poll(1s, "a", "pending"), request(0ms, "john", "b"), poll(1s, "b", "processing")},
       {R"({"lookup":{"pending":"forever"}})", R"({"lookup":{"processing":"forever"}})",
        "2 lookups were not seen to end"},
       {}},
      {"a request without a poll says nothing", {request(0ms, "jane", "a")}, {}, {"rules", "profiles"}},
      {"a refusal, then success",
       {refused(0ms, "jane", 503, kUnavailable, "2"), request(2s, "jane", "a"), poll(3s, "a", "not-found")},
       {"        {\"response\":{\"status\":503,\"headers\":{\"Retry-After\":\"2\"}}},\n        {}\n",
        R"("503": {"message":"Try later"})", R"("count": "profile")"},
       {}},
      {"repeated refusals are one step",
       {refused(0ms, "jane", 500), refused(1s, "jane", 500)},
       {"\"steps\": [\n        {\"response\":{\"status\":500}}\n      ]"},
       {}},
      {"a first body that comes again does not hide that they vary",
       {refused(0ms, "jane", 500, "broken"), refused(1s, "jane", 500, "odd"), refused(2s, "jane", 500, "broken")},
       {"1 status whose error bodies vary"},
       {"errors"}},
      {"bodies that vary are in the steps",
       {refused(0ms, "jane", 500, "broken"), refused(1s, "jane", 500, R"({"a":1.10})")},
       {R"({"response":{"status":500,"body":"broken"}},)", R"({"response":{"status":500,"body":{"a":1.10}}})",
        "1 status whose error bodies vary"},
       {"errors"}},
      {"a body that only a step can have",
       {refused(0ms, "jane", 500, "[1.10]")},
       {R"({"response":{"status":500,"body":[1.10]}})"},
       {"errors"}},
      {"a status that no scenario can have",
       {refused(0ms, "jane", 700), refused(0ms, "jane", 199)},
       {"2 answers that could not be read"},
       {"rules", "errors"}},
      {"a second outcome for the same person",
       {request(0ms, "jane", "a"), poll(1s, "a", "not-found"), request(2s, "jane", "b"),
        poll(3s, "b", "completed", "j@x.example")},
       {R"({"lookup":{"outcome":"not-found"}},)", R"({"lookup":{"email":"j@x.example"}})"},
       {"profiles"}},
      {"the balance before what was charged",
       {request(0ms, "jane", "a"), poll(1s, "a", "completed", "j@x.example"), credits(2s, "41"), credits(3s, "40")},
       {R"("credits": 42)", "The last balance was 40, not 41"},
       {}},
      {"with no credits, a 402 needs no rule",
       {credits(0ms, "0"), refused(1s, "jane", 402)},
       {R"("credits": 0)", R"("402": {"message":"Try later"})"},
       {"rules"}},
      {"a callback shows the end",
       {with_receiver(request(0ms, "jane", "a"), 0), attempt(500ms, 0, 204, ok)},
       {R"("jane": { "work": "jane@acme.example" })", R"("pending": "250ms")", "240ms to 250ms"},
       {"delay", "backoff", "rules"}},
      {"retries and their gaps",
       {with_receiver(request(0ms, "jane", "a"), 0), attempt(500ms, 0, 500, ok), attempt(1505ms, 0, 0, ok),
        attempt(3510ms, 0, 500, ok), attempt(7515ms, 0, 500, ok)},
       {R"("backoff": ["1s", "2s", "4s"])", R"("max_attempts": 4)"},
       {"copies"}},
      {"the only attempt failed, long ago",
       {with_receiver(request(0ms, "jane", "a"), 0), attempt(500ms, 0, 500, ok)},
       {R"("max_attempts": 1)"},
       {}},
      {"an attempt that failed at the end may be followed by another",
       {with_receiver(request(599s, "jane", "a"), 0), attempt(599s + 500ms, 0, 500, ok)},
       {},
       {"max_attempts"}},
      {"copies",
       {with_receiver(request(0ms, "jane", "a"), 0), attempt(500ms, 0, 204, ok), attempt(501ms, 0, 204, ok),
        attempt(600ms, 0, 204, ok)},
       {R"("copies": 3)"},
       {"backoff"}},
      {"a late callback",
       joined({{with_receiver(request(0ms, "jane", "a"), 0)},
               {poll(100ms, "a", "processing"), poll(200ms, "a", "completed", "jane@acme.example")},
               {attempt(5s, 0, 204, ok)}}),
       {R"("delay": "4.849s")", R"("jane": { "work": "jane@acme.example" })"},
       {}},
      {"a callback before the response",
       {attempt(3ms, 0, 204, ok), with_receiver(request(0ms, "jane", "a"), 0)},
       {R"("before_response": true)"},
       {"\"lookup\""}},
      {"no callback",
       {with_receiver(request(0ms, "jane", "a"), 0), poll(1s, "a", "not-found")},
       {R"({"callback":{"drop":true}})", "1 callback did not arrive"},
       {}},
      {"a callback for a failed lookup",
       {with_receiver(request(0ms, "jane", "a"), 0),
        attempt(1s, 0, 204,
                R"({"request_id":"a","status":"failed",)"
                R"("enrichment_type":"work_email","email":null,"linkedin_url":"https://www.linkedin.com/in/jane"})")},
       {R"("on_failed": true)", R"({"lookup":{"outcome":"failed"}})"},
       {"merge_patch"}},
      {"more in a callback",
       {with_receiver(request(0ms, "jane", "a"), 0),
        attempt(1s, 0, 204, callback_body("a", "jane", R"(,"version":2)"))},
       {R"("callback":{"merge_patch":{"version":2}})"},
       {}},
      {"less in a callback",
       {with_receiver(request(0ms, "jane", "a"), 0), attempt(1s, 0, 204, R"({"status":"completed"})")},
       {R"("merge_patch":{"request_id":null,"enrichment_type":null,"linkedin_url":null,"email":null})"},
       {}},
      {"a callback that is not JSON",
       {with_receiver(request(0ms, "jane", "a"), 0), attempt(1s, 0, 204, R"({"status":)")},
       {R"("raw_body":"{\"status\":")"},
       {}},
      {"a callback whose null no patch can say",
       {with_receiver(request(0ms, "jane", "a"), 0), poll(900ms, "a", "completed", "jane@acme.example"),
        attempt(1s, 0, 204, R"({"request_id":"a","email":null})")},
       {R"("raw_body":"{\"request_id\":\"a\",\"email\":null}")"},
       {}},
      {"other keys",
       {with_key(refused(0ms, "jane", 503), 1), request(1s, "jane", "a"), request(2s, "jane", "b"),
        poll(3s, "b", "not-found")},
       {"2 API keys", "1 request for the same person with another API key"},
       {"\"response\""}},
      {"what is left out",
       {call(Kind::request, 0ms, 1ms, 0, ""), call(Kind::request, 0ms, 1ms, 400, "{}"), refused(0ms, "jane", 401),
        poll(0ms, "unknown", "pending"), poll(0ms, "x", "paused"), call(Kind::poll, 0ms, 1ms, 500, "x"),
        credits(0ms, "1.5"), call(Kind::credits, 0ms, 1ms, 429, "x")},
       {"1 call that the upstream did not answer", "1 request with invalid fields", "1 poll of an id",
        "1 poll that was refused", "1 call for the credits that was refused", "2 answers that could not be read"},
       {"rules", "\"credits\""}},
      {"usernames that are patterns, or encoded",
       {refused(0ms, "a%2Ab", 500), refused(0ms, "b%2525c", 500), refused(0ms, "j%C3%B6hn", 500)},
       {R"({"username":"a*b","type":"work"})", R"({"username":"b%2525c","type":"work"})",
        R"({"username":"jöhn","type":"work"})"},
       {}},
      {"an email that is no template stays in the profile only",
       {request(0ms, "jane", "a"), poll(1s, "a", "completed", "{x}@a@b")},
       {R"("jane": { "work": "{x}@a@b" })"},
       {}},
      {"bodies that a scenario cannot have",
       {refused(0ms, "jane", 500, R"({"a":1,"a":2})"), refused(0ms, "john", 501, "\xff"),
        refused(0ms, "mary", 502, std::string(100, '[') + std::string(100, ']')),
        refused(0ms, "paul", 504, std::string(5000, 'x'))},
       {R"("500": "{\"a\":1,\"a\":2}")", R"("502": "[[[[)"},
       {R"("501":)", R"("504":)"}},
  };
  for (const auto& [name, calls, has, has_not] : cases) {
    CAPTURE(name);
    check(scenario_of(calls), has, has_not);
  }
}

TEST_CASE("recording: a duration within the bounds of most lookups is the file's, others are in rules") {
  auto calls = joined({found(0ms, "jane", "a", "a@x.example"), found(10s, "john", "b", "b@x.example")});
  for (const auto& each : Calls{request(20s, "slow", "c"), poll(25s, "c", "pending"), poll(26s, "c", "processing"),
                                poll(29s, "c", "processing"), poll(30s, "c", "not-found")})
    calls.push_back(each);
  check(scenario_of(calls), {R"("pending": "96ms")", "2 of 3 lookups", R"("slow": { "work": null })",
                             R"({"lookup":{"pending":"5.496s","processing":"4s"}})",
                             "// Bounds: pending 4.99s to 6.002s, processing 3.494s"});
}

TEST_CASE("recording: emails are pseudonyms, the same for the same person, wherever they were sent") {
  auto calls = joined({found(0ms, "jane", "a", "Jane@acme.example"), found(1s, "john", "b", "john@acme.example")});
  calls.push_back(request(5s, "jane", "c", 201, "", "personal"));
  calls.push_back(poll(6s, "c", "completed", "jane@home.example"));
  calls.push_back(request(7s, "janet", "d"));
  calls.push_back(poll(8s, "d", "completed", "jane@ACME.example"));
  calls.push_back(refused(9s, "mary", 500, R"({"message":"no jane@acme.example, no %40x@y.example, @x."})"));
  check(scenario_of(calls, Hidden::emails),
        {R"("jane": { "work": "person-1@work.example", "personal": "person-1@personal.example" })",
         R"("john": { "work": "person-2@work.example" })", R"("janet": { "work": "person-1@work.example" })",
         R"("no person-1@work.example, no somebody-1@example.com, @x.")", "Emails are pseudonyms"},
        {"acme", "home.example", "y.example"});
  check(scenario_of(calls, Hidden::all),
        {R"("person-1": { "work": "person-1@work.example")", R"({"username":"person-4","type":"work"})",
         "Usernames and emails are pseudonyms"},
        {"jane", "john", "mary", "acme"});
  const Calls odd = {with_receiver(request(0ms, "jane", "a"), 0),
                     attempt(1s, 0, 204, callback_body("a", "jane", R"(,"of jane@acme.example":1)"))};
  check(scenario_of(odd, Hidden::emails), {R"(\"of person-1@work.example\":1)"}, {"acme"});
  check(scenario_of(calls, Hidden::none), {"Jane@acme.example", "jane@home.example", "%40x@y.example"}, {"person-1"});
}

TEST_CASE("recording: without a public URL the file says that callbacks were not seen") {
  check(scenario_of({request(0ms, "jane", "a")}, Hidden::emails, false),
        {"// - callbacks: callback_url was passed on unchanged"});
}

TEST_CASE("recording: a file has at most a million bytes, and says who is missing") {
  Calls calls;
  for (int n = 0; n < 12'000; ++n) {
    const auto name = std::to_string(n) + std::string(80, 'x');
    calls.push_back(request(Moment(n), name, name));
    calls.push_back(poll(1s, name, "not-found"));
  }
  const auto text = scenario_of(calls);
  CHECK(text.size() < 1'000'000);
  CHECK(problems_of(text) == "");
  CHECK(text.find("people who have no room in a file of a million bytes") != std::string::npos);
}

}  // namespace enrichment_mock::upstream
