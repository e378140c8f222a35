#include "scenario/latency.h"

#include <algorithm>
#include <array>
#include <bit>

namespace enrichment_mock::scenario {

namespace {

// A log-normal duration is median * (p99 / median)^t, where t is a normal number in units of the 99 % quantile of the
// standard normal distribution, 2.3263. So t is 0 at the median and 1 at p99.

// t in units of 2^-20, for the tail probabilities q from 1/2 down to 2^-17: kSteps values for each halving of q, at
// q = 2^-(1 + octave) * (1 - step / 16). Each is round(2^20 * z(1 - q) / z(0.99)), z being the standard normal
// quantile; tests/unit/scenario/latency_test.cpp compares them with the error function.
constexpr unsigned kOctaves = 16, kSteps = 8, kStepBits = 3, kQuantileBits = 20;
constexpr std::array<std::int64_t, kOctaves* kSteps + 1> kQuantiles = {
    0,       35344,   70906,   106916,  143623,  181310,  220311,  261038,   // q = 1/2
    304019,  326567,  349964,  374344,  399872,  426752,  455242,  485678,   // q = 1/4
    518507,  536003,  554345,  573655,  594079,  615802,  639057,  664149,   // q = 1/8
    691488,  706168,  721637,  738007,  755412,  774022,  794054,  815789,   // and so on
    839606,  852451,  866028,  880439,  895812,  912302,  930113,  949506,   //
    970836,  982372,  994590,  1007585, 1021477, 1036413, 1052581, 1070229,  //
    1089688, 1100234, 1111419, 1123334, 1136089, 1149824, 1164719, 1181005,  //
    1198996, 1208761, 1219129, 1230184, 1242034, 1254809, 1268680, 1283867,  //
    1300669, 1309798, 1319499, 1329852, 1340958, 1352944, 1365970, 1380247,  //
    1396060, 1404660, 1413804, 1423570, 1434053, 1445375, 1457689, 1471198,  //
    1486174, 1494325, 1502995, 1512260, 1522212, 1532966, 1544670, 1557519,  //
    1571774, 1579537, 1587799, 1596631, 1606122, 1616384, 1627559, 1639833,  //
    1653460, 1660884, 1668788, 1677241, 1686329, 1696159, 1706868, 1718637,  //
    1731708, 1738834, 1746422, 1754540, 1763270, 1772717, 1783013, 1794332,  //
    1806911, 1813770, 1821076, 1828895, 1837306, 1846410, 1856336, 1867252,  //
    1879388, 1886008, 1893061, 1900610, 1908734, 1917529, 1927121, 1937675,  //
    1949410};                                                                // q = 2^-17

// Fixed point: logarithms to the base 2 in units of 2^-32, mantissas from 1 to 2 in units of 2^-31.
constexpr unsigned kLogBits = 32, kMantissaBits = 31;
constexpr std::uint64_t kTwo = std::uint64_t{2} << kMantissaBits;

// 2^(1/2), 2^(1/4), 2^(1/8) …, and the natural logarithm of 2: 2^x is 1 + x * ln 2 for the small x that are left.
constexpr std::array<std::uint64_t, 16> kRootsOfTwo = {
    3037000500, 2553802834, 2341847524, 2242560872, 2194507417, 2170868212, 2159144272, 2153306067,
    2150392887, 2148937775, 2148210589, 2147847087, 2147665360, 2147574502, 2147529075, 2147506361};
constexpr std::uint64_t kLogOfTwo = 1488522236;

// q = random / 2^64, from 0 to 1/2.
std::int64_t tail_quantile(std::uint64_t random) {
  const auto octave = static_cast<unsigned>(std::countl_zero(random)) - 1;
  if (octave >= kOctaves) return kQuantiles.back();
  // From 0, where the octave begins, to 2^64, where q is half of that.
  const std::uint64_t depth = ~(random << octave << 2);
  const auto* const at = &kQuantiles[octave * kSteps + (depth >> (64 - kStepBits))];
  const auto part = static_cast<std::int64_t>(depth << kStepBits >> 32);
  return at[0] + ((at[1] - at[0]) * part >> 32);
}

// t, in units of 2^-20.
std::int64_t normal_quantile(std::uint64_t random) {
  return random < std::uint64_t{1} << 63 ? tail_quantile(random) : -tail_quantile(~random);
}

// `number` is above 0.
std::int64_t log2_of(std::uint64_t number) {
  const auto zeros = static_cast<unsigned>(std::countl_zero(number));
  std::uint64_t mantissa = number << zeros >> (63 - kMantissaBits);
  std::int64_t log = 63 - zeros;
  for (unsigned bit = 0; bit < kLogBits; ++bit) {
    mantissa = mantissa * mantissa >> kMantissaBits;
    const bool carry = mantissa >= kTwo;
    mantissa >>= carry ? 1 : 0;
    log = log << 1 | (carry ? 1 : 0);
  }
  return log;
}

// 2^fraction, from 1 to 2. `fraction` is the part of a logarithm after the point.
std::uint64_t exp2_of(std::uint32_t fraction) {
  std::uint64_t mantissa = std::uint64_t{1} << kMantissaBits;
  for (std::size_t root = 0; root < kRootsOfTwo.size(); ++root)
    if (fraction >> (31 - root) & 1) mantissa = mantissa * kRootsOfTwo[root] >> kMantissaBits;
  const std::uint64_t rest = (fraction & 0xffff) * kLogOfTwo >> kLogBits;
  return mantissa + (mantissa * rest >> kMantissaBits);
}

// number * 2^log, rounded. Less than 2^47.
std::int64_t times_exp2(std::uint64_t number, std::int64_t log) {
  const auto spare = static_cast<unsigned>(std::countl_zero(number)) - 18;  // number << spare has 46 bits
  const std::uint64_t mantissa = exp2_of(static_cast<std::uint32_t>(log));
  const std::uint64_t wide = number << spare, low = wide & 0xffff;
  const std::uint64_t product = ((wide >> 16) * mantissa >> (kMantissaBits - 16)) + (low * mantissa >> kMantissaBits);
  const auto shift = static_cast<std::int64_t>(spare) - (log >> kLogBits);
  if (shift <= 0) return static_cast<std::int64_t>(product);
  if (shift > 63) return 0;
  return static_cast<std::int64_t>(((product >> (shift - 1)) + 1) >> 1);
}

}  // namespace

Duration quantile(const Latency& latency, std::uint64_t random) {
  const auto median = static_cast<std::uint64_t>(latency.median.count());
  const std::int64_t log_median = log2_of(median);
  const std::int64_t t = normal_quantile(random);
  const std::int64_t log = t * (log2_of(static_cast<std::uint64_t>(latency.p99.count())) - log_median) >> kQuantileBits;
  if (log >= log2_of(static_cast<std::uint64_t>(latency.max.count())) - log_median) return latency.max;
  return std::min(latency.max, Duration(times_exp2(median, log)));
}

}  // namespace enrichment_mock::scenario
