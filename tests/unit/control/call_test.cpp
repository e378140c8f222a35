#include <array>
#include <doctest/doctest.h>

#include "api/error.h"
#include "control/input.h"

using namespace enrichment_mock;
using namespace std::chrono_literals;
using control::Body;
using control::Query;

namespace {

constexpr std::array<std::string_view, 3> kKnown = {"limit", "status", "timeout"};

// The message of the refusal; empty: not refused.
template <class Act>
std::string refusal(Act act) {
  try {
    act();
    return "";
  } catch (const api::ApiError& error) {
    CHECK(error.status == 400);
    return error.message;
  }
}

bool says(const std::string& message, std::string_view part) {
  CAPTURE(message);
  return message.find(part) != message.npos;
}

// Reads a body with a required member "count" and an optional member "pause".
struct Read {
  std::uint64_t count = 0;
  base::Duration pause{0};
};
Read read(std::string_view text) {
  net::Request request;
  request.body = text;
  Read read;
  Body body(request);
  auto fields = body.fields();
  fields.require("count", json_text::whole_number<std::uint64_t>(1, 9), read.count);
  fields.read("pause", json_text::read_duration, read.pause);
  body.finish(fields);
  return read;
}

std::string body_refusal(std::string_view text) {
  return refusal([&] { read(text); });
}

}  // namespace

TEST_CASE("a query's parameters are decoded") {
  const Query query("status=a%20b+c&limit=7&timeout=1.5s", kKnown);
  CHECK(query.text("status") == "a b c");
  CHECK(query.number("limit", 1, 10) == 7);
  CHECK(query.duration("timeout") == 1500ms);
}

TEST_CASE("missing parameters have no value, and empty parts are skipped") {
  const Query query("&&status=", kKnown);
  CHECK(query.text("status") == "");
  CHECK_FALSE(query.text("limit"));
  CHECK_FALSE(query.number("limit", 1, 10));
  CHECK_FALSE(query.duration("timeout"));
}

TEST_CASE("an unknown parameter is named, with the nearest known one") {
  CHECK(says(refusal([] { Query("limti=3", kKnown); }), "unknown parameter \"limti\"; did you mean \"limit\"?"));
  CHECK(says(refusal([] { Query("colour=red", kKnown); }), "\"colour\""));
}

TEST_CASE("a parameter that is given twice is named") {
  CHECK(says(refusal([] { Query("limit=3&limit=4", kKnown); }), "\"limit\" is given twice"));
}

TEST_CASE("a list may use commas or repeat the parameter; an empty list is refused") {
  const Query query("status=a,b%2Cc&limit=7&status=d+e", kKnown);
  CHECK(query.list("status") == std::vector<std::string>{"a", "b", "c", "d e"});
  CHECK(query.list("timeout").empty());
  CHECK(Query("status=a,", kKnown).list("status") == std::vector<std::string>{"a", ""});
  CHECK(says(refusal([] { Query("status=a&status=", kKnown).list("status"); }), "\"status\": its value is empty"));
}

TEST_CASE("numbers out of bounds and other texts are refused with the bounds") {
  for (const auto* value : {"0", "11", "-1", "1.5", "x", "", "99999999999999999999"}) {
    const std::string text = std::string("limit=") + value;
    const Query query(text, kKnown);
    CHECK(says(refusal([&] { query.number("limit", 1, 10); }), "parameter \"limit\""));
    CHECK(says(refusal([&] { query.number("limit", 1, 10); }), "from 1 to 10"));
  }
}

TEST_CASE("a text that is not a duration is refused") {
  const Query query("timeout=5", kKnown);
  CHECK(says(refusal([&] { query.duration("timeout"); }), "parameter \"timeout\": \"5\" is not a duration"));
}

TEST_CASE("a body is read; comments are allowed") {
  const auto found = read("{\"count\": 3, // three\n \"pause\": \"2s\"}");
  CHECK(found.count == 3);
  CHECK(found.pause == 2s);
}

TEST_CASE("a blank body is {}") {
  CHECK(says(body_refusal(""), "missing"));
  CHECK(says(body_refusal(" \r\n\t"), "missing"));
}

TEST_CASE("a byte order mark is refused, and the message names it") {
  CHECK(body_refusal("\xEF\xBB\xBF{\"count\": 1}") ==
        "the body begins with a byte order mark; expected UTF-8 without one");
}

TEST_CASE("a call without a body accepts {} and blanks, and names the first key of any other body") {
  const auto refused = [](std::string_view text) {
    net::Request request;
    request.body = text;
    return refusal([&] { control::expect_no_body(request); });
  };
  for (const auto* nothing : {"", " ", "{}", "{ /* nothing */ }"}) CHECK(refused(nothing).empty());
  CHECK(refused(R"({"hard": true, "x": 1})") == "the body has \"hard\", but this call takes no body");
  CHECK(says(refused(R"({"team": "x"})"), "name the team by ?team=ID or by the header x-api-key"));
  CHECK(says(refused("[1]"), "must be a JSON object"));
  CHECK(says(refused("hello"), "line 1, column 1"));
}

TEST_CASE("a filter without a value is refused, and the message names it") {
  const Query query("status=&limit=1", kKnown);
  CHECK(refusal([&] { query.filled("status"); }) == "parameter \"status\": its value is empty");
  CHECK(query.filled("limit") == "1");
  CHECK_FALSE(query.filled("timeout"));
}

TEST_CASE("all wrong fields are reported together") {
  const auto message = body_refusal(R"({"count": 10, "pause": 7, "pasue": "1s"})");
  CHECK(says(message, "/count"));
  CHECK(says(message, "/pause"));
  CHECK(says(message, "pasue"));
}

TEST_CASE("a duplicate key is refused") { CHECK(says(body_refusal(R"({"count": 1, "count": 2})"), "count")); }

TEST_CASE("a body that is not a JSON object is refused, a syntax error with its position") {
  CHECK(says(body_refusal("{\n  \"count\": }"), "line 2, column 12"));
  CHECK(says(body_refusal("[1]"), "must be a JSON object"));
  CHECK(says(body_refusal("7"), "must be a JSON object"));
  CHECK(says(body_refusal("null"), "must be a JSON object"));
  CHECK(says(body_refusal(std::string(100'000, '[')), "body"));
}

TEST_CASE("a body that is not UTF-8 text is refused") {
  CHECK(says(body_refusal("{\"count\": \"\xff\"}"), "UTF-8"));
  CHECK(says(body_refusal(std::string_view("{\"count\": 1}\0", 13)), "UTF-8"));
}

TEST_CASE("a body that is too large is 413") {
  net::Request request;
  request.body_fault = net::BodyFault::too_large;
  try {
    Body body(request);
    FAIL("accepted");
  } catch (const api::ApiError& error) {
    CHECK(error.status == 413);
  }
}
