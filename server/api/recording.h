// What is kept of a request that is shown later, without the secrets in it.
#pragma once
#include <string>
#include <string_view>

#include "net/message.h"

namespace enrichment_mock::api {

// "name: value\n" for each header except `left_out`, with the values of secret headers masked.
std::string recorded_headers(const net::Request& request, std::string_view left_out = {});

// The body with the credentials in URLs masked; all other bytes stay.
std::string without_credentials(std::string_view body);

}  // namespace enrichment_mock::api
