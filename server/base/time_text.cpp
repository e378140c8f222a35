#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "base/limits.h"

namespace enrichment_mock::base {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
  std::size_t max_decimals;
};

// Largest first, so that the larger unit wins if two forms have the same length.
constexpr std::array<Unit, 5> kUnits = {
    {{"h", 3'600'000'000, 6}, {"m", 60'000'000, 6}, {"s", 1'000'000, 6}, {"ms", 1'000, 3}, {"us", 1, 0}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes the digits that `text` begins with, and returns their number. Empty if there are none, or more than
// `max_digits`.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t max_digits) {
  std::int64_t number = 0;
  std::size_t count = 0;
  for (; count < text.size() && is_digit(text[count]); ++count) {
    if (count == max_digits) return std::nullopt;
    number = number * 10 + (text[count] - '0');
  }
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

const Unit* find_unit(std::string_view name) {
  const auto found = std::ranges::find(kUnits, name, &Unit::name);
  return found == kUnits.end() ? nullptr : &*found;
}

// Decimals of a unit, in microseconds: "5" of a second is 500000.
std::int64_t fraction_of(std::string_view digits, std::int64_t unit) {
  std::int64_t number = 0, scale = 1;
  for (const char c : digits) {
    number = number * 10 + (c - '0');
    scale *= 10;
  }
  return number * unit / scale;
}

// `count` microseconds in a unit. Empty if that needs a leading zero or too many decimals.
std::optional<std::string> in_unit(std::int64_t count, const Unit& unit) {
  if (count < unit.microseconds) return std::nullopt;
  auto text = std::to_string(count / unit.microseconds);
  auto rest = count % unit.microseconds;
  if (rest != 0) text += '.';
  for (std::size_t i = 0; rest != 0; ++i) {
    if (i == unit.max_decimals) return std::nullopt;
    rest *= 10;
    text += static_cast<char>('0' + rest / unit.microseconds);
    rest %= unit.microseconds;
  }
  return text.append(unit.name);
}

// Removes a number of exactly `digits` digits and the separator after it.
std::optional<unsigned> take_field(std::string_view& text, std::size_t digits, std::string_view separator) {
  const auto before = text.size();
  const auto number = take_digits(text, digits);
  if (!number || before - text.size() != digits || !text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(separator.size());
  return static_cast<unsigned>(*number);
}

// The text after the seconds: up to six decimals, if any, and the `Z`.
std::optional<std::int64_t> take_fraction(std::string_view text) {
  if (!text.ends_with('Z')) return std::nullopt;
  text.remove_suffix(1);
  if (text.empty()) return 0;
  if (text.front() != '.' || text.size() < 2 || text.size() > 7) return std::nullopt;
  text.remove_prefix(1);
  if (text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  return fraction_of(text, 1'000'000);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text, Duration longest) {
  const bool padded = text.size() > 1 && text[0] == '0' && is_digit(text[1]);
  const auto whole = take_digits(text, 15);
  if (!whole || padded) return std::nullopt;
  std::string_view decimals;
  if (text.starts_with('.')) {
    const auto end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    decimals = text.substr(1, end - 1);
    if (decimals.empty()) return std::nullopt;
    text.remove_prefix(end);
  }
  const auto* unit = find_unit(text);
  if (!unit || decimals.size() > unit->max_decimals || *whole > longest.count() / unit->microseconds)
    return std::nullopt;
  const auto count = *whole * unit->microseconds + fraction_of(decimals, unit->microseconds);
  return count <= longest.count() ? std::optional(Duration(count)) : std::nullopt;
}

std::string format_duration(Duration duration) {
  std::string shortest = "0s";
  bool found = false;
  for (const auto& unit : kUnits) {
    auto text = in_unit(duration.count(), unit);
    if (!text || (found && text->size() >= shortest.size())) continue;
    shortest = std::move(*text);
    found = true;
  }
  return shortest;
}

std::optional<Instant> parse_instant(std::string_view text) {
  const auto year = take_field(text, 4, "-");
  const auto month = year ? take_field(text, 2, "-") : std::nullopt;
  const auto day = month ? take_field(text, 2, "T") : std::nullopt;
  const auto hour = day ? take_field(text, 2, ":") : std::nullopt;
  const auto minute = hour ? take_field(text, 2, ":") : std::nullopt;
  const auto second = minute ? take_field(text, 2, "") : std::nullopt;
  const auto fraction = second ? take_fraction(text) : std::nullopt;
  if (!fraction || *year < unsigned{kFirstYear} || *year > unsigned{kLastYear} || *hour > 23 || *minute > 59 ||
      *second > 59)
    return std::nullopt;
  const auto date = std::chrono::year(static_cast<int>(*year)) / static_cast<int>(*month) / static_cast<int>(*day);
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + Duration(*fraction);
}

std::string format_instant(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::milliseconds>(instant - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text.data();
}

std::string format_exact_instant(Instant instant) {
  auto text = format_instant(instant);
  const auto rest = (instant - std::chrono::floor<std::chrono::milliseconds>(instant)).count();
  if (rest == 0) return text;
  const char digits[] = {static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                         static_cast<char>('0' + rest % 10)};
  return text.insert(text.size() - 1, digits, std::size(digits));
}

}  // namespace enrichment_mock::base
