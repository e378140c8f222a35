#include "api/profile_url.h"

#include <algorithm>

#include "callbacks/url.h"

namespace enrichment_mock::api {
namespace {

using callbacks::hex_value;
using callbacks::is_host_name;
using callbacks::is_path_text;
using callbacks::same_ascii_text;

constexpr std::string_view kDomain = "linkedin.com";

// Takes one code point of UTF-8 off the front; nothing if it is no shortest, whole, valid encoding.
std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80         ? 1
                             : first >> 5 == 0x6  ? 2
                             : first >> 4 == 0xe  ? 3
                             : first >> 3 == 0x1e ? 4
                                                  : 0;
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t code = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if (next >> 6 != 0x2) return std::nullopt;
    code = code << 6 | (next & 0x3fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  text.remove_prefix(length);
  return code;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool is_wide_space(char32_t code) {
  return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f) ||
         code == 0x205f || code == 0x3000 || code == 0xfeff;
}

bool is_clean_utf8(std::string_view text, bool spaces) {
  while (!text.empty()) {
    const std::optional<char32_t> code = take_code_point(text);
    if (!code || is_control(*code) || (!spaces && (*code == ' ' || is_wide_space(*code)))) return false;
  }
  return true;
}

// What a URI's grammar allows, were its letters beyond ASCII percent-encoded.
bool is_iri_text(std::string_view text, bool query) {
  while (!text.empty()) {
    const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const auto end = std::find_if_not(text.begin(), text.end(), ascii);
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (!is_path_text(text.substr(0, length), query)) return false;
    text.remove_prefix(static_cast<std::size_t>(std::find_if(end, text.end(), ascii) - text.begin()));
  }
  return true;
}

bool is_profile_host(std::string_view host) {
  if (host.size() < kDomain.size() || !is_host_name(host)) return false;
  const std::size_t sub = host.size() - kDomain.size();
  return same_ascii_text(host.substr(sub), kDomain) && (sub == 0 || host[sub - 1] == '.');
}

// Removes `prefix`, in any letter case; false if it isn't there.
bool skip(std::string_view& text, std::string_view prefix) {
  if (!same_ascii_text(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string decoded(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      text += callbacks::ascii_lower(segment[i]);
      continue;
    }
    text += callbacks::ascii_lower(static_cast<char>(hex_value(segment[i + 1]) * 16 + hex_value(segment[i + 2])));
    i += 2;
  }
  return text;
}

}  // namespace

std::optional<std::string> profile_username(std::string_view url) {
  if (!skip(url, "http://") && !skip(url, "https://")) return std::nullopt;
  const std::size_t host_end = std::min(url.find('/'), url.size());
  if (!is_profile_host(url.substr(0, host_end))) return std::nullopt;

  std::string_view path = url.substr(host_end);
  const std::size_t path_end = std::min(path.find_first_of("?#"), path.size());
  std::string_view rest = path.substr(path_end);
  path = path.substr(0, path_end);
  const std::size_t hash = std::min(rest.find('#'), rest.size());
  const std::string_view fragment = rest.substr(std::min(hash + 1, rest.size()));
  if (!is_clean_utf8(rest, false) || !is_iri_text(rest.substr(0, hash), true) || !is_iri_text(fragment, true)) {
    return std::nullopt;
  }

  if (!path.starts_with("/in/")) return std::nullopt;
  path.remove_prefix(4);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.find('/') != std::string_view::npos || !is_clean_utf8(path, false) || !is_iri_text(path, false)) {
    return std::nullopt;
  }
  std::string username = decoded(path);
  // Dots alone are no name: a client that tidies its URLs would have removed them, and the name with them.
  if (username.empty() || username == "." || username == "..") return std::nullopt;
  if (username.find('/') != std::string::npos || !is_clean_utf8(username, true)) return std::nullopt;
  return username;
}

}  // namespace enrichment_mock::api
