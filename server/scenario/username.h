// Usernames of linkedin.com/in/<username>, in the one form in which they are compared (design, section 5).
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::scenario {

// Percent-decoded, then in lower case (ASCII). A `%` without two hex digits stays.
std::string fold_username(std::string_view text);

// The username of a profile URL that has been accepted as one (api/profile_url.h), folded.
std::string username_in(std::string_view profile_url);

}  // namespace enrichment_mock::scenario
