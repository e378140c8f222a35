// A JSON document as a tree in which every value knows where it stands, so that a problem found later can say so.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/loader.h"
#include "scenario/reader_tokens.h"

namespace enrichment_mock::scenario {

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

}  // namespace enrichment_mock::scenario
