#include "callbacks/target_policy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>

#include "base/text.h"
#include "base/url.h"

namespace enrichment_mock::callbacks {
namespace {

using base::AddressBytes;
constexpr unsigned kMappedPrefix = 96;  // the prefix of IPv4-mapped IPv6 addresses, ::ffff:0:0/96

std::optional<AddressBytes> read_address(const std::string& text, bool& ipv4) {
  sockaddr_storage address{};
  ipv4 = inet_pton(AF_INET, text.c_str(), &reinterpret_cast<sockaddr_in&>(address).sin_addr) == 1;
  const bool ipv6 =
      !ipv4 && inet_pton(AF_INET6, text.c_str(), &reinterpret_cast<sockaddr_in6&>(address).sin6_addr) == 1;
  if (!ipv4 && !ipv6) return std::nullopt;
  address.ss_family = ipv4 ? AF_INET : AF_INET6;
  return base::bytes_of(address);
}

bool same_bits(const AddressBytes& a, const AddressBytes& b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - bits % 8) & 0xffu;
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

TargetPolicy::TargetPolicy(const std::vector<std::string>& entries, bool loopback_by_default) : all_(false) {
  for (const std::string& entry : entries) add(entry);
  if (!entries.empty()) return;
  if (loopback_by_default) {
    add_loopback();
  } else {
    all_ = true;
  }
}

void TargetPolicy::add(const std::string& entry) {
  if (base::same_text(entry, "all")) {
    all_ = true;
  } else if (base::same_text(entry, "loopback")) {
    add_loopback();
  } else if (!add_range(entry)) {
    const std::string name = base::lower(without_last_dot(entry));
    // Uses the URL parser, so that "10.1.2" and "app:80" are not accepted as names.
    const std::optional<base::Url> url = base::parse_url("http://" + name + "/");
    if (!url || url->authority() != name || !base::is_host_name(name, true)) {
      throw std::invalid_argument("\"" + entry + "\" is not a host, address, CIDR range, \"loopback\" or \"all\"");
    }
    names_.push_back(name);
  }
}

bool TargetPolicy::add_range(const std::string& entry) {
  const std::size_t slash = std::min(entry.find('/'), entry.size());
  std::string address = entry.substr(0, slash);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  bool ipv4 = false;
  const std::optional<AddressBytes> network = read_address(address, ipv4);
  if (!network) return false;
  unsigned prefix = ipv4 ? 32 : 128;
  if (slash < entry.size()) {
    const unsigned longest = prefix;
    const char* end = entry.data() + entry.size();
    const auto [rest, fault] = std::from_chars(entry.data() + slash + 1, end, prefix);
    if (fault != std::errc() || rest != end || prefix > longest) return false;
  }
  ranges_.push_back({.network = *network, .prefix = ipv4 ? prefix + kMappedPrefix : prefix});
  return true;
}

void TargetPolicy::add_loopback() {
  add_range("127.0.0.0/8");
  add_range("::1");
  names_.emplace_back("localhost");
}

bool TargetPolicy::allows_name(std::string_view host) const {
  const std::string_view name = without_last_dot(host);
  return all_ || std::any_of(names_.begin(), names_.end(),
                             [name](const std::string& allowed) { return base::same_text(allowed, name); });
}

bool TargetPolicy::allows_address(const sockaddr_storage& address) const {
  if (all_) return true;
  const auto bytes = base::bytes_of(address);
  if (!bytes) return false;
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return same_bits(range.network, *bytes, range.prefix); });
}

}  // namespace enrichment_mock::callbacks
