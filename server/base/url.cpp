#include "base/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/text.h"

namespace enrichment_mock::base {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

constexpr CharacterSet kLabel = kLettersAndDigits.with("-");
constexpr CharacterSet kLooseLabel = kLabel.with("_");
constexpr CharacterSet kPath = kLettersAndDigits.with("-._~!$&'()*+,;=:@/");
constexpr CharacterSet kQuery = kPath.with("?");
constexpr CharacterSet kRegisteredName = kLettersAndDigits.with("-._~!$&'()*+,;=");
constexpr CharacterSet kFutureAddress = kRegisteredName.with(":");
constexpr CharacterSet kUserinfo = kFutureAddress;

bool is_label(std::string_view label, bool underscores) {
  if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
  return (underscores ? kLooseLabel : kLabel).has_all(label);
}

bool is_address(int family, const std::string& text) {
  if (text.find('\0') != text.npos) return false;  // inet_pton would end there
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, text.c_str(), bytes) == 1;
}

// "[::1]", or an address of a future version: "[v1.x]".
bool is_bracketed_address(std::string_view text) {
  if (text.size() < 3 || !text.ends_with(']')) return false;
  const auto inner = text.substr(1, text.size() - 2);
  if (lower(inner[0]) != 'v') return is_address(AF_INET6, std::string(inner));
  const auto dot = std::min(inner.find('.'), inner.size() - 1);
  const auto version = inner.substr(1, dot - 1), address = inner.substr(dot + 1);
  const auto is_hex = [](char c) { return hex_value(c) >= 0; };
  return !version.empty() && std::ranges::all_of(version, is_hex) && !address.empty() &&
         kFutureAddress.has_all(address);
}

// Only characters of the set and complete percent-escapes.
bool is_escaped_text(std::string_view text, const CharacterSet& allowed) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (allowed.has(text[i])) continue;
    if (!is_escape(text, i)) return false;
    i += 2;
  }
  return true;
}

// Resolvers read a name that ends in a number as an IPv4 address: "127.1", "0x7f.1".
bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.size() > 1 && last[0] == '0' && lower(last[1]) == 'x') return true;
  return kDigits.has_all(last);
}

bool is_plain_host(const std::string& host) {
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  return ends_in_number(name) ? is_address(AF_INET, host) : is_host_name(name, true);
}

std::string in_hex(unsigned number, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*X", digits, number);
  return text;
}

// Describes the first code point of the text: "the character 'é'", or its number if it is invisible.
std::string shown_character(std::string_view text) {
  auto rest = text;
  const auto code = take_code_point(rest);
  if (!code) return "the byte 0x" + in_hex(static_cast<unsigned char>(text[0]), 2);
  const bool is_seen = *code > 0x20 && *code < 0x7f;
  const bool is_letter = *code > 0xa0 && (*code < 0x2000 || *code > 0x206f) && *code != 0xfeff;
  if (!is_seen && !is_letter) return "the character U+" + in_hex(*code, 4);
  return "the character '" + std::string(text.substr(0, text.size() - rest.size())) + "'";
}

std::string percent_encoded_first(std::string_view text) {
  auto rest = text;
  const auto length = take_code_point(rest) ? text.size() - rest.size() : 1;
  std::string encoded;
  for (const char c : text.substr(0, length)) encoded += '%' + in_hex(static_cast<unsigned char>(c), 2);
  return encoded;
}

// Parses a URL up to its first mistake.
class UrlReader {
 public:
  // False: problem() says why.
  bool read(std::string_view text) {
    const std::size_t colon = text.find("://");
    const auto scheme = text.substr(0, std::min(colon, text.size()));
    url_.https = same_text(scheme, "https");
    if (colon == text.npos || (!url_.https && !same_text(scheme, "http"))) return fail("");
    url_.port = url_.https ? 443 : 80;
    text.remove_prefix(colon + 3);

    const auto without_fragment = text.substr(0, text.find('#'));
    const auto fragment = text.substr(std::min(without_fragment.size() + 1, text.size()));
    text = without_fragment;
    const auto authority = text.substr(0, text.find_first_of("/?"));
    const auto target = text.substr(authority.size());
    const auto path = target.substr(0, target.find('?'));
    const auto query = target.substr(path.size());
    if (!read_authority(authority)) return false;
    if (!check_text(path, kPath, "path") || !check_text(query, kQuery, "query") ||
        !check_text(fragment, kQuery, "fragment"))
      return false;
    url_.target = path.empty() ? "/" : "";
    url_.target += target;
    return true;
  }

