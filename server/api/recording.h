// What is kept of a request that is shown later, without the secrets in it.
#pragma once
#include <string>
#include <string_view>

#include "net/message.h"

namespace enrichment_mock::api {

// "name: value\n" for each header except `left_out`, with the values of secret headers masked. The text is the
// beginning of `buffer`, which only ever grows, so that it can be used again.
std::string_view recorded_headers(const net::Request& request, std::string& buffer, std::string_view left_out = {});

// The body with the credentials in URLs masked; all other bytes stay. If there are some, the text is in `masked`.
std::string_view without_credentials(std::string_view body, std::string& masked);

// What the journal keeps of a body: all of it, or if it is too long its beginning, which does not end in a part of the
// key. The text of a beginning is in `beginning`.
std::string_view kept_of(std::string_view body, std::string_view key, std::string& beginning);

}  // namespace enrichment_mock::api
