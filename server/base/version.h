// The version of the product, from CMakeLists.txt: "0.1.0".
#pragma once
#include <string_view>

namespace enrichment_mock::base {

std::string_view version();

}  // namespace enrichment_mock::base
