// The settings of callbacks as text: nothing is lost, whatever they are.
#include "scenario/callback_text.h"

#include <doctest/doctest.h>
#include <random>
#include <stdexcept>
#include <string>

#include "support/loaded.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;
using scenario::Callback;

namespace {

// The first member in which they differ; empty: none.
std::string difference_of(const Callback& a, const Callback& b) {
  if (a.max_attempts != b.max_attempts) return "max_attempts";
  if (a.backoff != b.backoff) return "backoff";
  if (a.timeout != b.timeout) return "timeout";
  if (a.on_failed != b.on_failed) return "on_failed";
  if (a.delay != b.delay) return "delay";
  if (a.copies != b.copies) return "copies";
  if (a.drop != b.drop) return "drop";
  if (a.fail_first != b.fail_first) return "fail_first";
  if (a.headers != b.headers) return "headers";
  if (a.forward != b.forward) return "forward";
  if (a.before_response != b.before_response) return "before_response";
  if (a.order != b.order) return "order";
  if (a.burst != b.burst) return "burst";
  if (a.merge_patch != b.merge_patch) return "merge_patch";
  return a.raw_body == b.raw_body ? "" : "raw_body";
}

class RandomCallback {
 public:
  explicit RandomCallback(std::uint64_t seed) : random_(seed) {}

  Callback next() {
    Callback settings;
    settings.max_attempts = static_cast<int>(1 + below(100));
    settings.backoff = {duration()};
    while (below(2)) settings.backoff.push_back(duration());
    if (below(2)) settings.timeout = duration() + 1us;
    settings.on_failed = below(2);
    settings.delay = duration();
    if (below(2)) {
      const auto median = duration() + 1us;
      settings.delay = scenario::Latency{median, median + 1us, median + 1us};
    }
    settings.copies = static_cast<int>(1 + below(100));
    settings.drop = below(2);
    settings.fail_first = static_cast<int>(below(101));
    for (auto headers = below(3); headers > 0; --headers)
      settings.headers.emplace_back("X-" + std::to_string(headers), any_of({"", "a  b", R"("\)", "a\tb"}));
    for (auto headers = below(3); headers > 0; --headers) settings.forward.push_back("x_" + std::to_string(headers));
    settings.before_response = below(2);
    settings.order = below(2) ? scenario::Order::due : scenario::Order::reversed;
    settings.burst = duration();
    if (below(3) == 0)
      settings.merge_patch = any_of({"{}", R"({"a":null,"n":1.50e400})", R"({"a":{"\u00e9":"é\u0001"}})"});
    else if (below(2))
      settings.raw_body = any_of({"", "{", "é\xF0\x9F\x98\x80", "a\r\n\t\x01\x7F\"\\", "null"});
    return settings;
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  std::string any_of(std::vector<std::string> texts) { return texts[below(texts.size())]; }

  // Up to 365 days, as people write it or to the microsecond.
  base::Duration duration() {
    constexpr std::array<base::Duration, 6> units = {1us, 1ms, 250ms, 1s, 1min, 1h};
    return units[below(units.size())] * below(8'760);
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("callback settings that are written as text are read with the same values") {
  CHECK(difference_of(*scenario::read_callback_text(scenario::callback_text({})), {}) == "");
  RandomCallback random(18);
  for (int i = 0; i < 2'000; ++i) {
    const auto settings = random.next();
    const auto text = scenario::callback_text(settings);
    CAPTURE(text);
    const auto again = scenario::read_callback_text(text);
    REQUIRE(difference_of(settings, *again) == "");
    REQUIRE(scenario::callback_text(*again) == text);
  }
}

TEST_CASE("the text of callback settings is in the format of scenario files") {
  const auto text = scenario::callback_text({.timeout = 1500us, .merge_patch = R"({"a":1})"});
  CHECK(text == R"({"max_attempts":3,"backoff":["1s","2s"],"on_failed":false,"delay":"0s","copies":1,"drop":false,)"
                R"("fail_first":0,"headers":{},"forward":[],"before_response":false,"order":"due","burst":"100ms",)"
                R"("timeout":"1.5ms","merge_patch":{"a":1}})");
  CHECK(difference_of(*with(R"("callback": )" + text).callback, *scenario::read_callback_text(text)) == "");
}

TEST_CASE("a text without valid callback settings is refused, with what is wrong") {
  const auto problem = [](const std::string& text) -> std::string {
    try {
      scenario::read_callback_text(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(problem("{").find("the file ends") != std::string::npos);
  CHECK(problem(R"({"copies":1,"copies":2})").find("duplicate key \"copies\"") != std::string::npos);
  CHECK(problem(R"({"copis":1})").find("did you mean \"copies\"?") != std::string::npos);
  CHECK(problem(R"({"copies":0})").find("1 to 100") != std::string::npos);
}
