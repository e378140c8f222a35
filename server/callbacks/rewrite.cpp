#include "callbacks/rewrite.h"

#include <algorithm>
#include <stdexcept>

#include "net/url.h"

namespace enrichment_mock::callbacks {
namespace {

[[noreturn]] void refuse(const std::string& entry, const std::string& what) {
  throw std::invalid_argument("\"" + entry + "\": " + what);
}

// Takes the port `*` out of "http://localhost:*/hooks".
bool take_any_port(std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == text.npos) return false;
  const std::size_t end = std::min(text.find('/', scheme + 3), text.size());
  if (end < 2 || text.compare(end - 2, 2, ":*") != 0) return false;
  text.erase(end - 2, 2);
  return true;
}

// What is left of a URL's path and query behind `path`; nothing if it does not go on there.
std::optional<std::string_view> rest_behind(std::string_view path, std::string_view target) {
  if (!target.starts_with(path)) return std::nullopt;
  target.remove_prefix(path.size());
  const bool at_boundary = target.empty() || target.front() == '/' || target.front() == '?';
  return at_boundary ? std::optional(target) : std::nullopt;
}

}  // namespace

Rewrites::Place Rewrites::read_place(std::string text, const std::string& entry) {
  const std::string given = text;
  const bool any_port = take_any_port(text);
  if (text.find_first_of("?#") != text.npos) refuse(entry, "expected " + given + " without a query and a fragment");
  auto url = net::parse_url(text);
  if (!url) refuse(entry, "expected an http or https URL, found \"" + given + "\"");
  if (!url->userinfo.empty()) refuse(entry, "expected a URL without userinfo: a callback keeps that of its own");
  if (url->target.ends_with('/')) url->target.pop_back();
  return {.https = url->https,
          .host = url->host,
          .port = any_port ? std::nullopt : std::optional(url->port),
          .path = url->target};
}

Rewrites::Rewrites(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    // A path may hold "=", too: what begins another URL is TO.
    const std::size_t next_url = std::min(entry.find("=http://"), entry.find("=https://"));
    const std::size_t equals = next_url == entry.npos ? entry.find('=') : next_url;
    if (equals == entry.npos) refuse(entry, "expected FROM=TO");
    Rewrite rewrite{.from = read_place(entry.substr(0, equals), entry),
                    .to = read_place(entry.substr(equals + 1), entry)};
    if (!rewrite.to.port && rewrite.from.port)
      refuse(entry, "keeps a port that FROM does not leave open: expected :* there, too");
    rewrites_.push_back(std::move(rewrite));
  }
}

std::optional<std::string> Rewrites::apply(std::string_view text) const {
  if (rewrites_.empty()) return std::nullopt;
  const auto url = net::parse_url(text);
  if (!url) return std::nullopt;
  for (const auto& [from, to] : rewrites_) {
    if (url->https != from.https || url->host != from.host || url->port != from.port.value_or(url->port)) continue;
    const auto rest = rest_behind(from.path, url->target);
    if (!rest) continue;
    const net::Url called{
        .https = to.https, .userinfo = {}, .host = to.host, .port = to.port.value_or(url->port), .target = {}};
    const std::string target = to.path + std::string(*rest);
    return (to.https ? "https://" : "http://") + (url->userinfo.empty() ? "" : url->userinfo + '@') +
           called.authority() + (target.starts_with('/') ? "" : "/") + target;
  }
  return std::nullopt;
}

}  // namespace enrichment_mock::callbacks
