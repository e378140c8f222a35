// A scenario's text as people get to see it: with the keys of its teams masked, where they are listed and in comments.
// Whoever edits it may give it back like that.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "scenario/scenario.h"

namespace enrichment_mock::control {

std::string masked_text(const scenario::Scenario& scenario);

// The text with each string that is the mask of a key of one of the scenarios turned into that key.
std::string unmasked_text(std::string text, const std::vector<std::shared_ptr<const scenario::Scenario>>& known);

}  // namespace enrichment_mock::control
