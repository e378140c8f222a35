// Reads the JSON that people and clients write: scenario files, bodies of control calls and bodies of the emulated API.
// Strict, as RFC 8259 has it: UTF-8 without NUL; comments where they are allowed. It takes the same texts as
// nlohmann::json, except nesting deeper than kMaxDepth, and numbers past the range of a double, which it takes: it
// keeps a number as it is written.
//
// A text is read once, from beginning to end. The values are views of the text and know their offsets. Lines and
// columns are counted only when a problem is reported.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/problems.h"

namespace enrichment_mock::json_text {

// How deep arrays and objects may be nested. No scenario needs a tenth of it. It limits recursion over values.
constexpr std::size_t kMaxDepth = 64;

// The limit for JSON that the mock wrote: it contains such texts a few levels down.
constexpr std::size_t kMaxWrittenDepth = 80;

// How many values a text may have, because each takes more memory than its text. The largest snapshot has fewer.
constexpr std::size_t kMaxValues = 30'000'000;

enum class Syntax : unsigned char { strict, with_comments };

enum class Kind : unsigned char { null, boolean, number, string, array, object };

// Line and column as editors show them: from 1, in characters.
struct Position {
  std::size_t line = 0, column = 0;
};

// Where the reader stopped, and what it expected there.
struct SyntaxError {
  enum class Expected : unsigned char {
    document,        // the value of the document
    first_element,   // or the end of the array
    next_element,    // after a comma
    first_key,       // or the end of the object
    next_key,        // after a comma
    colon,           // between a key and its value
    member_value,    // after the colon
    comma_or_close,  // after an element or member
    end_of_text,     // after the document's value
    less_depth,      // the value is nested too deeply
    fewer_values,    // the text has too many
  };
  Expected expected = Expected::document;
  std::size_t at = 0;        // offset of the unexpected token; the size of the text: it ends too early
  std::size_t comma_at = 0;  // offset of the last comma
};

class Document;
class Values;

// A value of a document. The document must outlive it. As cheap to copy as a pointer.
class Value {
 public:
  Value(Document& document, std::uint32_t node) : document_(&document), node_(node) {}

  Kind kind() const;
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_number() const { return kind() == Kind::number; }

  std::string_view raw() const;          // its source text, with blanks and comments
  std::string_view text() const;         // the content of a string, unescaped; empty for other kinds
  bool boolean() const;                  // of a boolean
  std::optional<double> number() const;  // the nearest double; empty if out of range or not a number

  std::size_t size() const;  // the number of elements or members; else 0
  bool empty() const { return size() == 0; }
  Values children() const;                                  // elements or members, in the order of the text
  std::optional<Value> member(std::string_view key) const;  // empty, too, if this is not an object

  std::string_view key() const;      // of a member of an object
  std::string_view raw_key() const;  // the same with its quotes and escapes
  std::string pointer() const;       // RFC 6901
  Document& document() const { return *document_; }
  std::size_t begin() const;      // offset in the text
  std::size_t key_begin() const;  // offset of its key

  void problem(std::string message) const;      // adds a problem at the value
  void key_problem(std::string message) const;  // adds one at its key, with the pointer of its object

 private:
  Document* document_;
  std::uint32_t node_;
};

// A text, its values and the problems found so far.
class Document {
 public:
  // The text must be smaller than 4 GiB and outlive the document. Problems name `file`. Soon after `stop` is true,
  // read() throws base::Stopped; check_stop() does at once.
  explicit Document(std::string_view text, std::string file = {}, const std::atomic<bool>* stop = nullptr)
      : text_(text), file_(std::move(file)), stop_(stop) {}
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // Call it once. False if the text is not JSON, is nested too deeply or has too many values: see error(). Duplicate
  // keys are accepted: the first member of that key is kept, the others are in duplicates().
  bool read(Syntax syntax, std::size_t max_depth = kMaxDepth, std::size_t max_values = kMaxValues);

  // For work on its values that takes long.
  void check_stop() const;
  const std::atomic<bool>* stop() const { return stop_; }

