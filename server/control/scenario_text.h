// A scenario's text as people get to see it: API keys are masked, those that its teams list in any case. Whoever edits
// it may give it back like that.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "control/masking.h"
#include "json/problems.h"
#include "scenario/scenario.h"

namespace enrichment_mock::control {

std::string masked_text(const scenario::Scenario& scenario, const KeyMasker& keys);

// Keys that are shown masked, and so may come back masked.
struct MaskedKeys {
  std::vector<std::shared_ptr<const scenario::Scenario>> scenarios;  // that list keys
  std::vector<std::string> others;
};

// The text with the masks of keys turned into these keys: under `api_keys` of the scenario that lists them, which is
// one of the text's name. Problems: each other string in which there is such a mask, wherever it comes from, as the key
// that it stood for would be lost, or be told to somebody who does not know it.
std::variant<std::string, std::vector<json_text::Problem>> unmasked_text(const std::string& text,
                                                                         const MaskedKeys& masked);

}  // namespace enrichment_mock::control
