#include "api/validation.h"

#include <doctest/doctest.h>
#include <string>

#include "api/error.h"
#include "support/json.h"

using namespace enrichment_mock;
using api::ApiError;
using api::parse_enrichment_request;
using nlohmann::json;
using scenario::profile_username;

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

TEST_CASE("a valid request is parsed; its username is decoded and in lower case") {
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
  CHECK(verdict(body_with({{"callback_url", "http://app/{id}"}})) ==
        std::string(kCallback) + "; it has the character '{' in its path; expected %7B");
  CHECK(verdict(body_with({{"callback_url", "http://app:http/"}})) ==
        std::string(kCallback) + "; it has the character 'h' in its port");
  for (const auto* accepted : {"http://user:secret@app/", "http://app:/", "https://[::1]/hook?a=b#c"})
    CHECK(verdict(body_with({{"callback_url", accepted}})) == "accepted");
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

TEST_CASE("each text field has a maximum length, counted in code points") {
  struct Case {
    const char* field;
    std::string begins, unit;
    std::size_t most;
  };
  for (const auto& [field, begins, unit, most] : {Case{"external_id", "", "\xf0\x9f\x98\x80", 256},
                                                  {"external_id", "", "x", 256},
                                                  {"linkedin_url", "https://www.linkedin.com/in/", "x", 2048},
                                                  {"linkedin_url", "https://www.linkedin.com/in/", "\xc3\xb6", 2048},
                                                  {"linkedin_url", "https://www.linkedin.com/in/jane?", "x", 2048},
                                                  {"callback_url", "http://app:3000/", "x", 2048}}) {
    CAPTURE(field);
    std::string longest = begins;
    for (auto size = begins.size(); size < most; ++size) longest += unit;
    const std::string said = std::string(field) + " must have at most " + std::to_string(most) + " characters";
    CHECK(verdict(body_with({{field, longest}})) == "accepted");
    CHECK(verdict(body_with({{field, longest + unit}})) == said);
    CHECK(verdict(body_with({{field, longest + std::string(900'000, 'x')}})) == said);
  }
  CHECK(verdict(body_with({{"linkedin_url", std::string(2049, 'x')},
                           {"type", std::string(2049, 'x')},
                           {"callback_url", std::string(2049, 'x')}})) ==
        "linkedin_url must have at most 2048 characters; type must be work or personal; callback_url must have at most "
        "2048 characters");
}

TEST_CASE("a body that is not a JSON object is refused with the position") {
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

TEST_CASE("a message quotes the value that was sent, and shortens a long one") {
  const std::string name(100'000, 'x');
  CHECK(verdict("{\"" + name + "\":1,\"" + name + "\":2}").size() < 300);
  CHECK(verdict("{\"a\":\"" + name + "\n\"}").size() < 300);
}

TEST_CASE("duplicate keys are refused at any depth") {
  CHECK(verdict(R"({"type":"work","type":"work"})") == "The body has the key \"type\" twice");
  CHECK(verdict(R"({"x":[{"a":1,"a":2}]})") == "The body has the key \"a\" twice");
  CHECK(verdict(R"({"x":{"type":1},"y":{"type":1}})") == "linkedin_url is required; type is required");
}

TEST_CASE("deep nesting is refused without recursion") {
  CHECK(verdict("{\"x\":" + std::string(62, '[') + std::string(62, ']') + "}").starts_with("linkedin_url is required"));
  CHECK(verdict("{\"x\":" + std::string(500'000, '[')) == "The body is nested deeper than 64 levels");
}

namespace enrichment_mock::api {
namespace {

TEST_CASE("the username is read from a profile URL") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"https://www.linkedin.com/in/janedoe", "janedoe"},
      {"http://linkedin.com/in/janedoe", "janedoe"},
      {"https://uk.linkedin.com/in/janedoe/", "janedoe"},
      {"https://a.b.linkedin.com/in/janedoe", "janedoe"},
      {"HTTPS://WWW.LinkedIn.com/in/JaneDoe", "janedoe"},
      {"https://www.linkedin.com/in/x/?a=b#c", "x"},
      {"https://www.linkedin.com/in/x?trk=a/b?c", "x"},
      {"https://www.linkedin.com/in/x#about", "x"},
      {"https://www.linkedin.com/in/jane-doe-1a2b3c", "jane-doe-1a2b3c"},
      {"https://www.linkedin.com/in/j%61ne%2Ddoe", "jane-doe"},
      {"https://www.linkedin.com/in/%4A", "j"},
      {"https://www.linkedin.com/in/jos%C3%A9", "jos\xc3\xa9"},
      {"https://www.linkedin.com/in/jos\xc3\xa9", "jos\xc3\xa9"},
      {"https://www.linkedin.com/in/jane%20doe", "jane doe"},
      {"https://www.linkedin.com/in/\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"https://www.linkedin.com/in/...", "..."},
      {"https://www.linkedin.com/in/a%25b", "a%b"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.first);
    CHECK(profile_username(each.first) == each.second);
  }
}

TEST_CASE("other URLs are not profile URLs") {
  using namespace std::string_view_literals;
  const std::string_view cases[] = {
      "",
      "janedoe",
      "linkedin.com/in/janedoe",
      "www.linkedin.com/in/janedoe",
      "//linkedin.com/in/janedoe",
      "ftp://linkedin.com/in/janedoe",
      "http:/linkedin.com/in/x",
      "http:linkedin.com/in/x",
      "https:///in/x",
      "https://linkedin.com.evil.example/in/x",
      "https://evil.example/linkedin.com/in/x",
      "https://evillinkedin.com/in/x",
      "https://linkedin.com@evil.example/in/x",
      "https://user@linkedin.com/in/x",
      "https://user:pw@www.linkedin.com/in/x",
      "https://evil.example#@linkedin.com/in/x",
      "https://evil.example?@linkedin.com/in/x",
      "https://evil.example\\.linkedin.com/in/x",
      "https://evil.example/.linkedin.com/in/x",
      "https://www.linkedin.com:443/in/x",
      "https://www.linkedin.com:/in/x",
      "https://linkedin.com./in/x",
      "https://.linkedin.com/in/x",
      "https://a..linkedin.com/in/x",
      "https://-a.linkedin.com/in/x",
      "https://a_b.linkedin.com/in/x",
      "https://%77ww.linkedin.com/in/x",
      "https://w\xc3\xbcw.linkedin.com/in/x",
      "https://linkedin.co/in/x",
      "https://www.linkedin.com",
      "https://www.linkedin.com/",
      "https://www.linkedin.com/in",
      "https://www.linkedin.com/in/",
      "https://www.linkedin.com/in//",
      "https://www.linkedin.com//in/x",
      "https://www.linkedin.com/in//x",
      "https://www.linkedin.com/in/x//",
      "https://www.linkedin.com/in/x/y",
      "https://www.linkedin.com/company/x",
      "https://www.linkedin.com/pub/x",
      "https://www.linkedin.com/IN/x",
      "https://www.linkedin.com/inx/y",
      "https://www.linkedin.com/en/in/x",
      "https://www.linkedin.com?/in/x",
      "https://www.linkedin.com#/in/x",
      "https://www.linkedin.com/in?x",
      "https://www.linkedin.com/in/?x",
      "https://www.linkedin.com/in/#x",
      "https://www.linkedin.com/in/.",
      "https://www.linkedin.com/in/..",
      "https://www.linkedin.com/in/%2e%2E",
      "https://www.linkedin.com/in/%2F",
      "https://www.linkedin.com/in/a%2fb",
      "https://www.linkedin.com/in/%00",
      "https://www.linkedin.com/in/a%00b",
      "https://www.linkedin.com/in/a%0d%0ab",
      "https://www.linkedin.com/in/%7F",
      "https://www.linkedin.com/in/%C2%85",
      "https://www.linkedin.com/in/%zz",
      "https://www.linkedin.com/in/%",
      "https://www.linkedin.com/in/a%4",
      "https://www.linkedin.com/in/%FF",
      "https://www.linkedin.com/in/%C0%AF",
      "https://www.linkedin.com/in/%ED%A0%80",
      "https://www.linkedin.com/in/\xff",
      "https://www.linkedin.com/in/\xc3",
      "https://www.linkedin.com/in/jane doe",
      " https://www.linkedin.com/in/x",
      "https://www.linkedin.com/in/x ",
      "https://www.linkedin.com/in/x\t",
      "https://www.linkedin.com/in/x\n",
      "https://www.linkedin.com/\tin/x",
      "https://www.linkedin.com/in/x\0"sv,
      "https://www.linkedin.com/in/x\x7f",
      "https://www.linkedin.com/in/x\xc2\xa0",
      "https://www.linkedin.com/in/x\xe2\x80\xa8",
      "https://www.linkedin.com/in\\x",
      "https://www.linkedin.com\\in\\x",
      "https://www.linkedin.com/in/x\\y",
      "https://www.linkedin.com/in/<x>",
      "https://www.linkedin.com/in/x?a b",
      "https://www.linkedin.com/in/x?%zz",
      "https://www.linkedin.com/in/x#a#b",
      "https://www.linkedin.com/in/x#%",
  };
  for (const std::string_view each : cases) {
    CAPTURE(each);
    CHECK_FALSE(profile_username(each));
  }
}

}  // namespace
}  // namespace enrichment_mock::api
