#include "engine/clock.h"

#include <doctest/doctest.h>

using namespace enrichment_mock::engine;
using namespace std::chrono_literals;

namespace {
constexpr RealTime kReal{1000s};
constexpr Instant kWall{Duration(2'000'000'000)};
}  // namespace

TEST_CASE("a running clock starts at the wall time and follows real time") {
  const Clock clock({}, kWall, kReal);
  CHECK(clock.now(kReal) == kWall);
  CHECK(clock.now(kReal + 1500ms) == kWall + 1500ms);
}

TEST_CASE("a scale makes team time run faster or slower") {
  const Clock fast({.manual = false, .scale = 20, .now = {}}, kWall, kReal);
  CHECK(fast.now(kReal + 1s) == kWall + 20s);
  CHECK(fast.real_time_of(kWall + 20s) == kReal + 1s);
  const Clock slow({.manual = false, .scale = 0.5, .now = {}}, kWall, kReal);
  CHECK(slow.now(kReal + 1s) == kWall + 500ms);
  CHECK(slow.real_time_of(kWall + 500ms) == kReal + 1s);
}

TEST_CASE("a clock shows an instant at the real time that it computes for it, at any scale") {
  for (const double scale : {0.1, 0.3, 1.0, 3.0, 7.7, 1000.0}) {
    CAPTURE(scale);
    const Clock clock({.manual = false, .scale = scale, .now = {}}, kWall, kReal);
    for (const Duration ahead : {Duration(1), Duration(333), Duration(1'000'003), Duration(86'400'000'000)})
      CHECK(clock.now(clock.real_time_of(kWall + ahead) + 1us) >= kWall + ahead);
  }
}

TEST_CASE("a manual clock stands still until it is moved, and never goes backwards") {
  Clock clock({.manual = true, .scale = 1, .now = kWall + 1h}, kWall, kReal);
  CHECK(clock.now(kReal + 10s) == kWall + 1h);
  clock.move_to(kWall + 2h);
  CHECK(clock.now(kReal) == kWall + 2h);
  clock.move_to(kWall);
  CHECK(clock.now(kReal) == kWall + 2h);
}

TEST_CASE("the far future stays within the range of real time") {
  const Clock clock({.manual = false, .scale = 0.000001, .now = {}}, kWall, kReal);
  CHECK(clock.real_time_of(Instant::max()) > kReal);
}
