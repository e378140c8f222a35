#include "scenario/username.h"

#include "base/ascii.h"
#include "base/percent.h"

namespace enrichment_mock::scenario {

std::string fold_username(std::string_view text) {
  if (text.find('%') == text.npos) return base::lower(text);  // as nearly always
  return base::lower(base::percent_decoded(text));
}

}  // namespace enrichment_mock::scenario
