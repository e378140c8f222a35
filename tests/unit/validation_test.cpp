#include "api/validation.h"

#include <doctest/doctest.h>
#include <string>

#include "api/error.h"
#include "base/json.h"

using namespace enrichment_mock;
using api::ApiError;
using api::parse_enrichment_request;
using nlohmann::json;

namespace {

// The message of the 400, or "accepted".
std::string verdict(std::string_view body) {
  try {
    parse_enrichment_request(body);
    return "accepted";
  } catch (const ApiError& error) {
    CHECK(error.status == 400);
    return error.message;
  }
}

// A valid body with some fields replaced; `remove` takes a field out.
std::string body_with(const json& changes, const char* remove = nullptr) {
  json body{{"linkedin_url", "https://www.linkedin.com/in/janedoe"}, {"type", "work"}};
  body.update(changes);
  if (remove) body.erase(remove);
  return body.dump();
}

constexpr auto* kUrl = "linkedin_url must be a linkedin.com/in/<username> URL";
constexpr auto* kType = "type must be work or personal";
constexpr auto* kCallback = "callback_url must be an absolute http or https URI";

}  // namespace

TEST_CASE("a valid request comes out typed, its username decoded and in lower case") {
  const auto request = parse_enrichment_request(
      R"({"linkedin_url":"https://www.LinkedIn.com/in/Jane%2Ddoe/?x=1","type":"personal","callback_url":"http://app:3000/hook","external_id":"lead-42"})");
  CHECK(request.linkedin_url == "https://www.LinkedIn.com/in/Jane%2Ddoe/?x=1");
  CHECK(request.username == "jane-doe");
  CHECK(request.type == engine::EmailType::personal);
  CHECK(request.callback_url == "http://app:3000/hook");
  CHECK(request.external_id == "lead-42");
}

TEST_CASE("optional fields may be left out or null; unknown fields of any shape are ignored") {
  CHECK(verdict(body_with(json::object())) == "accepted");
  CHECK_FALSE(parse_enrichment_request(body_with({{"callback_url", nullptr}, {"external_id", nullptr}})).external_id);
  CHECK(verdict(body_with({{"note", {{"type", 1}, {"deep", {1, {{"type", "x"}}}}}}, {"n", 1.5}, {"b", true}})) ==
        "accepted");
}

TEST_CASE("each field rule has its message") {
  CHECK(verdict(body_with(json::object(), "linkedin_url")) == "linkedin_url is required");
  CHECK(verdict(body_with({{"linkedin_url", nullptr}})) == "linkedin_url is required");
  CHECK(verdict(body_with({{"linkedin_url", "https://example.com/in/jane"}})) == kUrl);
  CHECK(verdict(body_with({{"linkedin_url", ""}})) == kUrl);
  CHECK(verdict(body_with(json::object(), "type")) == "type is required");
  CHECK(verdict(body_with({{"type", "Work"}})) == kType);
  CHECK(verdict(body_with({{"callback_url", "app:3000/hook"}})) == kCallback);
  CHECK(verdict(body_with({{"callback_url", ""}})) == kCallback);
  CHECK(verdict(body_with({{"callback_url", "ftp://app.example/hook"}})) == kCallback);
  CHECK(verdict(body_with({{"external_id", std::string(257, 'x')}})) == "external_id must have at most 256 characters");
}

TEST_CASE("every wrong JSON type is named") {
  for (const auto* field : {"linkedin_url", "type", "callback_url", "external_id"})
    for (const json& value :
         {json(1), json(-1), json(1.5), json(true), json::array({"work"}), json::object({{"a", 1}})}) {
      CAPTURE(value);
      CHECK(verdict(body_with({{field, value}})) == std::string(field) + " must be a string");
    }
}

TEST_CASE("several wrong fields are all named, in the order of the documentation") {
  CHECK(verdict(R"({"external_id":1,"callback_url":"x","type":"x","linkedin_url":"x"})") ==
        std::string(kUrl) + "; " + kType + "; " + kCallback + "; external_id must be a string");
  CHECK(verdict("{}") == "linkedin_url is required; type is required");
}

TEST_CASE("external_id is counted in code points") {
  std::string pairs;
  for (int i = 0; i < 256; ++i) pairs += "\xf0\x9f\x98\x80";
  CHECK(verdict(body_with({{"external_id", pairs}})) == "accepted");
  CHECK(verdict(body_with({{"external_id", pairs + "x"}})) == "external_id must have at most 256 characters");
}

TEST_CASE("what is no JSON object says so, and where") {
  CHECK(verdict("") == "The body is empty; a JSON object is expected");
  for (const auto* body : {"[]", "1", "\"x\"", "null", "true"}) {
    CAPTURE(body);
    CHECK(verdict(body) == "The body must be a JSON object");
  }
  for (const auto* body : {"{", "{\"a\":}", "{} x", "{'a':1}", "{\"a\":1,}", "// c\n{}", "\xef\xbb", "{\"a\":\"\xff\"}",
                           "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":01}", "{\"a\":NaN}"}) {
    CAPTURE(body);
    CHECK(verdict(body).starts_with("The body is not valid JSON: parse error at line "));
  }
  CHECK(verdict("{\n  \"a\": ?\n}").find("line 2, column 8") != std::string::npos);
}

TEST_CASE("a NUL byte does not end the text") {
  const std::string valid = body_with(json::object());
  for (const auto& body : {valid + std::string("\0", 1), valid + std::string("\0garbage", 8), std::string("{\0}", 3)})
    CHECK(verdict(body) == "The body is not valid JSON: it contains a NUL byte");
}

TEST_CASE("what was sent is quoted, but not at any length") {
  const std::string name(100'000, 'x');
  CHECK(verdict("{\"" + name + "\":1,\"" + name + "\":2}").size() < 300);
  CHECK(verdict("{\"a\":\"" + name + "\n\"}").size() < 300);
}

TEST_CASE("doubled keys are refused at any depth") {
  CHECK(verdict(R"({"type":"work","type":"work"})") == "The body has the key \"type\" twice");
  CHECK(verdict(R"({"x":[{"a":1,"a":2}]})") == "The body has the key \"a\" twice");
  CHECK(verdict(R"({"x":{"type":1},"y":{"type":1}})") == "linkedin_url is required; type is required");
}

TEST_CASE("deep nesting is refused without recursion") {
  CHECK(verdict("{\"x\":" + std::string(62, '[') + std::string(62, ']') + "}").starts_with("linkedin_url is required"));
  CHECK(verdict("{\"x\":" + std::string(500'000, '[')) == "The body is nested deeper than 64 levels");
}
