// Randomness that can be repeated: a draw is a hash of what it is for, never of when it is made.
#pragma once
#include <cstdint>
#include <string_view>

#include "scenario/model.h"

namespace enrichment_mock::scenario {

// 64 well-mixed bits of a seed and two texts or numbers. The same on every machine.
std::uint64_t mix(std::uint64_t seed, std::string_view text);
std::uint64_t mix(std::uint64_t seed, std::uint64_t number);

// The draws for one accepted request: by seed, profile, type and the profile's n-th accepted request, so that they do
// not depend on how the requests of different profiles interleave.
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view username, EmailType type, std::uint64_t n);

  Outcome outcome(const OutcomeChoice& choice) const;
  Duration pending_jitter(Duration most) const { return jitter(most, 2); }
  Duration processing_jitter(Duration most) const { return jitter(most, 3); }

 private:
  Duration jitter(Duration most, std::uint64_t purpose) const;  // 0 up to and including `most`
  std::uint64_t base_;
};

}  // namespace enrichment_mock::scenario