  Url& url() { return url_; }
  std::string& problem() { return problem_; }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool check_text(std::string_view text, const CharacterSet& allowed, const std::string& part) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (allowed.has(text[i])) continue;
      if (is_escape(text, i)) {
        i += 2;
      } else if (text[i] == '%') {
        return fail("has the character '%' in its " + part + ", which two hexadecimal digits do not follow");
      } else {
        const auto rest = text.substr(i);
        return fail("has " + shown_character(rest) + " in its " + part + "; expected " + percent_encoded_first(rest));
      }
    }
    return true;
  }

  // Userinfo, a host and its port: "user:password@[::1]:80".
  bool read_authority(std::string_view authority) {
    if (const auto at = authority.rfind('@'); at != authority.npos) {
      if (!check_text(authority.substr(0, at), kUserinfo, "userinfo")) return false;
      url_.userinfo = authority.substr(0, at);
      authority.remove_prefix(at + 1);
    }
    const auto host_end = authority.starts_with('[') ? std::min(authority.find(']'), authority.size() - 1) + 1
                                                     : std::min(authority.find(':'), authority.size());
    return read_host(authority.substr(0, host_end)) && read_port(authority.substr(host_end));
  }

  bool read_host(std::string_view host) {
    if (host.empty()) return fail("has no host");
    url_.host = lower(host);
    if (host.starts_with('[')) {
      url_.host = lower(host.substr(1, host.size() - 1 - (host.ends_with(']') ? 1 : 0)));
      if (host.ends_with(']') && is_address(AF_INET6, url_.host)) return true;
      return fail("has the host \"" + std::string(host) + "\"; expected an IPv6 address between '[' and ']'");
    }
    const auto foreign = std::ranges::find_if_not(host, [](char c) { return c == '.' || kLooseLabel.has(c); });
    if (foreign != host.end()) {
      const auto rest = host.substr(static_cast<std::size_t>(foreign - host.begin()));
      const bool is_ascii = static_cast<unsigned char>(rest[0]) < 0x80;
      return fail("has " + shown_character(rest) + " in its host; expected " +
                  (is_ascii ? "letters, digits, '-', '_' and '.'" : "its name in ASCII, as xn--…"));
    }
    if (is_plain_host(url_.host)) return true;
    return fail("has the host \"" + std::string(host.substr(0, kLongestName)) +
                "\", which is neither a name nor an IPv4 address");
  }

  // With its colon. An empty port means the scheme's default.
  bool read_port(std::string_view port) {
    if (port.empty() || port == ":") return true;
    const auto* end = port.data() + port.size();
    const auto [rest, fault] = std::from_chars(port.data() + 1, end, url_.port);
    if (port[0] == ':' && port.size() <= 6 && fault == std::errc() && rest == end && url_.port != 0) return true;
    if (port[0] != ':') return fail("has " + shown_character(port) + " behind its host");
    const auto foreign = std::min(port.find_first_not_of("0123456789", 1), port.size());
    if (foreign < port.size()) return fail("has " + shown_character(port.substr(foreign)) + " in its port");
    return fail("has a port that is no number from 1 to 65535");
  }

  Url url_;
  std::string problem_;
};

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

bool is_ip_address(const std::string& text) { return is_address(AF_INET, text) || is_address(AF_INET6, text); }

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
  return port.empty() || (port.front() == ':' && kDigits.has_all(port.substr(1)));
}

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (https ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::optional<Url> parse_url(std::string_view text, std::string* problem) {
  UrlReader reader;
  if (reader.read(text)) return std::move(reader.url());
  if (problem) *problem = std::move(reader.problem());
  return std::nullopt;
}

}  // namespace enrichment_mock::base
