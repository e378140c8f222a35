// The product's version, as CMakeLists.txt has it: "0.1.0".
#pragma once
#include <string_view>

namespace enrichment_mock::base {

std::string_view version();

}  // namespace enrichment_mock::base
