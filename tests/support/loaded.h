// Scenarios from texts that must load; a problem fails the test.
#pragma once
#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenario/loader.h"

namespace enrichment_mock::support {

inline scenario::Scenario loaded(const std::string& text) {
  auto result = scenario::load_text(text, "-");
  if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&result)) FAIL(to_string(problems->front()));
  return std::get<scenario::Scenario>(std::move(result));
}

// A scenario with these members and a name.
inline scenario::Scenario with(const std::string& members) { return loaded(R"({"name": "x", )" + members + "}"); }

inline scenario::Rule rule_of(const std::string& rule) { return with(R"("rules": [)" + rule + "]").rules[0]; }

inline scenario::Step step_of(const std::string& rule) { return rule_of(rule).steps.at(0); }

}  // namespace enrichment_mock::support
