#include "base/kept_body.h"

#include <algorithm>

namespace enrichment_mock::base {

std::string_view beginning_of(std::string_view body) {
  constexpr int kMaxInnerBytes = 3;
  const auto is_inner = [&](std::size_t at) { return (static_cast<unsigned char>(body[at]) & 0xc0) == 0x80; };
  auto end = std::min(kMaxKeptBody, body.size());
  for (int back = 0; back < kMaxInnerBytes && end > 0 && end < body.size() && is_inner(end); ++back) --end;
  return body.substr(0, end);
}

}  // namespace enrichment_mock::base
