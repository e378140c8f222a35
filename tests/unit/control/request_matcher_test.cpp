#include "control/request_matcher.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;
using control::is_subset;
using control::nearest;
using control::RequestMatcher;
using control::WantedBody;

namespace {

runner::JournalEntry entry(std::string_view method, std::string_view target, int status, std::string_view body = "") {
  return {.number = 7, .method = method, .target = target, .body = body, .status = status, .body_bytes = body.size()};
}

std::vector<runner::JournalEntryPtr> journal_of(const std::vector<runner::JournalEntry>& entries) {
  std::vector<runner::JournalEntryPtr> kept;
  for (const auto& each : entries) kept.push_back(std::make_shared<runner::JournalEntry>(each));
  return kept;
}

// The text of a matcher, and its reader.
struct Expected {
  explicit Expected(std::string_view text) : document(text) { REQUIRE(document.read(json_text::Syntax::strict)); }
  json_text::Value value() { return document.root(); }
  json_text::Document document;
};

}  // namespace

TEST_CASE("a subset matches at any depth, and the body may contain more") {
  struct Case {
    const char *wanted, *found;
    bool holds;
  };
  for (const auto& [wanted, found, holds] : {Case{"{}", R"({"a":1})", true},
                                             {R"({"a":1})", R"({"a":1,"b":2})", true},
                                             {R"({"a":1})", R"({"a":2})", false},
                                             {R"({"a":1})", R"({"b":1})", false},
                                             {R"({"a":{"b":1}})", R"({"a":{"b":1,"c":2}})", true},
                                             {R"({"a":{"b":1}})", R"({"a":1})", false},
                                             {R"({"a":null})", "{}", false},
                                             {R"({"a":null})", R"({"a":null})", true},
                                             {"[1,2]", "[1,2]", true},
                                             {"[1,2]", "[2,1]", false},
                                             {"[1]", "[1,2]", false},
                                             {R"([{"a":1}])", R"([{"a":1,"b":2}])", true},
                                             {"[]", "{}", false},
                                             {"1", "1.0", true},
                                             {"1.10", "11e-1", true},
                                             {"0", "-0.0e7", true},
                                             {"12345678901234567890123", "12345678901234567890123.0", true},
                                             {"12345678901234567890123", "12345678901234567890124", false},
                                             {"0.1", "0.10000000000000001", false},
                                             {"-1", "1", false},
                                             {"null", "false", false},
                                             {"1", "\"1\"", false},
                                             {"true", "true", true}}) {
    const auto& this_wanted = wanted;
    CAPTURE(this_wanted);
    const auto& this_found = found;
    CAPTURE(this_found);
    CHECK(is_subset(Expected(wanted).value(), Expected(found).value()) == holds);
  }
}

TEST_CASE("a matcher without parts matches every request") {
  CHECK(RequestMatcher{}.differences(entry("GET", "/x", 404)).empty());
}

TEST_CASE("the path is a pattern, and does not include the query") {
  const RequestMatcher matcher{.method = {}, .path = "/v1/*/email", .status = {}, .body = {}};
  CHECK(matcher.differences(entry("GET", "/v1/api/enrichment/email?x=1", 200)).empty());
  CHECK(matcher.differences(entry("GET", "/v1/email", 200)).size() == 1);
}

TEST_CASE("each part that differs is described in a sentence") {
  const RequestMatcher matcher{.method = "POST", .path = "/a", .status = 201, .body = WantedBody(R"({"type":"work"})")};
  auto other = entry("GET", "/b", 503, R"({"type":"personal"})");
  other.reason = "scripted by the rule \"flaky\"";
  const auto differences = matcher.differences(other);
  REQUIRE(differences.size() == 4);
  CHECK(differences[0] == "method: expected POST, found GET");
  CHECK(differences[1] == "path: expected /a, found /b");
  CHECK(differences[2] == "status: expected 201, found 503 (scripted by the rule \"flaky\")");
  CHECK(differences[3] == R"(body: expected at least {"type":"work"}, found {"type":"personal"})");
}

TEST_CASE("a body that is not JSON matches no subset") {
  const RequestMatcher matcher{.method = {}, .path = {}, .status = {}, .body = WantedBody("{}")};
  CHECK(matcher.differences(entry("POST", "/", 400, "{")).size() == 1);
  CHECK(matcher.differences(entry("POST", "/", 400)).size() == 1);
  CHECK(matcher.differences(entry("POST", "/", 201, R"({"a":1})")).empty());
}

