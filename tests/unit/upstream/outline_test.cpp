#include "upstream/outline.h"

#include <doctest/doctest.h>
#include <vector>

#include "scenario/loader.h"
#include "upstream/comparison_text.h"

using namespace enrichment_mock;
using namespace enrichment_mock::upstream;

namespace {

HttpResponse response(std::string body, std::string type = "application/json; charset=utf-8", int status = 400) {
  return {status, {{"Content-Type", std::move(type)}}, std::move(body)};
}

}  // namespace

TEST_CASE("outline: shows members and kinds, and only values that do not change from call to call") {
  struct Case {
    HttpResponse response;
    std::string outline;
  };
  const std::vector<Case> cases = {
      {response(R"({"message":"no","statusCode":400,"error":"Bad Request"})"),
       R"({"error": "Bad Request", "message": text, "statusCode": 400})"},
      {response(R"({"_id":"507f1f77bcf86cd799439011","linkedin_url":"sent","status":"pending"})"),
       R"({"_id": 24 hex digits, "linkedin_url": as sent, "status": "pending"})"},
      {response(R"({"a":1,"b":1.5,"c":null,"d":true,"e":[1,2,"x"],"f":{}})"),
       R"({"a": whole number, "b": number, "c": null, "d": true or false, "e": [whole number, text], "f": {}})"},
      {response("[]"), "[]"},
      {response(R"({"a":1})", "text/plain"), R"({"a": whole number} as text/plain)"},
      {response(R"({"a":1})", ""), R"({"a": whole number} as no Content-Type)"},
      {response("<html>", "text/html"), "text/html, which is not JSON"},
      {response(R"({"a":)"), "application/json, which is not JSON"},
      {response(""), "no body"},
      {{400, {{"content-encoding", "gzip"}}, "\x1f\x8b"}, "a body compressed with gzip"},
      {{400, {}, "{}", true}, "a body that is too large or incomplete"},
  };
  for (const auto& [given, expected] : cases) {
    const std::string_view sent[] = {"sent"};
    CHECK(outline(given, sent, false) == expected);
  }
  CHECK(outline(response(R"({"message":"no"})"), {}, true) == R"({"message": "no"})");
}

TEST_CASE("outline: parts of responses") {
  CHECK(status_text({301, {{"location", "https://other.example/\r"}}}) == "301 to https://other.example/\\u000d");
  CHECK(status_text({404, {}}) == "404");
  CHECK(allow_text({405, {{"allow", "POST,\tGET, "}}}) == "Allow: GET, POST");
  CHECK(allow_text({405, {}}) == "no Allow");
  constexpr std::string_view kNames[] = {"linkedin_url", "external_id"};
  CHECK(names_in(response(R"({"message":["external_id no","linkedin_url no"]})"), kNames) ==
        "external_id, linkedin_url");
  CHECK(names_in(response(R"({"linkedin_url":{"code":"x"}})"), kNames) == "no field");
  CHECK(names_in(response("linkedin_url is wrong", "text/plain"), kNames) == "linkedin_url");
  CHECK(balance_in(response(R"({"balance":250})")) == 250);
  CHECK(balance_in(response(R"({"ok":true,"team":{"credits":"12"}})")) == 12);
  CHECK(balance_in(response("12")) == 12);
  CHECK_FALSE(balance_in(response(R"({"balance":1.5})")));
  CHECK(balance_in(response(R"({"statusCode":200,"balance":9})")) == 9);
  CHECK_FALSE(balance_in(response(R"({"team_id":77,"credits":9})")));  // which is it?
  CHECK_FALSE(balance_in(response(R"({"balance":null,"limit":9})")));
  CHECK(presence_of_member(response(R"({"a":null})"), "a") == "null");
  CHECK(presence_of_member(response(R"({"a":""})"), "a") == "a text");
  CHECK(presence_of_member(response("[]"), "a") == "left out");
}

TEST_CASE("outline: only bodies that a scenario can have are written, and then the scenario is valid") {
  CHECK(scripted_body(response(R"({ "a": [ 1.10 ] })")) == R"({"a":[1.10]})");
  CHECK(scripted_body(response("Not \"found\"", "text/plain")) == R"("Not \"found\"")");
  for (const auto& other :
       {response("[1]"), response(R"({"a":1,"a":2})"), response("<html>", "text/html"), response("\xff", "text/plain"),
        response("{}", "application/problem+json"), response("{}", "text/plain"),
        response(std::string(70'000, 'x'), "text/plain"),
        response("{\"a\":" + std::string(62, '[') + std::string(62, ']') + "}"), HttpResponse{400, {}, "{}", true}})
    CHECK_FALSE(scripted_body(other));
  Comparison comparison{.url = "https://api.example.com", .scenario = "default"};
  comparison.refuses_other_keys = true;
  comparison.lines.push_back({&questions()[5], "404\n\"}*/\u2028", "405"});
  comparison.stopped = "the balance\nhas fallen";
  comparison.error_bodies = {{400, R"({"a":"\u0000 // */"})"}, {404, "\"\""}, {503, R"({"a":1e999})"}};
  const auto text = scenario_text(comparison, "mine", "today");
  CHECK(text.find("//   route-unknown: unknown routes (our decision): upstream 404\\u000a\"}*/\\u2028\n") != text.npos);
  const auto loaded = scenario::load_text(text, "mine.json");
  CHECK(std::holds_alternative<scenario::Scenario>(loaded));
}
