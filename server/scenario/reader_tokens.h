// The tokens of a JSON text with comments, and the places at which they stand. Knows no grammar: nlohmann::json decides
// what is valid, this tells where it is.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace enrichment_mock::scenario {

// Line and column as editors count them: from 1, in characters.
struct Position {
  std::size_t line = 0, column = 0;
};

enum class TokenKind { end, open_object, close_object, open_array, close_array, comma, colon, string, word, unclosed };

// The text from `begin` up to `end`. `word` is a number, a literal or anything else that stands together; `unclosed` is
// a string or comment that is never closed.
struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0, end = 0;
};

// The first token at or after `from`, past blanks and comments. Always ends behind `from`, but for TokenKind::end.
Token next_token(std::string_view text, std::size_t from);

// The text without blanks and comments, all else as written: the compact form of a valid JSON value.
std::string compact(std::string_view text);

// Finds positions of offsets that never go backwards, in one pass over the text (which must outlive it).
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {}
  Position at(std::size_t offset);

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  Position here_{1, 1};
};

}  // namespace enrichment_mock::scenario
