// Plans the lookup of a request: the rule overrides the profile, the profile overrides the defaults of the file. All
// random draws of a scenario are defined here.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "scenario/model.h"
#include "scenario/rules.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

struct LookupPlan {
  StatusDuration pending, processing;  // include the jitter
  Outcome outcome = Outcome::completed;
  std::string email;                // for completed lookups
  std::uint32_t callback_draw = 0;  // for callback_delay()
};

// `step` may be null. `n`: the number of requests of the profile that were accepted before. `seed`: from the scenario,
// or random.
LookupPlan plan_lookup(const Scenario& scenario, const Step* step, const RequestFacts& facts, std::uint64_t seed,
                       std::uint64_t n);

// Whether the plan of a lookup uses random draws, so that `n` above matters.
bool uses_draws(const Rule& rule);
bool uses_draws(const Scenario& scenario);

// The time from the end of a lookup to the first attempt of a copy of its callback, counted from 0. `callback_draw`:
// from the plan of the lookup.
Duration callback_delay(const Callback& callback, std::uint32_t callback_draw, std::uint32_t copy);

// The delay of a response. `username`: the profile of the call; empty if it has none. `n`: the number of earlier draws
// for that username and kind of call. So the delays of a profile do not depend on how its calls interleave with calls
// for other profiles.
Duration response_delay(const Latency& delay, std::uint64_t seed, std::string_view username, CallKind call,
                        std::uint64_t n);

// Repeatable random draws. A draw is a hash of its purpose, so it does not depend on the time at which it is made.

// The draws for one accepted request. They depend on the seed, the profile, the type and the number of accepted
// requests of the profile, but not on how the requests of different profiles interleave.
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view username, EmailType type, std::uint64_t n);

  Outcome outcome(const OutcomeChoice& choice) const;
  // A jitter that does not vary is the maximum: the draw is from 0 to that, inclusive.
  Duration pending_jitter(const DurationChoice& jitter) const { return draw_jitter(jitter, 2); }
  Duration processing_jitter(const DurationChoice& jitter) const { return draw_jitter(jitter, 3); }
  StatusDuration pending(const StatusDurationChoice& choice) const { return draw_status(choice, 4); }
  StatusDuration processing(const StatusDurationChoice& choice) const { return draw_status(choice, 5); }
  std::uint32_t callback() const;  // LookupPlan::callback_draw

 private:
  Duration draw_jitter(const DurationChoice& jitter, std::uint64_t purpose) const;
  StatusDuration draw_status(const StatusDurationChoice& choice, std::uint64_t purpose) const;
  std::uint64_t base_;
};

// Email templates: "{username}@example.com".

// Replaces {username}, {first}, {last} and {type}. {first} is the part of the username before the first `-`, `_` or
// `.`, {last} the part after the last one; without any of these, both are the whole username. A character that is not
// ASCII is replaced by `u` and its code point in hex, so that different people get different addresses. An ASCII
// character that an address cannot contain without quoting is replaced by `-` (our decision). Other braces stay.
std::string expand_email(std::string_view text, std::string_view username, EmailType type);

// Usernames from linkedin.com/in/<username>, normalised for comparison.

// Decodes percent-encoding, then converts ASCII letters to lower case. A `%` without two hex digits stays.
std::string fold_username(std::string_view text);

// The normalised username in a profile URL that validation has accepted (api/profile_url.h).
std::string username_in(std::string_view profile_url);

}  // namespace enrichment_mock::scenario
