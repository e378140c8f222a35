// Who may use the control API: whoever runs the mock, and no web page that happens to be open in their browser
// (design: "Control calls are for whoever runs the mock").
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/error.h"
#include "net/message.h"

namespace enrichment_mock::control {

struct GuardSettings {
  std::vector<std::string> hosts = {};  // allowed as Host beside those that always are
  std::string token = {};               // empty: none is asked for
};

// Why a call is refused; empty: it may pass.
//   403: the Host header is none that is allowed, so that the name may have been rebound to this machine (DNS
//        rebinding). Allowed are addresses, localhost, names without a dot, host.docker.internal and the settings'.
//   403: the Origin header names another origin than the Host header and no host of the settings', so that another
//        site's page asks, or the page of a proxy that changes Host.
//   401: a token is set, and the call does not bear it.
std::optional<api::ApiError> refusal(const net::Request& request, const GuardSettings& settings);

}  // namespace enrichment_mock::control
