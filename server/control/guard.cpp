#include "control/guard.h"

#include <algorithm>
#include <openssl/crypto.h>

#include "base/text.h"

namespace enrichment_mock::control {

namespace {

// "[::1]:8080" and "localhost:8080" without their ports; empty: not a host with an optional port.
std::string_view without_port(std::string_view host) {
  const auto end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  const auto port = host.substr(end);
  const bool has_port = port.starts_with(':') && base::kDigits.has_all(port.substr(1));
  return port.empty() || has_port ? host.substr(0, end) : std::string_view();
}

bool is_address(std::string_view host) {
  constexpr auto kInAddress = base::kDigits.with("abcdefABCDEF:.");
  if (host.starts_with('['))
    return host.find(':') != host.npos && host.ends_with(']') && kInAddress.has_all(host.substr(1, host.size() - 2));
  // Digits and dots only: the last label of a name is never a number.
  return base::kDigits.with(".").has_all(host);
}

// One label only, which no public name has.
bool is_local_name(std::string_view host) { return base::kLettersAndDigits.with("-_").has_all(host); }

bool is_named(std::string_view host, const GuardSettings& settings) {
  return std::ranges::any_of(settings.hosts, [&](std::string_view each) { return base::same_text(host, each); });
}

}  // namespace

bool allows_host(std::string_view host, const GuardSettings& settings) {
  host = without_port(host);
  if (host.empty()) return false;
  if (is_address(host) || is_local_name(host)) return true;
  return base::same_text(host, "host.docker.internal") || is_named(host, settings);
}

namespace {

// "http://localhost:8080" without its scheme.
std::string_view authority_of(std::string_view origin) {
  const auto scheme = origin.find("://");
  return scheme == origin.npos ? origin : origin.substr(scheme + 3);
}

// In constant time.
bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool has_token(const net::Request& request, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto given = request.header("authorization");
  return base::same_text(given.substr(0, kScheme.size()), kScheme) &&
         same_secret(given.substr(std::min(kScheme.size(), given.size())), token);
}

}  // namespace

std::optional<api::ApiError> refusal(const net::Request& request, const GuardSettings& settings) {
  const auto host = request.header("host");
  if (!allows_host(host, settings))
    return api::ApiError{403, "Control calls must not use the host " + api::clipped(host) +
                                  "; to allow it, start the mock with --admin-host " +
                                  api::clipped(without_port(host))};
  const auto origin = request.header("origin");
  const auto page = authority_of(origin);
  if (origin.data() && !base::same_text(page, host) && !is_named(without_port(page), settings))
    return api::ApiError{403,
                         "Control calls from pages of " + api::clipped(origin) + " to the host " + api::clipped(host) +
                             " are refused; if a proxy is in front of the mock, configure it to keep the header Host, "
                             "or start the mock with --admin-host " +
                             api::clipped(without_port(page))};
  if (!settings.token.empty() && !has_token(request, settings.token))
    return api::ApiError{401,
                         "Control calls must send the --admin-token in the header Authorization: Bearer",
                         {{"WWW-Authenticate", "Bearer"}}};
  return std::nullopt;
}

}  // namespace enrichment_mock::control
