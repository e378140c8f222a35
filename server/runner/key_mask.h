// API keys are secrets: nothing that people or files get to see shows one whole.
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::runner {

// At most the first third and at most four characters, then four hex digits of a hash that tell keys apart:
// "acme***#1f0c".
std::string mask_key(std::string_view api_key);

}  // namespace enrichment_mock::runner
