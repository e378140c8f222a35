#include "scenario/latency.h"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <tuple>
#include <vector>

#include "base/mix.h"

using namespace enrichment_mock::scenario;
using namespace std::chrono_literals;
using enrichment_mock::base::mix;

namespace {

constexpr Latency kUsual{200ms, 3s, 10s};
constexpr Latency kUncapped{200ms, 3s, 24h * 365};

// The number x with P(X > x) = `tail` for a standard normal X, by bisection.
double normal_quantile(double tail) {
  double low = -10, high = 10;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > tail ? low : high) = middle;
  }
  return low;
}

// In microseconds.
double exact(const Latency& latency, double tail) {
  const auto median = static_cast<double>(latency.median.count());
  const auto ratio = static_cast<double>(latency.p99.count()) / median;
  return median * std::pow(ratio, normal_quantile(tail) / normal_quantile(0.01));
}

std::uint64_t random_for(double tail) { return static_cast<std::uint64_t>(tail * std::ldexp(1, 64)); }

std::vector<Duration> draws(const Latency& latency, std::uint64_t seed) {
  std::vector<Duration> all(100'000);
  for (std::uint64_t n = 0; n < all.size(); ++n) all[n] = quantile(latency, mix(seed, n));
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_CASE("a draw is the same on every platform") {
  const std::vector<std::tuple<Latency, std::uint64_t, Duration>> table = {
      {kUsual, 0, 10s},
      {kUsual, std::uint64_t{1} << 56, 4'424'176us},
      {kUsual, 0x028f5c28f5c28f5c, 3'000'961us},
      {kUsual, std::uint64_t{1} << 62, 438'550us},
      {kUsual, std::uint64_t{1} << 63, 200ms},
      {kUsual, std::uint64_t{3} << 62, 91'209us},
      {kUsual, 0xfedcba9876543210, 9'512us},
      {kUsual, ~std::uint64_t{0}, 1'302us},
      {{1us, 2us, 4us}, 0x0123456789abcdef, 2us},
      {{1us, 24h * 365, 24h * 365}, 0x4000000000000000, 8'199us},
      {{24h, 24h * 30, 24h * 365}, 0x4000000000000000, 231'622'982'651us},
  };
  for (const auto& [latency, random, expected] : table) {
    CAPTURE(random);
    CHECK(quantile(latency, random) == expected);
  }
}

TEST_CASE("the quantiles are the quantiles of a log-normal distribution") {
  for (const Latency& latency : {kUncapped, Latency{5ms, 5100us, 24h}, Latency{1min, 10h, 24h * 365}})
    for (double tail = 1e-5; tail < 1 - 1e-5; tail = tail < 0.5 ? tail * 1.03 : 1 - (1 - tail) / 1.03) {
      CAPTURE(tail);
      const auto found = static_cast<double>(quantile(latency, random_for(tail)).count());
      CHECK(found == doctest::Approx(exact(latency, tail)).epsilon(0.01));
    }
  CHECK(static_cast<double>(quantile(kUncapped, random_for(0.01)).count()) == doctest::Approx(3e6).epsilon(0.001));
}

TEST_CASE("of many draws half are at most the median, 99 % at most p99, and none is longer than max") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const auto all = draws(kUsual, seed);
    const auto part_within = [&](Duration most) {
      const auto count = std::ranges::upper_bound(all, most) - all.begin();
      return static_cast<double>(count) / static_cast<double>(all.size());
    };
    CHECK(part_within(kUsual.median) == doctest::Approx(0.5).epsilon(0.005));
    CHECK(part_within(kUsual.p99) == doctest::Approx(0.99).epsilon(0.001));
    CHECK(all.back() == kUsual.max);
    CHECK(all.front() > 0us);
  }
}

TEST_CASE("a greater random number never makes a longer duration") {
  Duration last = kUncapped.max;
  for (std::uint64_t step = 0; step < 100'000; ++step) {
    const auto next = quantile(kUncapped, step * (~std::uint64_t{0} / 100'000));
    CHECK(next <= last);
    last = next;
  }
}

TEST_CASE("with equal values every draw is that duration, and the limits are reached exactly") {
  for (const Duration duration : {Duration(1us), Duration(1234567us), Duration(24h * 365)})
    for (const auto random : {std::uint64_t{0}, std::uint64_t{1} << 40, std::uint64_t{1} << 63, ~std::uint64_t{0}})
      CHECK(quantile({duration, duration, duration}, random) == duration);
  for (const Duration median : {Duration(1us), Duration(777'777us), Duration(24h * 364)})
    CHECK(quantile({median, 24h * 365, 24h * 365}, std::uint64_t{1} << 63) == median);
  CHECK(quantile({1us, 24h * 365, 24h * 365}, ~std::uint64_t{0}) == 0us);
}
