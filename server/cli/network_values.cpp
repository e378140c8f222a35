#include "cli/network_values.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/text.h"
#include "callbacks/rewrite.h"
#include "callbacks/target_policy.h"
#include "net/identity.h"
#include "net/url.h"

namespace enrichment_mock::cli {
namespace {

// An address or a name, and nothing around it.
bool is_host(const std::string& text) {
  const bool ipv6 = text.find(':') != std::string::npos;
  const auto url = net::parse_url("http://" + (ipv6 ? "[" + text + "]" : text));
  return url && base::same_text(url->host, text);
}

bool is_target(const std::string& text) {
  try {
    callbacks::TargetPolicy({text}, true);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

// "[::1]" is "::1".
std::string without_brackets(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

}  // namespace

std::optional<std::string> to_host(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  const std::string host = without_brackets(given->text);
  if (is_host(host)) return host;
  complain(*given, "an address or a host name, without scheme and port, such as 127.0.0.1", problems);
  return std::nullopt;
}

std::vector<std::string> to_hosts(const Given& given, Problems& problems) {
  std::vector<std::string> hosts;
  for (std::string& part : split(given.text))
    if (auto host = to_host(Given{given.source, std::move(part)}, problems)) hosts.push_back(*std::move(host));
  return hosts;
}

std::optional<std::string> to_base_url(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  std::string_view text = given->text;
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::string_view host = scheme < text.size() ? text.substr(scheme) : std::string_view();
  if (scheme != 0 && !host.empty() && host.find_first_of("/?#@ ") == std::string_view::npos) return std::string(text);
  complain(*given, "http:// or https:// with a host and a port, such as http://127.0.0.1:8080", problems);
  return std::nullopt;
}

std::vector<std::string> to_targets(const Given& given, Problems& problems) {
  std::vector<std::string> targets;
  for (const std::string& part : split(given.text)) {
    const std::string target = without_brackets(part);
    if (is_target(target))
      targets.push_back(target);
    else
      complain({given.source, part}, "a host, an address, a range such as 10.0.0.0/8, or all", problems);
  }
  return targets;
}

std::optional<std::string> to_rewrite(const Given& given, Problems& problems) {
  try {
    callbacks::Rewrites({given.text});
    return given.text;
  } catch (const std::invalid_argument& error) {
    problems.push_back(given.source + ": " + error.what());
    return std::nullopt;
  }
}

std::optional<std::string> to_token(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  const bool visible = std::all_of(given->text.begin(), given->text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (visible && !given->text.empty()) return given->text;
  complain({given->source, "…"}, "visible ASCII characters without blanks", problems);  // a secret is not shown
  return std::nullopt;
}

std::optional<std::string> to_key(const MaybeGiven& given, Problems& problems) {
  if (!given || given->text.empty()) return std::nullopt;  // that it is empty has been said
  const bool has_controls = std::ranges::any_of(given->text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
  if (!has_controls && given->text.find_first_not_of(' ') != std::string::npos) return given->text;
  complain({given->source, "…"}, "a key that is not blank, without line breaks and other control characters", problems);
  return std::nullopt;
}

std::optional<std::string> to_certificates(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  std::string text;
  std::error_code ignored;
  if (!std::filesystem::is_directory(given->text, ignored)) {
    std::ifstream file(given->text, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (text.find("-----BEGIN ") != std::string::npos) return given->text;
  complain(*given, "a PEM file of certificates that can be read", problems);
  return std::nullopt;
}

void check_identity(const Given& certificate, const Given& key, Problems& problems) {
  try {
    net::Identity::load(certificate.text, key.text);
  } catch (const net::IdentityError& error) {
    const Given& at_fault = error.fault == net::IdentityError::Fault::certificate ? certificate : key;
    problems.push_back(at_fault.source + ": " + at_fault.text + " is not valid: " + error.what());
  }
}

}  // namespace enrichment_mock::cli
