#include "net/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

#include "base/text.h"

namespace enrichment_mock::net {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

constexpr base::CharacterSet kLabel = base::kLettersAndDigits.with("-");
constexpr base::CharacterSet kLooseLabel = kLabel.with("_");
constexpr base::CharacterSet kPath = base::kLettersAndDigits.with("-._~!$&'()*+,;=:@/");
constexpr base::CharacterSet kQuery = kPath.with("?");
constexpr base::CharacterSet kRegisteredName = base::kLettersAndDigits.with("-._~!$&'()*+,;=");
constexpr base::CharacterSet kFutureAddress = kRegisteredName.with(":");

bool is_label(std::string_view label, bool underscores) {
  if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
  return (underscores ? kLooseLabel : kLabel).has_all(label);
}

bool is_address(int family, const std::string& text) {
  if (text.find('\0') != text.npos) return false;  // inet_pton takes it for the end
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, text.c_str(), bytes) == 1;
}

// "[::1]", or "[v1.x]" of a version to come.
bool is_bracketed_address(std::string_view text) {
  if (text.size() < 3 || !text.ends_with(']')) return false;
  const auto inner = text.substr(1, text.size() - 2);
  if (base::lower(inner[0]) != 'v') return is_address(AF_INET6, std::string(inner));
  const auto dot = std::min(inner.find('.'), inner.size() - 1);
  const auto version = inner.substr(1, dot - 1), address = inner.substr(dot + 1);
  const auto is_hex = [](char c) { return base::hex_value(c) >= 0; };
  return !version.empty() && std::ranges::all_of(version, is_hex) && !address.empty() &&
         kFutureAddress.has_all(address);
}

// Characters of the set, and whole percent-escapes.
bool is_escaped_text(std::string_view text, const base::CharacterSet& allowed) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (allowed.has(text[i])) continue;
    if (!base::is_escape(text, i)) return false;
    i += 2;
  }
  return true;
}

// A name that ends in a number is an IPv4 address or a mistake: resolvers read "127.1" and "0x7f.1" as addresses.
bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.size() > 1 && last[0] == '0' && base::lower(last[1]) == 'x') return true;
  return base::kDigits.has_all(last);
}

bool is_plain_host(const std::string& host) {
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return false;
  return ends_in_number(name) ? is_address(AF_INET, host) : is_host_name(name, true);
}

// Splits "[::1]:80" or "name:80"; false when either part is wrong.
bool read_authority(std::string_view authority, Url& url) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = base::lower(authority.substr(1, end - 1));
    if (!is_address(AF_INET6, url.host)) return false;
    port = authority.substr(end + 1);
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    url.host = base::lower(authority.substr(0, end));
    if (!is_plain_host(url.host)) return false;
    port = authority.substr(end);
  }
  if (port.empty()) return true;
  if (port[0] != ':' || port.size() < 2 || port.size() > 6) return false;
  const auto [rest, fault] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
  return fault == std::errc() && rest == port.data() + port.size() && url.port != 0;
}

}  // namespace

bool is_host_name(std::string_view name, bool underscores) {
  if (name.size() > kLongestName) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot), underscores)) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_path_text(std::string_view text, bool query) { return is_escaped_text(text, query ? kQuery : kPath); }

bool is_host_and_port(std::string_view text) {
  std::size_t host_end = std::min(text.find(':'), text.size());
  if (text.starts_with('[')) {
    host_end = std::min(text.find(']'), text.size() - 1) + 1;
    if (!is_bracketed_address(text.substr(0, host_end))) return false;
  } else if (!is_escaped_text(text.substr(0, host_end), kRegisteredName)) {
    return false;
  }
  const auto port = text.substr(host_end);
  return port.empty() || (port.front() == ':' && base::kDigits.has_all(port.substr(1)));
}

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (https ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::optional<Url> parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url;
  url.https = base::same_text(text.substr(0, colon), "https");
  if (!url.https && !base::same_text(text.substr(0, colon), "http")) return std::nullopt;
  url.port = url.https ? 443 : 80;
  text.remove_prefix(colon + 3);

  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    if (!is_path_text(text.substr(hash + 1), true)) return std::nullopt;
    text = text.substr(0, hash);
  }
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  if (!read_authority(text.substr(0, authority_end), url)) return std::nullopt;

  const std::string_view target = text.substr(authority_end);
  const std::size_t question = std::min(target.find('?'), target.size());
  if (!is_path_text(target.substr(0, question)) || !is_path_text(target.substr(question), true)) return std::nullopt;
  if (question == 0) url.target = "/";
  url.target += target;
  return url;
}

}  // namespace enrichment_mock::net
