#include "callbacks/attempt.h"

#include <algorithm>

#include "callbacks/address.h"
#include "callbacks/connection.h"
#include "callbacks/exchange.h"
#include "callbacks/tls.h"
#include "callbacks/url.h"

namespace enrichment_mock::callbacks {
namespace {

std::string not_allowed(const std::string& host, const std::string& address) {
  const std::string target = host == address ? host : host + " (" + address + ")";
  return "callback target " + target + " is not allowed (see --callback-allow)";
}

std::string rewrite_hint(const Url& url) {
  const std::string scheme = url.https ? "https://" : "http://";
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return "; in a container " + url.host + " is the container itself, its host is called by --callback-rewrite " +
         scheme + host + ":*=" + scheme + "host.docker.internal:*";
}

bool is_loopback(const Url& url, const std::vector<Address>& addresses) {
  const TargetPolicy loopback({"loopback"}, true);
  return loopback.allows_name(url.host) ||
         std::ranges::any_of(addresses, [&](const Address& each) { return loopback.allows_address(each.storage); });
}

}  // namespace

std::string timed_out_after(std::chrono::milliseconds timeout) {
  const auto count = timeout.count();
  return "timed out after " + (count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms");
}

Attempts::Attempts(SenderOptions options) : options_(std::move(options)) {
  if (!options_.ca_file.empty()) tls();
}

Attempts::~Attempts() = default;

const TlsContext& Attempts::tls() {
  std::call_once(tls_once_,
                 [this] { tls_ = std::make_unique<TlsContext>(options_.ca_file, options_.verify_certificate); });
  return *tls_;
}

Delivery Attempts::make(const Outbound& outbound, const Cutoff& cutoff) {
  try {
    return attempt(outbound, cutoff);
  } catch (const std::exception& fault) {
    return {.error = std::string("cannot send: ") + fault.what()};
  }
}

Delivery Attempts::attempt(const Outbound& outbound, const Cutoff& cutoff) {
  const std::optional<Url> url = parse_url(outbound.url);
  if (!url) return {.error = "not an http or https URL: " + outbound.url};

  std::vector<Address> addresses = resolve(url->host, url->port);
  const std::string hint = options_.in_container && is_loopback(*url, addresses) ? rewrite_hint(*url) : "";
  if (addresses.empty()) return {.error = "cannot resolve host " + url->host};
  if (!options_.targets.allows_name(url->host)) {
    const std::string first = addresses.front().text();
    std::erase_if(addresses, [this](const Address& each) { return !options_.targets.allows_address(each.storage); });
    if (addresses.empty()) return {.error = not_allowed(url->host, first) + hint, .misdirected = true};
  }

  if (outbound.cut && outbound.cut->raised()) return {.error = "cut off"};
  Connection connection(cutoff);
  Delivery delivery;
  if (!connection.open(addresses)) {
    delivery = {.error = connection.error() + hint, .misdirected = !hint.empty()};
  } else if (url->https && !connection.secure(tls(), url->host)) {
    delivery.error = connection.error();
  } else {
    delivery = exchange(connection, *url, outbound);
  }
  if (connection.timed_out()) delivery = {.error = timed_out_after(outbound.timeout)};
  return delivery;
}

}  // namespace enrichment_mock::callbacks
