// Converts the values of a document to typed values. A function that meets a wrong value adds a problem to the
// document, returns an empty result and goes on, so that all problems of a text are found at once.
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "base/words.h"
#include "json/reader.h"

namespace enrichment_mock::json_text {

// Adds the problem `found 3.5; expected a whole number` at the value.
void unexpected(const Value& value, std::string_view expected);

// The members of one object. Read each known key once, in any order. finish() then reports all other keys as unknown.
//
//   Fields fields(value);
//   fields.read("jitter", read_duration, lookup.jitter);
//   fields.finish();
class Fields {
 public:
  explicit Fields(Value object);  // adds a problem if it is not an object

  // The member with that key, if there is one.
  std::optional<Value> find(std::string_view key);

  // Converts the member with `reader`, if there is one, and stores the result. Returns whether there is one.
  template <class Reader, class Into>
  bool read(std::string_view key, Reader reader, Into& into) {
    const auto member = find(key);
    if (!member) return false;
    if (auto value = reader(*member)) into = *std::move(value);
    return true;
  }

  // Does the same, and adds a problem if the member is missing.
  template <class Reader, class Into>
  void require(std::string_view key, Reader reader, Into& into) {
    if (!read(key, reader, into)) missing(key);
  }

  void finish();

 private:
  void missing(std::string_view key) const;

  Value object_;
  std::vector<std::string_view> known_;
};

std::optional<std::string> read_string(const Value& value);
std::optional<std::string> read_filled_string(const Value& value);  // not empty, not only blanks
std::optional<bool> read_boolean(const Value& value);
std::optional<base::Duration> read_duration(const Value& value);
std::optional<base::Duration> read_positive_duration(const Value& value);
std::optional<base::Instant> read_instant(const Value& value);

// A whole number without point or exponent, if the type can hold it.
template <std::integral Number>
std::optional<Number> to_whole_number(const Value& value);

std::optional<std::uint64_t> read_whole_number(const Value& value, std::uint64_t min, std::uint64_t max);

// A reader of whole numbers from `min` to `max`.
template <class Number>
auto whole_number(Number min, Number max) {
  return [min, max](const Value& value) -> std::optional<Number> {
    const auto number = read_whole_number(value, static_cast<std::uint64_t>(min), static_cast<std::uint64_t>(max));
    return number ? std::optional(static_cast<Number>(*number)) : std::nullopt;
  };
}

// Adds the problem that the value is none of the words. `or_else` describes what else is allowed.
void unexpected_word(const Value& value, std::span<const std::string_view> words, std::string_view or_else = {});

// A reader of the words of a table; its result is the meaning of the word. The table must outlive it.
template <class Meaning, std::size_t kCount>
auto word_of(const base::Words<Meaning, kCount>& table, std::string_view or_else = {}) {
  return [&table, or_else](const Value& value) {
    const auto found = value.is_string() ? table.value(value.text()) : std::nullopt;
    if (!found) unexpected_word(value, table.words, or_else);
    return found;
  };
}

// The elements of an array, converted with `reader`. Empty if the value is not an array. Wrong elements are left out.
template <class Reader>
auto read_list(const Value& value, Reader reader) {
  using Element = typename decltype(reader(value))::value_type;
  std::optional<std::vector<Element>> list;
  if (!value.is_array()) {
    unexpected(value, "an array");
    return list;
  }
  list.emplace();
  for (const auto element : value.children()) {
    value.document().check_stop();
    if (auto read = reader(element)) list->push_back(*std::move(read));
  }
  return list;
}

}  // namespace enrichment_mock::json_text
