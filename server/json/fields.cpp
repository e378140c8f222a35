#include "json/fields.h"

#include <algorithm>
#include <charconv>

namespace enrichment_mock::json_text {

namespace {

std::string describe(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
    case Kind::boolean:
      return std::string(value.raw());
    case Kind::number:
      return std::string(value.raw().substr(0, 40)) + (value.raw().size() > 40 ? "..." : "");
    case Kind::string:
      return in_quotes(value.text());
    case Kind::array:
      if (value.size() == 1) return "an array of 1 element";
      return value.empty() ? "an empty array" : "an array of " + std::to_string(value.size()) + " elements";
    case Kind::object:
      return value.empty() ? "an empty object" : "an object";
  }
  return {};
}

std::string join_words(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + in_quotes(words[i]);
  return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

// A further problem of a document that is full of them is only counted, so that it needs no message.
void unexpected(const Value& value, std::string_view expected) {
  if (value.document().is_full_of_problems()) return value.problem({});
  value.problem("found " + describe(value) + "; expected " + std::string(expected));
}

Fields::Fields(Value object) : object_(object) {
  if (!object_.is_object()) unexpected(object_, "an object");
}

std::optional<Value> Fields::find(std::string_view key) {
  known_.push_back(key);
  return object_.member(key);
}

void Fields::missing(std::string_view key) const {
  if (!object_.is_object()) return;
  object_.problem(object_.document().is_full_of_problems() ? "" : "the key " + in_quotes(key) + " is missing");
}

void Fields::finish() {
  if (!object_.is_object()) return;
  for (const auto member : object_.children()) {
    if (std::ranges::find(known_, member.key()) != known_.end()) continue;
    if (object_.document().is_full_of_problems()) {
      member.key_problem({});
      continue;
    }
    auto hint = did_you_mean(member.key(), known_);
    if (hint.empty()) hint = "; expected " + join_words(known_);
    member.key_problem("unknown key " + in_quotes(member.key()) + hint);
  }
}

std::optional<std::string> read_string(const Value& value) {
  if (value.is_string()) return std::string(value.text());
  unexpected(value, "a string");
  return std::nullopt;
}

std::optional<std::string> read_filled_string(const Value& value) {
  if (value.is_string() && !is_blank(value.text())) return std::string(value.text());
  unexpected(value, "a string that is not blank");
  return std::nullopt;
}

std::optional<bool> read_boolean(const Value& value) {
  if (value.kind() == Kind::boolean) return value.boolean();
  unexpected(value, "true or false");
  return std::nullopt;
}

std::optional<base::Duration> read_duration(const Value& value) {
  if (value.is_string())
    if (const auto duration = base::parse_duration(value.text())) return duration;
  unexpected(value, "a duration such as \"100ms\" or \"1.5s\" (units us, ms, s, m, h; at most 365 days)");
  return std::nullopt;
}

std::optional<base::Duration> read_positive_duration(const Value& value) {
  const auto duration = read_duration(value);
  if (!duration || *duration > base::Duration::zero()) return duration;
  unexpected(value, "a duration above zero");
  return std::nullopt;
}

std::optional<base::Instant> read_instant(const Value& value) {
  if (value.is_string())
    if (const auto instant = base::parse_instant(value.text())) return instant;
  unexpected(value, "an instant in UTC such as \"2026-01-01T00:00:00Z\" (years 1970 to 2999)");
  return std::nullopt;
}

template <std::integral Number>
std::optional<Number> to_whole_number(const Value& value) {
  Number number = 0;
  const auto text = value.raw();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = value.is_number() && error == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

template std::optional<std::uint64_t> to_whole_number(const Value& value);
template std::optional<std::int64_t> to_whole_number(const Value& value);

std::optional<std::uint64_t> read_whole_number(const Value& value, std::uint64_t min, std::uint64_t max) {
  const auto number = to_whole_number<std::uint64_t>(value);
  if (number && *number >= min && *number <= max) return number;
  const bool is_float = value.is_number() && value.raw().find_first_of(".eE") != std::string_view::npos;
  const std::string form = is_float ? "a whole number, without point or exponent, from " : "a whole number from ";
  unexpected(value, form + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

void unexpected_word(const Value& value, std::span<const std::string_view> words, std::string_view or_else) {
  if (value.document().is_full_of_problems()) return value.problem({});
  auto expected = join_words(words);
  if (!or_else.empty()) expected.append(", or ").append(or_else);
  unexpected(value, expected + (value.is_string() ? did_you_mean(value.text(), words) : ""));
}

}  // namespace enrichment_mock::json_text
