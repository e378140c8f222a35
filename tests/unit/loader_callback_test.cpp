// "callback" arrives in the model, and what a step says of it is laid over what the file says.
#include <doctest/doctest.h>
#include <string>

#include "support/loaded.h"

using namespace enrichment_mock::scenario;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

TEST_CASE("callbacks that nothing is said of go as documented") {
  const auto callback = *loaded(R"({"name": "x"})").callback;
  CHECK(callback.max_attempts == 3);
  CHECK(callback.backoff == std::vector<Duration>{1s, 2s});
  CHECK_FALSE(callback.timeout);
  CHECK_FALSE(callback.on_failed);
  CHECK(callback.delay == 0s);
  CHECK(callback.copies == 1);
  CHECK_FALSE(callback.drop);
  CHECK(callback.fail_first == 0);
  CHECK(callback.headers.empty());
  CHECK_FALSE(callback.before_response);
  CHECK(callback.order == Order::due);
  CHECK(callback.burst == 100ms);
  CHECK(callback.merge_patch.empty());
  CHECK_FALSE(callback.raw_body);
}

TEST_CASE("every callback setting arrives") {
  const auto callback = *with(R"("callback": {"max_attempts": 5, "backoff": ["0s", "3s"], "timeout": "1ms",
      "on_failed": true, "delay": "2s", "copies": 3, "drop": true, "fail_first": 4,
      "headers": {"X-B": "", "X-A": "a b"}, "before_response": true, "order": "reversed", "burst": "7s"})")
                             .callback;
  CHECK(callback.max_attempts == 5);
  CHECK(callback.backoff == std::vector<Duration>{0s, 3s});
  CHECK(callback.timeout == 1ms);
  CHECK(callback.on_failed);
  CHECK(callback.delay == 2s);
  CHECK(callback.copies == 3);
  CHECK(callback.drop);
  CHECK(callback.fail_first == 4);
  CHECK(callback.headers == std::vector<std::pair<std::string, std::string>>{{"X-B", ""}, {"X-A", "a b"}});
  CHECK(callback.before_response);
  CHECK(callback.order == Order::reversed);
  CHECK(callback.burst == 7s);
}

TEST_CASE("a body is patched, by the object without the file's blanks and comments, or replaced") {
  const auto patched = *with(R"("callback": {"merge_patch": { "email": null, /* why */ "n": 1.0 }})").callback;
  CHECK(patched.merge_patch == R"({"email":null,"n":1.0})");
  CHECK_FALSE(patched.raw_body);
  const auto replaced = *with(R"("callback": {"raw_body": "not { json"})").callback;
  CHECK(replaced.raw_body == "not { json");
  CHECK(replaced.merge_patch.empty());
  CHECK(with(R"("callback": {"raw_body": ""})").callback->raw_body == "");
  CHECK(with(R"("callback": {"merge_patch": {}})").callback->merge_patch == "{}");
}

TEST_CASE("a step's merge_patch takes the place of the file's merge_patch or raw_body, and the other way round") {
  struct Row {
    std::string file, step, merge_patch;
    std::optional<std::string> raw_body;
  };
  const std::vector<Row> table = {
      {R"("merge_patch": {"a": 1})", R"("merge_patch": {"b": 2})", R"({"b":2})", std::nullopt},
      {R"("raw_body": "x")", R"("merge_patch": {"b": 2})", R"({"b":2})", std::nullopt},
      {R"("merge_patch": {"a": 1})", R"("raw_body": "y")", "", "y"},
      {R"("raw_body": "x")", R"("raw_body": "")", "", ""},
      {R"("merge_patch": {"a": 1})", R"("copies": 2)", R"({"a":1})", std::nullopt},
      {R"("raw_body": "x")", R"("copies": 2)", "", "x"},
  };
  for (const auto& row : table) {
    CAPTURE(row.file);
    CAPTURE(row.step);
    const auto scenario = with(R"("callback": {)" + row.file + R"(}, "rules": [{"callback": {)" + row.step + "}}]");
    const auto& callback = *scenario.rules[0].steps[0].callback;
    CHECK(callback.merge_patch == row.merge_patch);
    CHECK(callback.raw_body == row.raw_body);
  }
}

TEST_CASE("a step's callback is the file's with the step's settings over it, wherever in the file they stand") {
  const auto scenario = with(R"("rules": [{"callback": {"copies": 2}}, {"lookup": {}}],
      "callback": {"max_attempts": 9, "copies": 5, "headers": {"X-A": "1"}})");
  const auto& changed = scenario.rules[0].steps[0].callback;
  REQUIRE(changed);
  CHECK(changed->copies == 2);
  CHECK(changed->max_attempts == 9);
  CHECK(changed->headers.size() == 1);
  CHECK(scenario.callback->copies == 5);
}

TEST_CASE("a step that says nothing of callbacks shares the file's") {
  const auto scenario = with(R"("rules": [{"lookup": {}}, {"steps": [{}]}])");
  CHECK(scenario.rules[0].steps[0].callback == scenario.callback);
  CHECK(scenario.rules[1].steps[0].callback == scenario.callback);
}

TEST_CASE("each of several steps inherits from the file, not from the step before") {
  const auto scenario = with(R"("callback": {"order": "reversed", "headers": {"X-A": "1"}},
      "rules": [{"steps": [{"callback": {"before_response": true, "headers": {}}}, {"callback": {"burst": "1s"}}]}])");
  const auto& steps = scenario.rules[0].steps;
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].callback->before_response);
  CHECK(steps[0].callback->order == Order::reversed);
  CHECK(steps[0].callback->burst == 100ms);
  CHECK(steps[0].callback->headers.empty());
  CHECK_FALSE(steps[1].callback->before_response);
  CHECK(steps[1].callback->burst == 1s);
  CHECK(steps[1].callback->headers.size() == 1);
}
