// Tests the readers of callback_url and linkedin_url directly: within a JSON body less variety would reach them. What
// they accept follows the rules.
#include <cstdint>

#include "fuzz/url_rules.h"
#include "scenario/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace enrichment_mock;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = base::parse_url(text)) fuzz::check_url(*url, text);
  if (const auto username = scenario::profile_username(text)) fuzz::check_username(*username);
  return 0;
}
