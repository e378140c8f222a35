// Who may use the control API: whoever runs the mock, and no web page that happens to be open in their browser
// (design: "Control calls are for whoever runs the mock").
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.h"
#include "net/message.h"

namespace enrichment_mock::control {

struct GuardSettings {
  std::vector<std::string> hosts = {};  // allowed as Host beside those that always are
  std::string token = {};               // empty: none is asked for
};

// Whether that Host header may be used: an address, localhost, a name without a dot, host.docker.internal or one of the
// settings', each with a port or without. Any other name may have been rebound to this machine (DNS rebinding).
bool allows_host(std::string_view host, const GuardSettings& settings);

// Why a call is refused; empty: it may pass.
//   403: the Host header is none that is allowed.
//   403: the Origin header names another origin than the Host header and no host of the settings', so that another
//        site's page asks, or the page of a proxy that changes Host.
//   401: a token is set, and the call does not bear it.
std::optional<api::ApiError> refusal(const net::Request& request, const GuardSettings& settings);

}  // namespace enrichment_mock::control
