#include "cli/values.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/time_text.h"

namespace enrichment_mock::cli {
namespace {

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

std::optional<std::chrono::milliseconds> to_time(const MaybeGiven& given, Problems& problems) {
  if (!given) return std::nullopt;
  const auto time = base::parse_duration(given->text);
  if (time && time->count() > 0) return std::chrono::ceil<std::chrono::milliseconds>(*time);
  complain(*given, "a duration above zero such as 500ms or 10s", problems);
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

}  // namespace enrichment_mock::cli
