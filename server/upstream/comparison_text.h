// The texts of compare: for people, as JSON, and as a scenario. The comparison has no key in it, so they have none.
#pragma once
#include <string>
#include <string_view>

#include "upstream/compare.h"

namespace enrichment_mock::upstream {

// One line, with its newline. It begins with "agrees" or "differs".
std::string line_text(const Line& line);

// What comes after the lines: counts, what was not asked, credits, what differences mean for tests.
std::string summary_text(const Comparison& comparison);

std::string to_json(const Comparison& comparison);

// All questions, without their answers: for people; as JSON, with the facts.
std::string questions_text();
std::string questions_json();

// A scenario of that name with which the mock answers like upstream, as far as a scenario can; with comments. `made`:
// when. It is valid, whatever upstream has sent.
std::string scenario_text(const Comparison& comparison, std::string_view name, std::string_view made);

}  // namespace enrichment_mock::upstream
