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
  if (addresses.empty()) return {.error = "cannot resolve host " + url->host};
  if (!options_.targets.allows_name(url->host)) {
    const std::string first = addresses.front().text();
    std::erase_if(addresses, [this](const Address& each) { return !options_.targets.allows_address(each.storage); });
    if (addresses.empty()) return {.error = not_allowed(url->host, first)};
  }

  if (outbound.cut && outbound.cut->raised()) return {.error = "cut off"};
  Connection connection(cutoff);
  Delivery delivery;
  if (connection.open(addresses) && (!url->https || connection.secure(tls(), url->host))) {
    delivery = exchange(connection, *url, outbound);
  } else {
    delivery.error = connection.error();
  }
  if (connection.timed_out()) delivery = {.error = timed_out_after(outbound.timeout)};
  return delivery;
}

}  // namespace enrichment_mock::callbacks
