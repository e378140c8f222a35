// What a test expects of a team, held against what has happened (design: POST verify).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "control/input.h"
#include "control/render.h"
#include "journal/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// One expectation that does not hold.
struct Failure {
  std::size_t index = 0;   // of the expectation in the list
  std::string message;     // "POST /v1/api/enrichment/email, status 201: expected 3 requests, found 2"
  Json nearest = nullptr;  // what came closest, if anything did, and where it differs
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

}  // namespace enrichment_mock::control
