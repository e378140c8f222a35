#include "callbacks/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace enrichment_mock::callbacks {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_label(std::string_view label, bool underscores) {
  if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [underscores](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || (underscores && c == '_');
  });
}

bool is_address(int family, const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, text.c_str(), bytes) == 1;
}

// A name that ends in a number is an IPv4 address or a mistake: resolvers read "127.1" and "0x7f.1" as addresses.
bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.size() > 1 && last[0] == '0' && ascii_lower(last[1]) == 'x') return true;
  return std::all_of(last.begin(), last.end(), is_digit);
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
    url.host = ascii_lower(authority.substr(1, end - 1));
    if (!is_address(AF_INET6, url.host)) return false;
    port = authority.substr(end + 1);
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    url.host = ascii_lower(authority.substr(0, end));
    if (!is_plain_host(url.host)) return false;
    port = authority.substr(end);
  }
  if (port.empty()) return true;
  if (port[0] != ':' || port.size() < 2 || port.size() > 6) return false;
  const auto [rest, fault] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
  return fault == std::errc() && rest == port.data() + port.size() && url.port != 0;
}

}  // namespace

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

bool same_ascii_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_host_name(std::string_view name, bool underscores) {
  if (name.size() > kLongestName) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot), underscores)) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_path_text(std::string_view text, bool query) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@/";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos || (query && c == '?')) continue;
    const bool escape = c == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (!escape) return false;
    i += 2;
  }
  return true;
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
  url.https = same_ascii_text(text.substr(0, colon), "https");
  if (!url.https && !same_ascii_text(text.substr(0, colon), "http")) return std::nullopt;
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

}  // namespace enrichment_mock::callbacks
