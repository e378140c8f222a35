// Reading a document's values into typed ones. Every function notes what is wrong in the document and goes on, so that
// all problems of a text come out in one go; what it returns then is empty.
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

// Notes `found 3.5; expected a whole number` at the value.
void unexpected(const Value& value, std::string_view expected);

// The members of one object. Each key is asked for once, in any order; finish() then refuses the keys never asked for.
//
//   Fields fields(value);
//   fields.read("jitter", read_duration, lookup.jitter);
//   fields.finish();
class Fields {
 public:
  explicit Fields(Value object);  // notes it when that is no object

  // The member, if the object has it.
  std::optional<Value> find(std::string_view key);

  // Gives the member, if there is one, to `reader` and stores what that returns. Returns whether there is one.
  template <class Reader, class Into>
  bool read(std::string_view key, Reader reader, Into& into) {
    const auto member = find(key);
    if (!member) return false;
    if (auto value = reader(*member)) into = *std::move(value);
    return true;
  }

  // The same, and it is a problem if there is none.
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
std::optional<std::string> read_filled_string(const Value& value);  // more than blanks
std::optional<bool> read_boolean(const Value& value);
std::optional<base::Duration> read_duration(const Value& value);
std::optional<base::Duration> read_positive_duration(const Value& value);
std::optional<base::Instant> read_instant(const Value& value);

// A whole number as it is written, if the type can hold it.
template <std::integral Number>
std::optional<Number> to_whole_number(const Value& value);

std::optional<std::uint64_t> read_whole_number(const Value& value, std::uint64_t least, std::uint64_t most);

// A reader of whole numbers within bounds, which the type can hold.
template <class Number>
auto whole_number(Number least, Number most) {
  return [least, most](const Value& value) -> std::optional<Number> {
    const auto number = read_whole_number(value, static_cast<std::uint64_t>(least), static_cast<std::uint64_t>(most));
    return number ? std::optional(static_cast<Number>(*number)) : std::nullopt;
  };
}

// Notes that the value is none of the words. `or_else` names what else could stand there.
void unexpected_word(const Value& value, std::span<const std::string_view> words, std::string_view or_else = {});

// A reader of a table's words, each as what it stands for; a table outlives it.
template <class Meaning, std::size_t kCount>
auto word_of(const base::Words<Meaning, kCount>& table, std::string_view or_else = {}) {
  return [&table, or_else](const Value& value) {
    const auto found = value.is_string() ? table.value(value.text()) : std::nullopt;
    if (!found) unexpected_word(value, table.words, or_else);
    return found;
  };
}

// The elements of an array, each by `reader`; empty if the value is no array. Elements that are wrong are left out.
template <class Reader>
auto read_list(const Value& value, Reader reader) {
  using Element = typename decltype(reader(value))::value_type;
  std::optional<std::vector<Element>> list;
  if (!value.is_array()) {
    unexpected(value, "an array");
    return list;
  }
  list.emplace();
  for (const auto element : value.children())
    if (auto read = reader(element)) list->push_back(*std::move(read));
  return list;
}

}  // namespace enrichment_mock::json_text
