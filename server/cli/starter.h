// The scenario that `init` writes.
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

// A scenario file with comments, which validates.
std::string starter_scenario(std::string_view name);

}  // namespace enrichment_mock::cli
