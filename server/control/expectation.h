// What a test expects of a team, and the comparison with what the team has done. The expectations are values without
// JSON: control/expectation_reader.h reads them from the body of POST verify, and the C++ library builds them from its
// public types. They can be checked any number of times.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "control/render.h"
#include "control/request_matcher.h"
#include "engine/callback.h"
#include "runner/team_runner.h"
#include "scenario/model.h"

namespace enrichment_mock::control {

// How many requests of the journal match. `count` has a bound.
struct ExpectedRequests {
  RequestMatcher which = {};
  scenario::Bounds count = {.at_least = 1};
};

// Requests that arrived in this order; other requests may be between them. Not empty.
struct ExpectedSequence {
  std::vector<RequestMatcher> requests;
};

// At least one of the selected callbacks is as described. An attempt that has not ended does not count.
struct ExpectedCallback {
  std::optional<std::string> enrichment_id = {}, external_id = {}, url = {};  // at least one of them
  std::optional<engine::CallbackState> state = {};
  std::optional<std::size_t> attempts = {};
  std::optional<std::vector<int>> statuses = {};         // 0: there was no response
  std::optional<std::vector<base::Duration>> gaps = {};  // from the end of an attempt to the next

  bool selects(const engine::Enrichment& enrichment) const;

  // One sentence per difference: "state: expected exhausted, found delivered".
  std::vector<std::string> differences(const engine::Callback& callback) const;

  // Whether attempts to come could end the differences.
  bool can_still_match(const engine::Callback& callback) const;
};

struct ExpectedOutcomes {
  std::optional<std::uint64_t> completed = {}, not_found = {}, failed = {};
};

struct ExpectedCredits {
  std::optional<std::int64_t> balance = {}, charged = {};
};

// How many calls match no endpoint.
struct ExpectedUnmatched {
  std::uint64_t count = 0;
};

using Expectation = std::variant<ExpectedRequests, ExpectedSequence, ExpectedCallback, ExpectedOutcomes,
                                 ExpectedCredits, ExpectedUnmatched>;

// An expectation that is not met.
struct Failure {
  std::size_t index = 0;  // position of the expectation in the list
  std::string message;    // "POST /v1/api/enrichment/email, status 201: expected 3 requests, found 2"
  Json nearest = {};      // the nearest match and its differences; null if there is none
  // False: whatever the team does from now on, it cannot be met any more. Control calls that undo something (redeliver,
  // DELETE requests, reset) are not considered.
  bool can_still_hold = true;
};

struct Verdict {
  std::vector<Failure> failures = {};
  // The reason why there is no verdict: it could depend on data that is no longer kept.
  std::optional<std::string> undecided = {};
  // The same for a failure that could still hold, but whose verdict would then depend on such data.
  std::optional<std::string> undecidable = {};

  bool holds() const { return failures.empty() && !undecided; }

  // Whether something cannot hold any more.
  bool has_failed() const;

  // Whether waiting is useless: everything holds, something cannot hold any more, or data is lost.
  bool is_final() const { return holds() || undecided || undecidable || has_failed(); }
};

// Whether to look for the nearest match of each failure, which takes longer than the comparison.
enum class Nearest : bool { omitted, included };

// Compares the team with the expectations. Things that are due happen before. Throws runner::Conflict if the team is
// reset meanwhile. `rewritten` is used to show a callback as the nearest match.
Verdict verify(std::span<const Expectation> expectations, runner::TeamRunner& team, const Rewritten& rewritten,
               Nearest nearest = Nearest::included);

// Does so until the verdict is final, at most for `timeout` of real time. If data is lost, and nothing has failed for
// good, there are no failures, only the reason in `undecided`. Throws runner::Conflict like
// TeamRunner::wait_until_checked().
Verdict verify_within(std::chrono::milliseconds timeout, std::span<const Expectation> expectations,
                      runner::TeamRunner& team, const Rewritten& rewritten);

// Both with the `expect` of the team's scenario. An index is the position in the list of failures.
Verdict verify_scenario(runner::TeamRunner& team);
Verdict verify_scenario_within(std::chrono::milliseconds timeout, runner::TeamRunner& team);

}  // namespace enrichment_mock::control
