#include "base/time_text.h"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace enrichment_mock::base;
using namespace std::chrono_literals;

TEST_CASE("a duration is a decimal number and a unit") {
  const std::vector<std::pair<std::string, Duration>> table = {
      {"0s", 0us},
      {"0us", 0us},
      {"1us", 1us},
      {"100ms", 100ms},
      {"1.5s", 1500ms},
      {"90s", 90s},
      {"1.5m", 90s},
      {"2h", 2h},
      {"0.5h", 30min},
      {"0.000001s", 1us},
      {"1.500000s", 1500ms},
      {"8760h", 365 * 24h},
      {"8760.0h", 365 * 24h},
      {"0.001ms", 1us},
      {"0.000001h", 3600us},
  };
  for (const auto& row : table) {
    CAPTURE(row.first);
    CHECK(parse_duration(row.first) == row.second);
  }
}

TEST_CASE("a caller may allow longer durations than people may write") {
  CHECK_FALSE(parse_duration("8760.5h"));
  CHECK(parse_duration("8760.5h", 2 * kLongestDuration) == 365 * 24h + 30min);
  CHECK(parse_duration(format_duration(2 * kLongestDuration), 2 * kLongestDuration) == 2 * kLongestDuration);
  CHECK_FALSE(parse_duration("2s", 1s));
}

TEST_CASE("an exact instant has microseconds if it needs them") {
  const Instant whole = *parse_instant("2026-03-04T05:06:07.089Z");
  CHECK(format_exact_instant(whole) == "2026-03-04T05:06:07.089Z");
  CHECK(format_exact_instant(whole + 12us) == "2026-03-04T05:06:07.089012Z");
  CHECK(parse_instant(format_exact_instant(whole + 999us)) == whole + 999us);
}

TEST_CASE("other texts are not durations") {
  const std::vector<std::string> table = {
      "",
      "s",
      "1",
      "1.5",
      "-1s",
      "+1s",
      " 1s",
      "1s ",
      "1 s",
      "1.s",
      ".5s",
      "1,5s",
      "1e3s",
      "1d",
      "1S",
      "1MS",
      "1.2.3s",
      "1s1s",
      "0.5us",
      "0.0001ms",
      "1.0000001s",
      "0.0000001h",
      "1.0us",
      "007ms",
      "8760.1h",
      "31536001s",
      "31536000000001us",
      "99999999999999999999s",
      "366d",
      "forever",
      "0x1s",
      "inf",
      "nans",
      std::string("1\0s", 3),
      "\xC2\xB5s",
  };
  for (const auto& text : table) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a duration is written in its shortest form without a leading zero") {
  const std::vector<std::pair<Duration, std::string>> table = {
      {0us, "0s"},
      {1us, "1us"},
      {100ms, "100ms"},
      {1500us, "1.5ms"},
      {1500ms, "1.5s"},
      {60s, "1m"},
      {90s, "90s"},
      {5400s, "90m"},
      {3600s, "1h"},
      {61s, "61s"},
      {24h, "24h"},
      {1s + 1us, "1.000001s"},
      {1h + 1us, "3600.000001s"},
      {365 * 24h, "8760h"},
  };
  for (const auto& row : table) {
    CAPTURE(row.second);
    CHECK(format_duration(row.first) == row.second);
  }
}

TEST_CASE("a duration that was written reads back as the same value") {
  for (std::int64_t count = 1; count < 31'536'000'000'000; count = count * 3 + 7) {
    CAPTURE(count);
    CHECK(parse_duration(format_duration(Duration(count))) == Duration(count));
  }
}

TEST_CASE("an instant is ISO 8601 in UTC") {
  const std::vector<std::pair<std::string, std::int64_t>> table = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.000001Z", 1},
      {"2026-01-01T00:00:00Z", 1'767'225'600'000'000},
      {"2026-01-01T00:00:00.5Z", 1'767'225'600'500'000},
      {"2024-02-29T23:59:59.999999Z", 1'709'251'199'999'999},
      {"2999-12-31T23:59:59Z", 32'503'679'999'000'000},
  };
  for (const auto& row : table) {
    CAPTURE(row.first);
    CHECK(parse_instant(row.first) == Instant(Duration(row.second)));
  }
}

TEST_CASE("other texts are not instants") {
  const std::vector<std::string> table = {
      "",
      "2026-01-01",
      "2026-01-01T00:00:00",
      "2026-01-01T00:00:00+00:00",
      "2026-01-01 00:00:00Z",
      "2026-01-01t00:00:00z",
      "2026-01-01T00:00Z",
      "2026-1-1T00:00:00Z",
      "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-01-32T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z",
      "2026-12-31T23:59:60Z",
      "2026-01-01T00:00:00.Z",
      "2026-01-01T00:00:00.1234567Z",
      "2026-01-01T00:00:00,5Z",
      "2026-01-01T00:00:00ZZ",
      "1969-12-31T23:59:59Z",
      "3000-01-01T00:00:00Z",
      "+2026-01-01T00:00:00Z",
      "20260-01-01T00:00:00Z",
      " 2026-01-01T00:00:00Z",
  };
  for (const auto& text : table) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("an instant is written with milliseconds; smaller parts are cut off") {
  CHECK(format_instant(Instant{}) == "1970-01-01T00:00:00.000Z");
  CHECK(format_instant(*parse_instant("2026-01-01T00:00:00Z")) == "2026-01-01T00:00:00.000Z");
  CHECK(format_instant(*parse_instant("2024-02-29T23:59:59.999999Z")) == "2024-02-29T23:59:59.999Z");
  CHECK(format_instant(*parse_instant("2999-12-31T01:02:03.04Z")) == "2999-12-31T01:02:03.040Z");
}
