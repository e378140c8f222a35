// Compares the expectations of a test with what a team has done (POST verify).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "control/input.h"
#include "control/render.h"
#include "engine/team.h"
#include "json/fields.h"
#include "runner/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// An expectation that is not met.
struct Failure {
  std::size_t index = 0;  // position of the expectation in the list
  std::string message;    // "POST /v1/api/enrichment/email, status 201: expected 3 requests, found 2"
  Json nearest;           // the nearest match and its differences; null if there is none
};

struct Verdict {
  std::vector<Failure> failures;
  // The reason why there is no verdict: it could depend on journal entries that are no longer kept.
  std::optional<std::string> undecided;
};

// Reads {"expect":[…]} and checks each expectation. Problems of the body are added to the document.
//   {"requests":{"method","path","status","body":{…subset…}},"count":3}  or "at_least", "at_most"
//   {"sequence":[{request matchers in order}]}
//   {"callback":{"enrichment_id"|"external_id"|"url"},"state","attempts","statuses":[500,200],"gaps":["1s"]}
//   {"outcomes":{"completed","not-found","failed"}}  {"credits":{"balance","charged"}}  {"unmatched":0}
Verdict verify(Body& body, runner::TeamRunner& team, const Rewritten& rewritten);

// The expectation of a callback: which callback, and its expected result. An attempt that has not ended does not count.

struct ExpectedCallback {
  std::optional<std::string> enrichment_id, external_id, url;
  std::optional<engine::CallbackState> state;
  std::optional<std::size_t> attempts;
  std::optional<std::vector<int>> statuses;         // 0: there was no response
  std::optional<std::vector<base::Duration>> gaps;  // from the end of an attempt to the next

  bool selects(const engine::Enrichment& enrichment) const;

  // One sentence per difference: "state: expected exhausted, found delivered".
  std::vector<std::string> differences(const engine::Callback& callback) const;
};

// `which`: the member "callback" of an expectation; `fields`: the members of the expectation. Problems are added to the
// document.
ExpectedCallback read_expected_callback(const json_text::Value& which, json_text::Fields& fields);

}  // namespace enrichment_mock::control
