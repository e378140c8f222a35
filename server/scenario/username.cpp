#include "scenario/username.h"

#include "base/ascii.h"
#include "base/percent.h"

namespace enrichment_mock::scenario {

std::string fold_username(std::string_view text) {
  if (text.find('%') == text.npos) return base::lower(text);  // as nearly always
  return base::lower(base::percent_decoded(text));
}

std::string username_in(std::string_view profile_url) {
  constexpr std::string_view kBefore = "/in/";
  const auto begin = profile_url.find(kBefore, profile_url.find("://") + 3) + kBefore.size();
  return fold_username(profile_url.substr(begin, profile_url.find_first_of("/?#", begin) - begin));
}

}  // namespace enrichment_mock::scenario