TEST_CASE("it is undecided whether a truncated body matches, however it begins") {
  const RequestMatcher matcher{.method = "POST", .path = {}, .status = {}, .body = WantedBody(R"({"a":1})")};
  const RequestMatcher bodiless{.method = "POST", .path = {}, .status = {}, .body = {}};
  const auto whole = entry("POST", "/", 201, R"({"a":1})");
  auto cut = whole;
  ++cut.body_bytes;
  REQUIRE(cut.body_truncated());
  CHECK(matcher.differences(cut).empty());
  CHECK(matcher.is_undecided(cut));
  CHECK_FALSE(matcher.is_undecided(whole));
  CHECK_FALSE(bodiless.is_undecided(cut));
  CHECK(matcher.differences(entry("GET", "/", 200, cut.body)).size() == 1);  // whatever the body is
}

TEST_CASE("a body with a duplicate key matches no subset, because receivers differ in which one they take") {
  const RequestMatcher matcher{.method = {}, .path = {}, .status = {}, .body = WantedBody(R"({"a":1})")};
  CHECK(matcher.differences(entry("POST", "/", 400, R"({"a":1,"a":1})")).size() == 1);
}

TEST_CASE("the nearest miss differs in the fewest parts; there is one if there is any request") {
  const RequestMatcher matcher{.method = "POST", .path = "/a", .status = 201, .body = {}};
  auto far = entry("POST", "/b", 404), near = entry("POST", "/a", 503), alien = entry("GET", "/c", 200);
  near.number = 9;
  CHECK(nearest(matcher, journal_of({far, near, alien})).text() ==
        R"({"request":9,"differs":["status: expected 201, found 503"]})");
  CHECK(
      nearest(matcher, journal_of({alien})).text() ==
      R"({"request":7,"differs":["method: expected POST, found GET","path: expected /a, found /c","status: expected 201, found 200"]})");
  CHECK(nearest(matcher, {}).is_null());
}

TEST_CASE("a matcher describes itself") {
  CHECK(RequestMatcher{}.describe() == "any method any path");
  const RequestMatcher matcher{.method = "POST", .path = "/a", .status = 201, .body = WantedBody(R"({"type":"work"})")};
  CHECK(matcher.describe() == R"(POST /a, status 201, body {"type":"work"})");
}

TEST_CASE("if requests differ in equally many parts, the nearest body and path decide") {
  const RequestMatcher matcher{.method = {}, .path = {}, .status = {}, .body = WantedBody(R"({"type":"work","a":1})")};
  auto far = entry("POST", "/", 201, R"({"type":"personal"})"), near = entry("POST", "/", 201, R"({"type":"work"})");
  near.number = 9;
  CHECK(nearest(matcher, journal_of({far, near})).text().starts_with(R"({"request":9,)"));
  const RequestMatcher by_path{.method = {}, .path = "/v1/email", .status = {}, .body = {}};
  auto other = entry("GET", "/v1/credits", 200), misspelt = entry("GET", "/v1/emial", 404);
  misspelt.number = 9;
  CHECK(nearest(by_path, journal_of({other, misspelt})).text().starts_with(R"({"request":9,)"));
}

TEST_CASE("a wanted body is JSON, and the credentials of its URLs do not count") {
  for (const auto* text : {"", "{", "{}{}", "{\"a\":1,\"a\":1}", "// none"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(WantedBody{text}, std::invalid_argument);
  }
  const WantedBody hook(R"({"callback_url":"http://me:secret@app/hook"})");
  CHECK(hook.shown() == R"({"callback_url":"http://***@app/hook"})");
  CHECK(hook.is_in(Expected(R"({"callback_url":"http://***@app/hook"})").value()));
  CHECK_FALSE(hook.is_in(Expected(R"({"callback_url":"http://app/hook"})").value()));
}

TEST_CASE("a matcher matches if nothing differs") {
  const auto here = entry("POST", "/a?b", 201, R"({"type":"work","a":1})");
  for (const auto& matcher :
       {RequestMatcher{}, RequestMatcher{.method = "get"}, RequestMatcher{.path = "/a"}, RequestMatcher{.path = "/b"},
        RequestMatcher{.status = 201}, RequestMatcher{.status = 200}, RequestMatcher{.body = WantedBody("{}")},
        RequestMatcher{.body = WantedBody(R"({"type":"personal"})")}}) {
    CAPTURE(matcher.describe());
    CHECK(matcher.matches(here) == matcher.differences(here).empty());
  }
}

TEST_CASE("a method matches in any letter case") {
  const RequestMatcher matcher{.method = "post", .path = {}, .status = {}, .body = {}};
  CHECK(matcher.differences(entry("POST", "/", 201)).empty());
}
