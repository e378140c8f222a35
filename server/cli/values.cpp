#include "cli/values.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/time_text.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

void append_parts(std::vector<FlagValue>& parts, const FlagValue& value) {
  const std::string_view text = value.text;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    parts.push_back({value.source, std::string(trimmed(text.substr(start, comma - start)))});
    start = comma + 1;
  }
}

// "[::1]" is "::1".
std::string without_brackets(std::string_view text) {
  if (text.size() > 2 && text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

// A host with an optional port above 0: "mock", "127.0.0.1:8080", "[::1]:8080".
bool is_authority(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = text.find(':', std::min(bracket, text.size()));
  if (colon == std::string_view::npos) return is_host(without_brackets(text));
  const std::string_view port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return is_host(without_brackets(text.substr(0, colon))) && error == std::errc() && end == port.data() + port.size() &&
         number > 0;
}

std::string with_hidden_text(const FlagValue& secret, std::string_view expected) {
  return invalid({secret.source, "…"}, expected);
}

}  // namespace

std::string invalid(const FlagValue& value, std::string_view expected) {
  return value.source + ": \"" + value.text + "\" is not valid: expected " + std::string(expected);
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const auto near = base::nearest(word, views);
  return near ? "; did you mean \"" + std::string(*near) + "\"?" : "";
}

std::vector<FlagValue> FlagReader::parts() const {
  std::vector<FlagValue> parts;
  for (const FlagValue& value : given_) append_parts(parts, value);
  return parts;
}

std::vector<FlagValue> FlagReader::entries() const {
  std::vector<FlagValue> entries;
  for (const FlagValue& value : given_) {
    if (value.source.starts_with("--"))
      entries.push_back(value);
    else
      append_parts(entries, value);
  }
  return entries;
}

void FlagReader::read_bool(bool& member) const {
  constexpr std::string_view kYes[] = {"true", "1", "yes", "on", "y", "t"},
                             kNo[] = {"false", "0", "no", "off", "n", "f"};
  const std::string word = base::lower(trimmed(last().text));
  const bool yes = std::ranges::find(kYes, word) != std::end(kYes);
  if (yes || std::ranges::find(kNo, word) != std::end(kNo))
    member = yes;
  else
    problems_.push_back(invalid(last(), "true or false"));
}

std::optional<std::uint64_t> FlagReader::number_within(std::uint64_t least, std::uint64_t most) const {
  const std::string_view text = last().text;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= least && number <= most) return number;
  problems_.push_back(invalid(last(), "a number from " + std::to_string(least) + " to " + std::to_string(most)));
  return std::nullopt;
}

void FlagReader::read_factor(std::optional<double>& member, double least, double most) const {
  // The standard library of macOS has no std::from_chars for doubles.
  const std::string& text = last().text;
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  char* end = nullptr;
  const double factor = plain ? std::strtod(text.c_str(), &end) : 0;
  if (plain && *end == '\0' && factor >= least && factor <= most)
    member = factor;
  else
    problems_.push_back(
        invalid(last(), "a number from " + base::plain_number(least) + " to " + base::plain_number(most)));
}

void FlagReader::read_size(std::size_t& member, std::size_t least) const {
  constexpr std::pair<std::string_view, std::size_t> kUnits[] = {
      {"", 1},  {"kb", base::kKilobyte}, {"mb", base::kMegabyte}, {"gb", base::kGigabyte},
      {"b", 1}, {"k", base::kKilobyte},  {"m", base::kMegabyte},  {"g", base::kGigabyte}};
  constexpr std::size_t kMax = 1024 * base::kGigabyte;
  const std::string& text = last().text;
  std::size_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const auto known = std::ranges::find_if(kUnits, [&](const auto& each) { return base::same_text(unit, each.first); });
  if (error == std::errc{} && known != std::end(kUnits) && number <= kMax / known->second &&
      number * known->second >= least)
    member = number * known->second;
  else
    problems_.push_back(
        invalid(last(), "a size from " + std::to_string(least / base::kKilobyte) + "KB to 1024GB, such as 16MB"));
}

void FlagReader::refuse_word(std::span<const std::string> words) const {
  std::string expected;
  for (const std::string& word : words) expected += (expected.empty() ? "" : " or ") + word;
  problems_.push_back(invalid(last(), expected + did_you_mean(last().text, words)));
}

std::optional<std::chrono::milliseconds> FlagReader::time_above_zero() const {
  const auto time = base::parse_duration(last().text);
  if (time && time->count() > 0) return std::chrono::ceil<std::chrono::milliseconds>(*time);
  problems_.push_back(invalid(last(), "a duration above zero such as 500ms or 10s"));
  return std::nullopt;
}

std::optional<std::string> FlagReader::host_of(const FlagValue& value) const {
  std::string host = without_brackets(value.text);
  if (is_host(host)) return host;
  problems_.push_back(invalid(value, "an address or a host name, without scheme and port, such as 127.0.0.1"));
  return std::nullopt;
}

void FlagReader::read_host(std::string& member) const {
  if (auto host = host_of(last())) member = *std::move(host);
}

void FlagReader::read_hosts(std::vector<std::string>& member) const {
  for (const FlagValue& part : parts())
    if (auto host = host_of(part)) member.push_back(*std::move(host));
}

void FlagReader::read_base_url(std::string& member) const {
  std::string_view text = last().text;
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  if (text.ends_with('/')) text.remove_suffix(1);
  if (scheme != 0 && scheme < text.size() && is_authority(text.substr(scheme)))
    member = text;
  else
    problems_.push_back(invalid(last(), "http:// or https:// with a host and a port, such as http://127.0.0.1:8080"));
}

void FlagReader::read_targets(std::vector<std::string>& member) const {
  for (const FlagValue& part : parts()) {
    std::string target = without_brackets(part.text);
    if (is_callback_target(target))
      member.push_back(std::move(target));
    else
      problems_.push_back(invalid(part, "a host, an address, a range such as 10.0.0.0/8, or all"));
  }
}

void FlagReader::read_rewrites(std::vector<std::string>& member) const {
  for (FlagValue& entry : entries()) {
    if (const auto problem = callback_rewrite_problem(entry.text))
      problems_.push_back(entry.source + ": " + *problem);
    else
      member.push_back(std::move(entry.text));
  }
}

void FlagReader::read_token(std::string& member) const {
  const bool visible = std::ranges::all_of(last().text, [](char c) { return c > ' ' && c <= '~'; });
  if (visible && !last().text.empty())
    member = last().text;
  else
    problems_.push_back(with_hidden_text(last(), "visible ASCII characters without blanks"));
}

void FlagReader::read_key(std::string& member) const {
  const std::string& key = last().text;
  if (key.empty()) return;  // already reported
  const bool has_controls = std::ranges::any_of(key, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!has_controls && key.find_first_not_of(' ') != std::string::npos)
    member = key;
  else
    problems_.push_back(
        with_hidden_text(last(), "a key that is not blank and has no line breaks or other control characters"));
}

void FlagReader::read_certificates(std::string& member) const {
  std::string text;
  std::error_code ignored;
  if (!std::filesystem::is_directory(last().text, ignored)) {
    std::ifstream file(last().text, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (text.find("-----BEGIN ") != std::string::npos)
    member = last().text;
  else
    problems_.push_back(invalid(last(), "a readable PEM file with certificates"));
}

}  // namespace enrichment_mock::cli
