#include "base/mix.h"

namespace enrichment_mock::base {

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

}  // namespace enrichment_mock::base
