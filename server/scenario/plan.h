// What a request's lookup will be: rule over profile over the file's defaults, with all draws made.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "scenario/model.h"
#include "scenario/rules.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

struct LookupPlan {
  StatusDuration pending, processing;  // jitter is in them
  Outcome outcome = Outcome::completed;
  std::string email;  // shown if it is completed
};

// `step` may be null. `n` counts the profile's accepted requests, from 0; `seed` is the scenario's, or one of the
// process's own.
LookupPlan plan_lookup(const Scenario& scenario, const Step* step, const RequestFacts& facts, std::uint64_t seed,
                       std::uint64_t n);

// Whether anything in it is left to chance, so that the n above matters.
bool uses_draws(const Rule& rule);
bool uses_draws(const Scenario& scenario);

// Randomness that can be repeated: a draw is a hash of what it is for, never of when it is made.

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

// Email templates: "{username}@example.com".

// Replaces {username}, {first}, {last} and {type}. {first} and {last} are the username's parts before its first and
// after its last `-`, `_` or `.`; a username without one is both. A character beyond ASCII becomes `u` and its code
// point in hex, so that two people do not get one address; an ASCII character that an address cannot hold plainly
// becomes `-` (our decision). Other braces stay.
std::string expand_email(std::string_view text, std::string_view username, EmailType type);

// Usernames of linkedin.com/in/<username>, in the one form in which they are compared (design, section 5).

// Percent-decoded, then in lower case (ASCII). A `%` without two hex digits stays.
std::string fold_username(std::string_view text);

// The username of a profile URL that has been accepted as one (api/profile_url.h), folded.
std::string username_in(std::string_view profile_url);

}  // namespace enrichment_mock::scenario
