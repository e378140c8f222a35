#include "scenario/draw.h"

namespace enrichment_mock::scenario {

namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t finish(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

}  // namespace

std::uint64_t mix(std::uint64_t seed, std::string_view text) {
  std::uint64_t bits = 0xcbf29ce484222325u ^ finish(seed + 0x9e3779b97f4a7c15u);
  for (const char c : text) bits = (bits ^ static_cast<unsigned char>(c)) * 0x100000001b3u;  // FNV-1a
  return finish(bits ^ text.size());
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
  return finish(finish(seed + 0x9e3779b97f4a7c15u) ^ (number * 0xd1342543de82ef95u));
}

Draws::Draws(std::uint64_t seed, std::string_view username, EmailType type, std::uint64_t n)
    : base_(mix(mix(mix(seed, username), static_cast<std::uint64_t>(type)), n)) {}

Outcome Draws::outcome(const OutcomeChoice& choice) const {
  if (const auto* one = std::get_if<Outcome>(&choice)) return *one;
  const auto& weights = std::get<OutcomeWeights>(choice);
  const std::uint64_t total = std::uint64_t{weights.completed} + weights.not_found + weights.failed;
  const std::uint64_t drawn = mix(base_, std::uint64_t{1}) % total;
  if (drawn < weights.completed) return Outcome::completed;
  return drawn < std::uint64_t{weights.completed} + weights.not_found ? Outcome::not_found : Outcome::failed;
}

Duration Draws::jitter(Duration most, std::uint64_t purpose) const {
  if (most <= Duration::zero()) return Duration::zero();
  return Duration(static_cast<Duration::rep>(mix(base_, purpose) % (static_cast<std::uint64_t>(most.count()) + 1)));
}

}  // namespace enrichment_mock::scenario
