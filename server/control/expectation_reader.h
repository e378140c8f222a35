// Reads expectations from JSON.
#pragma once
#include <optional>
#include <vector>

#include "control/expectation.h"
#include "json/reader.h"

namespace enrichment_mock::control {

// Reads the array "expect" of POST verify. Problems are added to the document; the result is then incomplete.
//   {"requests":{"method","path","status","body":{…subset…}},"count":3}  or "at_least", "at_most"
//   {"sequence":[{request matchers in order}]}
//   {"callback":{"enrichment_id"|"external_id"|"url"},"state","attempts","statuses":[500,200],"gaps":["1s"]}
//   {"outcomes":{"completed","not-found","failed"}}  {"credits":{"balance","charged"}}  {"unmatched":0}
std::optional<std::vector<Expectation>> read_expectations(const json_text::Value& list);

}  // namespace enrichment_mock::control
