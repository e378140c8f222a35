// How much is kept of a body, so that clients and scripts with large ones do not fill the memory.
#pragma once
#include <cstddef>
#include <string_view>

namespace enrichment_mock::base {

inline constexpr std::size_t kMaxKeptBody = 64 * 1024;

// As much of its beginning as is kept, without a part of a code point at the end.
std::string_view beginning_of(std::string_view body);

}  // namespace enrichment_mock::base
