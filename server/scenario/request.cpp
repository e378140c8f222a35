#include "scenario/request.h"

#include <algorithm>

#include "base/text.h"
#include "base/url.h"
#include "scenario/plan.h"

namespace enrichment_mock::scenario {

namespace {

using base::is_host_name;
using base::is_path_text;

constexpr std::string_view kDomain = "linkedin.com";

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool is_wide_space(char32_t code) {
  return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f) ||
         code == 0x205f || code == 0x3000 || code == 0xfeff;
}

bool is_clean_utf8(std::string_view text, bool spaces) {
  while (!text.empty()) {
    const std::optional<char32_t> code = base::take_code_point(text);
    if (!code || is_control(*code) || (!spaces && (*code == ' ' || is_wide_space(*code)))) return false;
  }
  return true;
}

// What the grammar of URIs allows, and also non-ASCII letters that are not percent-encoded.
bool is_iri_text(std::string_view text, bool query = false) {
  if (is_path_text(text, query)) return true;  // the usual case
  if (!is_clean_utf8(text, false)) return false;
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
  return base::same_text(host.substr(sub), kDomain) && (sub == 0 || host[sub - 1] == '.');
}

// Removes `prefix` in any letter case. False: the text does not begin with it.
bool skip(std::string_view& text, std::string_view prefix) {
  if (!base::same_text(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string to_text(const EnrichmentId& id) { return base::to_hex(id.bytes); }

std::optional<EnrichmentId> parse_id(std::string_view text) {
  EnrichmentId id;
  return base::from_hex(text, id.bytes) ? std::optional(id) : std::nullopt;
}

bool is_longer(std::string_view text, std::size_t most) {
  return text.size() > most && base::count_code_points(text) > most;
}

std::optional<std::string> profile_username(std::string_view url) {
  if (!skip(url, "http://") && !skip(url, "https://")) return std::nullopt;
  const std::size_t host_end = std::min(url.find('/'), url.size());
  if (!is_profile_host(url.substr(0, host_end))) return std::nullopt;

  std::string_view path = url.substr(host_end);
  const std::string_view without_fragment = path.substr(0, path.find('#'));
  const std::string_view fragment = path.substr(std::min(without_fragment.size() + 1, path.size()));
  path = without_fragment.substr(0, without_fragment.find('?'));
  const std::string_view query = without_fragment.substr(path.size());
  if (!is_iri_text(query, true) || !is_iri_text(fragment, true)) return std::nullopt;

  if (!path.starts_with("/in/")) return std::nullopt;
  path.remove_prefix(4);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.find('/') != path.npos || !is_iri_text(path)) return std::nullopt;
  std::string username = fold_username(path);
  // "." and ".." are not usernames: URL normalization removes them.
  if (username.empty() || username == "." || username == "..") return std::nullopt;
  const bool escaped = path.find('%') != path.npos;
  if (escaped && (username.find('/') != username.npos || !is_clean_utf8(username, true))) return std::nullopt;
  return username;
}

}  // namespace enrichment_mock::scenario
