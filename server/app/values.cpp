#include "app/values.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/ascii.h"
#include "callbacks/target_policy.h"
#include "callbacks/url.h"
#include "scenario/time_text.h"

namespace enrichment_mock::app {
namespace {

// An address or a name, and nothing around it.
bool is_host(const std::string& text) {
  const bool ipv6 = text.find(':') != std::string::npos;
  const auto url = callbacks::parse_url("http://" + (ipv6 ? "[" + text + "]" : text));
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

template <typename Number>
std::optional<Number> digits(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// 0.001, 1000000: without zeros at the end, and without an exponent.
std::string shortest(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

void complain(const Given& given, std::string_view expected, Problems& problems) {
  problems.push_back(given.source + ": \"" + given.text + "\" is not valid: expected " + std::string(expected));
}

std::optional<std::uint64_t> to_number(const MaybeGiven& given, std::uint64_t least, std::uint64_t most,
                                       Problems& problems) {
  if (!given) return std::nullopt;
  const auto number = digits<std::uint64_t>(given->text);
  if (number && *number >= least && *number <= most) return number;
  complain(*given, "a number from " + std::to_string(least) + " to " + std::to_string(most), problems);
  return std::nullopt;
}

std::optional<double> to_factor(const MaybeGiven& given, double least, double most, Problems& problems) {
  if (!given) return std::nullopt;
  // std::from_chars for doubles is missing from macOS' library.
  const bool plain = !given->text.empty() && given->text.find_first_not_of("0123456789.") == std::string::npos;
  char* end = nullptr;
  const double factor = plain ? std::strtod(given->text.c_str(), &end) : 0;
  if (plain && *end == '\0' && factor >= least && factor <= most) return factor;
  complain(*given, "a number from " + shortest(least) + " to " + shortest(most), problems);
  return std::nullopt;
}

std::optional<std::chrono::microseconds> to_duration(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  const auto duration = scenario::parse_duration(given->text);
  if (!duration) complain(*given, "a duration such as 500ms, 10m or 1.5h, at most 8760h", problems);
  return duration;
}

std::optional<bool> to_bool(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  for (const char* yes : {"true", "1", "yes", "on"})
    if (given->text == yes) return true;
  for (const char* no : {"false", "0", "no", "off"})
    if (given->text == no) return false;
  complain(*given, "true or false", problems);
  return std::nullopt;
}

std::optional<std::size_t> to_choice(const MaybeGiven& given, const std::vector<std::string>& choices,
                                     Problems& problems) {
  if (!given) return std::nullopt;
  const auto found = std::find(choices.begin(), choices.end(), given->text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string expected;
  for (const std::string& choice : choices) expected += (expected.empty() ? "" : " or ") + choice;
  complain(*given, expected + did_you_mean(given->text, choices), problems);
  return std::nullopt;
}

std::optional<std::string> to_host(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  const std::string host = without_brackets(given->text);
  if (is_host(host)) return host;
  complain(*given, "an address or a host name, without scheme and port, such as 127.0.0.1", problems);
  return std::nullopt;
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

std::optional<std::string> to_token(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  const bool visible = std::all_of(given->text.begin(), given->text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (visible && !given->text.empty()) return given->text;
  complain({given->source, "…"}, "visible ASCII characters without blanks", problems);  // a secret is not shown
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

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    std::string_view part = text.substr(start, comma - start);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    parts.emplace_back(part);
    start = comma + 1;
  }
  return parts;
}

}  // namespace enrichment_mock::app
