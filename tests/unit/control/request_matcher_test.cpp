#include "control/request_matcher.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;
using control::is_subset;
using control::nearest;
using control::RequestMatcher;
using nlohmann::json;

namespace {

runner::Entry entry(std::string method, std::string target, int status, std::string body = "") {
  runner::Entry made;
  made.number = 7;
  made.method = std::move(method);
  made.target = std::move(target);
  made.status = status;
  made.body = std::move(body);
  return made;
}

}  // namespace

TEST_CASE("a subset: whatever is wanted is found, however deep, and more may be there") {
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
                                             {"1", "\"1\"", false},
                                             {"true", "true", true}}) {
    const auto& this_wanted = wanted;
    CAPTURE(this_wanted);
    const auto& this_found = found;
    CAPTURE(this_found);
    CHECK(is_subset(json::parse(wanted), json::parse(found)) == holds);
  }
}

TEST_CASE("a matcher without parts means every request") {
  CHECK(RequestMatcher{}.differences(entry("GET", "/x", 404)).empty());
}

TEST_CASE("the path is a pattern, and the query does not belong to it") {
  const RequestMatcher matcher{.method = {}, .path = "/v1/*/email", .status = {}, .body = {}};
  CHECK(matcher.differences(entry("GET", "/v1/api/enrichment/email?x=1", 200)).empty());
  CHECK(matcher.differences(entry("GET", "/v1/email", 200)).size() == 1);
}

TEST_CASE("each part that differs is told in a sentence") {
  const RequestMatcher matcher{.method = "POST", .path = "/a", .status = 201, .body = json{{"type", "work"}}};
  auto other = entry("GET", "/b", 503, R"({"type":"personal"})");
  other.reason = "scripted by the rule \"flaky\"";
  const auto differences = matcher.differences(other);
  REQUIRE(differences.size() == 4);
  CHECK(differences[0] == "method: expected POST, found GET");
  CHECK(differences[1] == "path: expected /a, found /b");
  CHECK(differences[2] == "status: expected 201, found 503 (scripted by the rule \"flaky\")");
  CHECK(differences[3] == R"(body: expected at least {"type":"work"}, found {"type":"personal"})");
}

TEST_CASE("a body that is no JSON holds nothing") {
  const RequestMatcher matcher{.method = {}, .path = {}, .status = {}, .body = json::object()};
  CHECK(matcher.differences(entry("POST", "/", 400, "{")).size() == 1);
  CHECK(matcher.differences(entry("POST", "/", 400)).size() == 1);
}

TEST_CASE("the nearest miss differs in the fewest parts; there is one wherever there is a request") {
  const RequestMatcher matcher{.method = "POST", .path = "/a", .status = 201, .body = {}};
  auto far = entry("POST", "/b", 404), near = entry("POST", "/a", 503), alien = entry("GET", "/c", 200);
  near.number = 9;
  const auto found = nearest(matcher, {far, near, alien});
  CHECK(found["request"] == 9);
  CHECK(found["differs"].size() == 1);
  CHECK(nearest(matcher, {alien})["differs"].size() == 3);
  CHECK(nearest(matcher, {}).is_null());
}

TEST_CASE("a matcher describes itself") {
  CHECK(RequestMatcher{}.describe() == "any method any path");
  const RequestMatcher matcher{.method = "POST", .path = "/a", .status = 201, .body = json{{"type", "work"}}};
  CHECK(matcher.describe() == R"(POST /a, status 201, body {"type":"work"})");
}

TEST_CASE("of requests that differ in as many parts, the one with the nearest body and path is the nearest") {
  const RequestMatcher matcher{.method = {}, .path = {}, .status = {}, .body = json{{"type", "work"}, {"a", 1}}};
  auto far = entry("POST", "/", 201, R"({"type":"personal"})"), near = entry("POST", "/", 201, R"({"type":"work"})");
  near.number = 9;
  CHECK(nearest(matcher, {far, near})["request"] == 9);
  const RequestMatcher by_path{.method = {}, .path = "/v1/email", .status = {}, .body = {}};
  auto other = entry("GET", "/v1/credits", 200), misspelt = entry("GET", "/v1/emial", 404);
  misspelt.number = 9;
  CHECK(nearest(by_path, {other, misspelt})["request"] == 9);
}

TEST_CASE("a method is the same in any letter case") {
  const RequestMatcher matcher{.method = "post", .path = {}, .status = {}, .body = {}};
  CHECK(matcher.differences(entry("POST", "/", 201)).empty());
}
