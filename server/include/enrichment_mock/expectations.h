// What a test expects of a team, and the result of the check. Included by emulator.h.
//
//   const auto result = team.verify({ExpectRequests{.which = {.method = "POST", .status = 201}, .count = 2},
//                                    ExpectCredits{.charged = 2}});
//   CHECK_MESSAGE(result.passed, to_text(result));
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "enrichment_mock/options.h"
#include "enrichment_mock/results.h"

namespace enrichment_mock {

// Selects requests of the journal. Parts that are absent match every request.
struct RequestMatch {
  std::optional<std::string> method = {};  // in any letter case
  std::optional<std::string> path = {};    // without the query; `*` and `?` are wildcards
  std::optional<int> status = {};          // of the response
  // JSON that the request's body must contain, with every member and element, at any depth:
  // R"({"external_id": "lead-1"})".
  std::optional<std::string> body = {};
};

// How many requests match. `count` excludes the other two. Without all three: at least one.
struct ExpectRequests {
  RequestMatch which = {};
  std::optional<std::uint64_t> count = {}, at_least = {}, at_most = {};
};

// Requests that arrived in this order; others may be between them. Not empty.
struct ExpectSequence {
  std::vector<RequestMatch> requests;
};

// At least one of the selected callbacks is as described. At least one of the first three must be given. An attempt
// that has not ended does not count.
struct ExpectCallback {
  std::optional<std::string> enrichment_id = {}, external_id = {}, url = {};
  std::optional<CallbackState> state = {};
  std::optional<std::size_t> attempts = {};
  std::optional<std::vector<int>> statuses = {};   // of the attempts' responses; 0: there was none
  std::optional<std::vector<Duration>> gaps = {};  // from the end of an attempt to the next
};

// How many lookups have ended this way. At least one must be given.
struct ExpectOutcomes {
  std::optional<std::uint64_t> completed = {}, not_found = {}, failed = {};
};

// The balance, and how many credits were charged. At least one must be given.
struct ExpectCredits {
  std::optional<std::int64_t> balance = {}, charged = {};
};

// How many calls the API has no endpoint for.
struct ExpectUnmatched {
  std::uint64_t count = 0;
};

using Expectation =
    std::variant<ExpectRequests, ExpectSequence, ExpectCallback, ExpectOutcomes, ExpectCredits, ExpectUnmatched>;

struct VerifyFailure {
  std::size_t expectation = 0;  // its position in the list; for the scenario's `expect`: the position of the failure
  std::string message;          // "POST /v1/api/enrichment/email, status 201: expected 3 requests, found 2"
  std::string nearest = {};     // the request or callback that came nearest, as JSON; empty: none did
};

struct VerifyResult {
  bool passed = true;
  std::vector<VerifyFailure> failures = {};
  std::vector<Open> open = {};  // lookups and callbacks that have not ended
};

// One line for each failure, with what came nearest. Empty: it has passed.
std::string to_text(const VerifyResult& result);

}  // namespace enrichment_mock
