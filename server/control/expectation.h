// What a test expects of a team, held against what has happened (design: POST verify).
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

// One expectation that does not hold.
struct Failure {
  std::size_t index = 0;  // of the expectation in the list
  std::string message;    // "POST /v1/api/enrichment/email, status 201: expected 3 requests, found 2"
  Json nearest;           // what came closest, if anything did, and where it differs
};

struct Verdict {
  std::vector<Failure> failures;
  // Entries of the journal that are gone could have changed the verdict, so there is none: why, in words.
  std::optional<std::string> undecided;
};

// Reads {"expect":[…]} and checks each. What is wrong with the body is noted in the document.
//   {"requests":{"method","path","status","body":{…subset…}},"count":3}  or "at_least", "at_most"
//   {"sequence":[{request matchers in order}]}
//   {"callback":{"enrichment_id"|"external_id"|"url"},"state","attempts","statuses":[500,200],"gaps":["1s"]}
//   {"outcomes":{"completed","not-found","failed"}}  {"credits":{"balance","charged"}}  {"unmatched":0}
Verdict verify(Body& body, runner::TeamRunner& team, const Rewritten& rewritten);

// What a test expects of a callback (design: POST verify): which one it means, and what is to have become of it. An
// attempt that is still under way is none yet.

struct ExpectedCallback {
  std::optional<std::string> enrichment_id, external_id, url;
  std::optional<engine::CallbackState> state;
  std::optional<std::size_t> attempts;
  std::optional<std::vector<int>> statuses;         // 0: there was no answer
  std::optional<std::vector<base::Duration>> gaps;  // from the end of an attempt to the next

  bool means(const engine::Enrichment& enrichment) const;

  // One sentence for each part that is another one: "state: expected exhausted, found delivered".
  std::vector<std::string> differences(const engine::Callback& callback) const;
};

// `which` is the member "callback" of an expectation, `fields` are that expectation's. What is wrong is noted in the
// document.
ExpectedCallback read_expected_callback(const json_text::Value& which, json_text::Fields& fields);

}  // namespace enrichment_mock::control
