#include "callbacks/rewrite.h"

#include <algorithm>
#include <stdexcept>

#include "base/url.h"

namespace enrichment_mock::callbacks {
namespace {

[[noreturn]] void refuse(const std::string& entry, const std::string& what) {
  throw std::invalid_argument("\"" + entry + "\": " + what);
}

// Removes the port `*` from a URL such as "http://localhost:*/hooks". False: it has another port or none.
bool take_any_port(std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == text.npos) return false;
  const std::size_t end = std::min(text.find('/', scheme + 3), text.size());
  if (end < 2 || text.compare(end - 2, 2, ":*") != 0) return false;
  text.erase(end - 2, 2);
  return true;
}

// The rest of a URL's path and query after `path`; nothing if `path` is not its beginning in whole segments.
std::optional<std::string_view> rest_after(std::string_view path, std::string_view target) {
  if (!target.starts_with(path)) return std::nullopt;
  target.remove_prefix(path.size());
  const bool at_boundary = target.empty() || target.front() == '/' || target.front() == '?';
  return at_boundary ? std::optional(target) : std::nullopt;
}

}  // namespace

Rewrites::UrlPrefix Rewrites::parse_prefix(std::string text, const std::string& entry) {
  const std::string given = text;
  const bool any_port = take_any_port(text);
  if (text.find_first_of("?#") != text.npos) refuse(entry, "expected " + given + " without a query or a fragment");
  auto url = base::parse_url(text);
  if (!url) refuse(entry, "expected an http or https URL, found \"" + given + "\"");
  if (!url->userinfo.empty())
    refuse(entry, "expected a URL without userinfo: a callback keeps the userinfo of its own URL");
  if (url->target.ends_with('/')) url->target.pop_back();
  return {.https = url->https,
          .host = url->host,
          .port = any_port ? std::nullopt : std::optional(url->port),
          .path = url->target};
}

Rewrites::Rewrites(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    // A path may contain "=", too, so the "=" before the second URL counts.
    const std::size_t next_url = std::min(entry.find("=http://"), entry.find("=https://"));
    const std::size_t equals = next_url == entry.npos ? entry.find('=') : next_url;
    if (equals == entry.npos) refuse(entry, "expected FROM=TO");
    Rewrite rewrite{.from = parse_prefix(entry.substr(0, equals), entry),
                    .to = parse_prefix(entry.substr(equals + 1), entry)};
    if (!rewrite.to.port && rewrite.from.port)
      refuse(entry, "TO has the port *, but FROM has not: expected the port * in FROM, too");
    rewrites_.push_back(std::move(rewrite));
  }
}

std::optional<std::string> Rewrites::apply(std::string_view text) const {
  if (rewrites_.empty()) return std::nullopt;
  const auto url = base::parse_url(text);
  if (!url) return std::nullopt;
  for (const auto& [from, to] : rewrites_) {
    if (url->https != from.https || url->host != from.host || url->port != from.port.value_or(url->port)) continue;
    const auto rest = rest_after(from.path, url->target);
    if (!rest) continue;
    const base::Url called{
        .https = to.https, .userinfo = {}, .host = to.host, .port = to.port.value_or(url->port), .target = {}};
    const std::string target = to.path + std::string(*rest);
    return (to.https ? "https://" : "http://") + (url->userinfo.empty() ? "" : url->userinfo + '@') +
           called.authority() + (target.starts_with('/') ? "" : "/") + target;
  }
  return std::nullopt;
}

}  // namespace enrichment_mock::callbacks