  std::string_view text() const { return text_; }
  const std::string& file() const { return file_; }
  const std::optional<SyntaxError>& error() const { return error_; }

  // Whether the document's value, or its beginning, was read.
  bool has_root() const { return !nodes_.empty(); }
  Value root() { return {*this, 0}; }

  // A member of an object, and the first member that has the same key.
  struct Duplicate {
    std::uint32_t member, first;
  };
  const std::vector<Duplicate>& duplicates() const { return duplicates_; }  // in objects that are closed

  // The first key of the text that repeats a key of its object, even if that object is not closed.
  std::optional<std::string_view> first_duplicate_key() const;

  // The innermost array or object that is not closed.
  std::optional<Value> open() { return open_ == kNone ? std::nullopt : std::optional(Value(*this, open_)); }

  // The comments, if they were allowed: offset of the first character, and offset after the last.
  struct Span {
    std::size_t begin, end;
  };
  const std::vector<Span>& comments() const { return comments_; }

  Position position(std::size_t offset);

  // The text for parsers that store numbers as doubles: each number out of range is replaced by 1e0, in the same number
  // of characters.
  std::string text_with_doubles() const;

  // At most ten times kMaxProblems, so that a text with a problem in every byte costs little. Further ones are only
  // counted.
  std::vector<Problem>& problems() { return problems_; }
  std::size_t omitted_problems() const { return omitted_problems_; }
  bool is_full_of_problems() const { return problems_.size() >= 10 * kMaxProblems; }
  void problem(std::size_t offset, std::string pointer, std::string message);

 private:
  friend class Value;
  friend class Values;
  class Reader;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // A value. The nodes of its elements or members follow it. Offsets are offsets in the text.
  struct Node {
    std::uint32_t begin = 0, end = 0;
    std::uint32_t key_begin = 0, key_end = 0;  // with its quotes; of an element: its index, and 0
    std::uint32_t parent = kNone;
    std::uint32_t next = 0;          // the node after its last descendant
    std::uint32_t size = 0;          // elements or members
    std::uint32_t text = kNone;      // of a string with escapes: its index in unescaped_
    std::uint32_t key_text = kNone;  // the same of its key
    Kind kind = Kind::null;
    bool is_duplicate = false;  // an earlier member of the object has the same key
  };

  std::string_view key_of(const Node& node) const;
  std::string pointer_of(std::uint32_t node) const;

  std::string_view text_;
  std::string file_;
  const std::atomic<bool>* stop_ = nullptr;
  std::vector<Node> nodes_;
  std::vector<std::string> unescaped_;
  std::vector<Duplicate> duplicates_;
  std::vector<Span> comments_;
  std::optional<SyntaxError> error_;
  std::uint32_t open_ = kNone;
  std::vector<Position> milestones_;  // positions at regular distances; empty until the first is needed
  std::vector<Problem> problems_;
  std::size_t omitted_problems_ = 0;
};

// The elements or members of a value.
class Values {
 public:
  class Iterator {
   public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(Document& document, std::uint32_t node) : document_(&document), node_(node) {}
    Value operator*() const { return {*document_, node_}; }
    Iterator& operator++();
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    Document* document_ = nullptr;
    std::uint32_t node_ = 0;
  };

  Values(Document& document, std::uint32_t parent) : document_(&document), parent_(parent) {}
  Iterator begin() const;
  Iterator end() const;

 private:
  Document* document_;
  std::uint32_t parent_;
};

// A JSON pointer (RFC 6901) to the member or element `name` of what `pointer` points at.
std::string pointer_to(std::string pointer, std::string_view name);

// The value without blanks and comments; everything else is unchanged.
std::string compact(const Value& value);

// Whether two JSON numbers are equal: 1.10, 1.1 and 11e-1 are. All digits count. Numbers with exponents of more than 18
// digits are equal if their texts are.
bool is_same_number(std::string_view a, std::string_view b);

// The end of the comment that begins at `at`: npos if it is not closed, `at` if no comment begins there.
std::size_t comment_end(std::string_view text, std::size_t at);

// Whether a number, true, false or null ends before that character.
bool ends_word(char c);

}  // namespace enrichment_mock::json_text
