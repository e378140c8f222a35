// The words that a status line says beside its number.
#pragma once
#include <string_view>

namespace enrichment_mock::net {

// As registered (RFC 9110 and IANA's registry of statuses); for any other status the name of its class.
std::string_view reason_phrase(int status);

}  // namespace enrichment_mock::net
