// The words for an enum's values in JSON, URLs and messages. One table serves both directions:
//
//   inline constexpr auto kOrderWords = base::words<Order>({{Order::due, "due"}, {Order::reversed, "reversed"}});
//
// json/fields.h reads values with such a table.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace enrichment_mock::base {

template <class Value>
struct WordRow {
  Value value;
  std::string_view word;
};

template <class Value, std::size_t kCount>
struct Words {
  std::array<Value, kCount> values{};
  std::array<std::string_view, kCount> words{};  // in the order of the table; messages list them so

  // Empty if the table has no word for the value.
  constexpr std::string_view text(Value value) const {
    for (std::size_t i = 0; i < kCount; ++i)
      if (values[i] == value) return words[i];
    return {};
  }

  constexpr std::optional<Value> value(std::string_view word) const {
    for (std::size_t i = 0; i < kCount; ++i)
      if (words[i] == word) return values[i];
    return std::nullopt;
  }
};

template <class Value, std::size_t kCount>
constexpr Words<Value, kCount> words(const WordRow<Value> (&rows)[kCount]) {
  Words<Value, kCount> made;
  for (std::size_t i = 0; i < kCount; ++i) {
    made.values[i] = rows[i].value;
    made.words[i] = rows[i].word;
  }
  return made;
}

}  // namespace enrichment_mock::base
