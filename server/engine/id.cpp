#include "engine/id.h"

#include "base/mix.h"

namespace enrichment_mock::engine {

namespace {

constexpr unsigned kCounterBytes = 3, kSeededCounterBytes = 4;

// Big-endian, so that ids sort by their first parts.
void put(std::uint8_t* to, unsigned size, std::uint64_t value) {
  for (unsigned i = size; i-- > 0; value >>= 8) to[i] = static_cast<std::uint8_t>(value);
}

}  // namespace

IdSource::IdSource(std::optional<std::uint64_t> seed, std::string_view team, std::uint64_t secret, std::uint64_t before)
    : state_{.seeded = seed.has_value(),
             .base = base::mix(seed.value_or(secret), team),
             .before = before,
             .count = std::uint64_t{0} - before} {}

EnrichmentId IdSource::next(base::Instant now) {
  EnrichmentId id;
  const std::uint64_t n = state_.count++;
  if (state_.seeded) {
    put(id.bytes.data(), 8, base::mix(state_.base, n));
    put(id.bytes.data() + 8, kSeededCounterBytes, n);  // two hashes may be equal, two counts cannot
    return id;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  put(id.bytes.data(), 4, static_cast<std::uint64_t>(seconds));
  put(id.bytes.data() + 4, 5, base::mix(state_.base, n / period()));
  put(id.bytes.data() + 9, kCounterBytes, n);
  return id;
}

std::uint64_t IdSource::count_in(const EnrichmentId& id) const {
  std::uint64_t count = 0;
  for (const auto byte : id.bytes) count = count << 8 | byte;
  return (count + state_.before) % period();
}

std::uint64_t IdSource::period() const {
  return std::uint64_t{1} << 8 * (state_.seeded ? kSeededCounterBytes : kCounterBytes);
}

}  // namespace enrichment_mock::engine
