// The text of a scenario with its API keys masked, and with the credentials in the callback URLs of its enrichments. A
// user may edit the masked text and send it back.
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

// Keys that are shown masked, so that a client may send their masks.
struct MaskedKeys {
  std::vector<std::shared_ptr<const scenario::Scenario>> scenarios;  // scenarios that list keys
  std::vector<std::string> others;
};

// Replaces masks under `api_keys` by the keys that a scenario of the same name lists. A mask in any other string is a
// problem: its key would be lost or shown to a client that does not know it. Masked credentials are a problem, too.
std::variant<std::string, std::vector<json_text::Problem>> unmasked_text(const std::string& text,
                                                                         const MaskedKeys& masked);

}  // namespace enrichment_mock::control
