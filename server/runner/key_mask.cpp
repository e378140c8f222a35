#include "runner/key_mask.h"

#include <algorithm>

#include "scenario/draw.h"

namespace enrichment_mock::runner {

std::string mask_key(std::string_view api_key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string masked(api_key.substr(0, std::min<std::size_t>(4, api_key.size() / 3)));
  masked += "***#";
  const auto hash = scenario::mix(0, api_key);
  for (int shift = 12; shift >= 0; shift -= 4) masked += kDigits[(hash >> shift) & 15];
  return masked;
}

}  // namespace enrichment_mock::runner
