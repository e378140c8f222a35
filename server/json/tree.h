// The tokens of a JSON text with comments, and the places at which they stand. Knows no grammar: nlohmann::json decides
// what is valid, this tells where it is.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::json_text {

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

// A JSON document as a tree in which every value knows where it stands, so that a problem found later can say so.

struct Node {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  Position at;
  std::size_t begin = 0, end = 0;  // in the document's text
  bool truth = false;              // of a boolean
  double number = 0;               // of a number, as near as a double gets
  std::string text;                // of a string; of a number, as written
  std::string key;                 // within an object
  Position key_at;
  std::vector<Node> children;  // of an array or object, in the order of the text; no key stands twice
};

// One thing that is wrong with a file. A syntax error has a line and column (from 1); everything else has a JSON
// pointer (RFC 6901; "" is the whole document) and, where the loader can tell, the line and column as well.
struct Problem {
  std::string file;
  std::string pointer;
  std::size_t line = 0, column = 0;  // 0: unknown
  std::string message;               // what is wrong and what was expected, with the nearest right key
};

// "scenarios/x.json:12:5: /rules/0/match: unknown key "usename"; did you mean "username"?"
std::string to_string(const Problem& problem);

// A file's text and what is wrong with it so far.
struct Document {
  std::string file;
  std::string_view text;  // outlives the document
  std::vector<Problem> problems;

  void problem(Position at, std::string pointer, std::string message);
};

// Arrays and objects may stand in each other so deep. No scenario needs a tenth of it; it keeps recursion over the tree
// within bounds.
constexpr std::size_t kMostLevels = 64;

// Parses JSON with comments. Empty, with one problem noted, when the text is none. A key that stands twice in an object
// is noted, too; the first stays.
std::optional<Node> parse_tree(Document& document);

// Text in double quotes, escaped as in JSON, cut short when it is long.
std::string in_quotes(std::string_view text);

// A JSON pointer (RFC 6901) to the member or element `name` of what `pointer` points at.
std::string pointer_to(const std::string& pointer, std::string_view name);

// Plain words for what keeps a text from being JSON.

// How far the parser had come: what it was in, and the last token that it made sense of.
struct SyntaxContext {
  const Node* open = nullptr;  // innermost array or object not yet closed; null: none
  bool has_root = false;       // the document's value is complete
  bool has_key = false;        // `last` is a key, its value is still to come
  Token last;
};

// Notes the problem of the first token that makes no sense. It ends at or after the offset `stopped`.
void explain_syntax(Document& document, const SyntaxContext& context, std::size_t stopped);

}  // namespace enrichment_mock::json_text
