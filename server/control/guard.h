// Access control of the control API. Programs and people on the network may use it; a foreign web page that is open in
// their browser may not.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.h"
#include "net/message.h"

namespace enrichment_mock::control {

struct GuardSettings {
  std::vector<std::string> hosts = {};  // additional names allowed in the header Host
  std::string token = {};               // empty: no token is required
};

// Whether the Host header is allowed: an address, localhost, a name without a dot, host.docker.internal or a name in
// the settings, each with or without a port. Any other name may be an attack by DNS rebinding.
bool allows_host(std::string_view host, const GuardSettings& settings);

// The reason to refuse a call; empty: the call is allowed.
//   403: the Host header is not allowed.
//   403: the Origin header differs from the Host header and is not in the settings: the call comes from the page of
//        another site, or through a proxy that changes Host.
//   401: the token is missing or wrong.
std::optional<api::ApiError> refusal(const net::Request& request, const GuardSettings& settings);

}  // namespace enrichment_mock::control
