// API keys are secrets: nothing that people or files get to see shows one whole.
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::base {

// At most the first third and at most four characters, then four hex digits of a hash that tell keys apart:
// "acme***#1f0c".
std::string mask_key(std::string_view api_key);

// The text with the key's mask wherever the key stands in it, as it is, percent-encoded or in JSON's escapes: one of
// fewer than 16 characters only as a word of its own, since test-1 may well be a part of names that are no secret, such
// as test-1-lead; one of fewer than 4 nowhere.
std::string hide_key(std::string_view text, std::string_view api_key);

// The text of a URL without its userinfo, in place of which "***" stands: "https://***@example.com/hook".
std::string mask_userinfo(std::string_view url);

// The same of each URL in a text of any kind.
std::string mask_userinfo_in(std::string_view text);

// Whether what is called so, a header or a query's parameter, has a secret for its value: X-Api-Key, api_key,
// X-Auth-Token, Set-Cookie.
bool is_secret_name(std::string_view name);

}  // namespace enrichment_mock::base
