// The rule for `linkedin_url`: which URLs are profiles, and whose. The API's documentation says only
// "linkedin.com/in/<username>"; the finer points are our decisions (README).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::api {

// The username of a profile URL, percent-decoded and with ASCII letters in lower case; nothing if it is no profile URL.
//   http or https, in any letter case; linkedin.com or a subdomain of it, in any letter case, no port, no userinfo;
//   the path is /in/<username>, a slash may follow; query and fragment are allowed.
// Letters beyond ASCII may stand as they are or percent-encoded, in UTF-8. Whitespace, control characters, broken
// escapes, broken UTF-8 and encoded slashes are refused.
std::optional<std::string> profile_username(std::string_view url);

}  // namespace enrichment_mock::api
