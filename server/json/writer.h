// Writing JSON. Values are stored as text, so that numbers and bodies stay as they were sent and no tree is built.
//
//   Object event{{"at", time}, {"kind", kind}};
//   if (rule) event.add("rule", *rule);
//   response.body = event.text();
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace enrichment_mock::json_text {

class Json;

// A value that can be added to an object or array: null, a boolean, a number, a text or JSON. Does not own texts or
// JSON.
class Item {
 public:
  Item(std::nullptr_t) : text_("null") {}
  template <std::same_as<bool> Boolean>
  Item(Boolean value) : text_(value ? "true" : "false") {}
  template <std::signed_integral Number>
  Item(Number value) : kind_(Kind::integer), integer_(value) {}
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) Item(Number value) : kind_(Kind::natural), natural_(value) {}
  Item(double value) : kind_(Kind::real), real_(value) {}
  Item(std::string_view text) : kind_(Kind::text), text_(text) {}
  Item(const std::string& text) : kind_(Kind::text), text_(text) {}
  Item(const char* text) : kind_(Kind::text), text_(text) {}
  Item(const Json& json);
  // Null if it is empty.
  template <class Value>
  Item(const std::optional<Value>& value) : Item(value ? Item(*value) : Item(nullptr)) {}

  void append_to(std::string& out) const;

 private:
  enum class Kind : unsigned char { raw, text, integer, natural, real };
  Kind kind_ = Kind::raw;
  std::string_view text_;
  union {
    std::int64_t integer_ = 0;
    std::uint64_t natural_;
    double real_;
  };
};

// Null for an empty text.
inline Item null_if_empty(std::string_view text) { return text.empty() ? Item(nullptr) : Item(text); }

// One value.
class Json {
 public:
  Json() : text_("null") {}
  explicit Json(const Item& item) { item.append_to(text_); }

  // Text that is JSON already. It is not changed.
  static Json raw(std::string text);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }
  bool is_null() const { return text_ == "null"; }

 protected:
  std::string text_;
};

inline Item::Item(const Json& json) : text_(json.text()) {}

struct Member {
  std::string_view name;
  Item value;
};

// Members are written in the order in which they are added. The caller adds each name once.
class Object : public Json {
 public:
  Object() { text_ = "{}"; }
  Object(std::initializer_list<Member> members);

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  void add(std::string_view name, const Item& value);
  void add_all(const Object& other);
};

class Array : public Json {
 public:
  Array() { text_ = "[]"; }

  // An array of the results of `render` for each element of a list.
  template <class List, class Render>
  static Array of(const List& list, Render render) {
    Array array;
    for (const auto& each : list) array.add(render(each));
    return array;
  }
  template <class List>
  static Array of(const List& list) {
    return of(list, [](const auto& each) { return Item(each); });
  }

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  void add(const Item& value);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::size_t size_ = 0;
};

// Appends the text as a JSON string, in quotes. Bytes that are not UTF-8 are replaced by U+FFFD.
void append_quoted(std::string& out, std::string_view text);

// Applies a merge patch (RFC 7386); both texts are JSON. Members that the patch does not name keep their place and
// their text.
Json merge_patch(std::string_view target, std::string_view patch);

}  // namespace enrichment_mock::json_text
