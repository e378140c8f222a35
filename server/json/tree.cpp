#include "json/tree.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "json/json.h"

namespace enrichment_mock::json_text {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kWordEnds = " \t\r\n{}[],:\"/";

std::size_t or_size(std::size_t found, std::string_view text) { return std::min(found, text.size()); }

// The end of the comment that begins at `from`; npos if it is never closed, `from` if there is none.
std::size_t skip_comment(std::string_view text, std::size_t from) {
  if (text.substr(from, 2) == "//") return or_size(text.find('\n', from), text);
  if (text.substr(from, 2) != "/*") return from;
  const auto close = text.find("*/", from + 2);
  return close == text.npos ? text.npos : close + 2;
}

// The end of the string whose quote stands at `from`; npos if its line ends first.
std::size_t skip_string(std::string_view text, std::size_t from) {
  for (auto i = from + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return text.npos;
}

TokenKind kind_of(char first) {
  switch (first) {
    case '{':
      return TokenKind::open_object;
    case '}':
      return TokenKind::close_object;
    case '[':
      return TokenKind::open_array;
    case ']':
      return TokenKind::close_array;
    case ',':
      return TokenKind::comma;
    case ':':
      return TokenKind::colon;
    case '"':
      return TokenKind::string;
    default:
      return TokenKind::word;
  }
}

}  // namespace

Token next_token(std::string_view text, std::size_t from) {
  for (;;) {
    from = or_size(text.find_first_not_of(kBlanks, from), text);
    const auto behind = skip_comment(text, from);
    if (behind == text.npos) return {TokenKind::unclosed, from, text.size()};
    if (behind == from) break;
    from = behind;
  }
  if (from == text.size()) return {TokenKind::end, from, from};
  const auto kind = kind_of(text[from]);
  if (kind == TokenKind::word) return {kind, from, or_size(text.find_first_of(kWordEnds, from + 1), text)};
  if (kind != TokenKind::string) return {kind, from, from + 1};
  const auto behind = skip_string(text, from);
  if (behind == text.npos) return {TokenKind::unclosed, from, or_size(text.find('\n', from), text)};
  return {kind, from, behind};
}

std::string compact(std::string_view text) {
  std::string out;
  for (auto token = next_token(text, 0); token.kind != TokenKind::end; token = next_token(text, token.end))
    out += text.substr(token.begin, token.end - token.begin);
  return out;
}

Position Positions::at(std::size_t offset) {
  for (; offset_ < std::min(offset, text_.size()); ++offset_) {
    const auto byte = static_cast<unsigned char>(text_[offset_]);
    if (byte == '\n') {
      here_ = {here_.line + 1, 1};
    } else if ((byte & 0xC0U) != 0x80) {
      ++here_.column;
    }
  }
  return here_;
}

namespace {

using Json = nlohmann::json;

// Builds the tree from nlohmann's events. These carry no positions, so each event takes the next token of the text:
// up to the event the text is known to be valid, and only separators bring no event.
class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(Document& document) : document_(document), positions_(document.text) {}

  std::optional<Node> take_root() { return std::move(root_); }

  bool null() override { return add(scalar(Node::Kind::null)); }
  bool boolean(bool value) override {
    auto node = scalar(Node::Kind::boolean);
    node.truth = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override { return add_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add_number(value); }
  bool string(string_t& value) override {
    auto node = scalar(Node::Kind::string);
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }  // not in JSON

  bool start_object(std::size_t) override { return open(Node::Kind::object); }
  bool start_array(std::size_t) override { return open(Node::Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    take_token();
    key_ = {std::move(value), positions_.at(last_.begin)};
    return true;
  }

  bool parse_error(std::size_t stopped, const std::string&, const Json::exception&) override {
    const SyntaxContext context{open_.empty() ? nullptr : &open_.back(), root_.has_value(), key_.has_value(), last_};
    explain_syntax(document_, context, stopped);
    return false;
  }

 private:
  void take_token() {
    do {
      last_ = next_token(document_.text, last_.end);
    } while (last_.kind == TokenKind::comma || last_.kind == TokenKind::colon);
  }

  Node scalar(Node::Kind kind) {
    take_token();
    Node node;
    node.kind = kind;
    node.at = positions_.at(last_.begin);
    node.begin = last_.begin;
    node.end = last_.end;
    if (key_) std::tie(node.key, node.key_at) = *std::exchange(key_, std::nullopt);
    return node;
  }

  bool add_number(double value) {
    auto node = scalar(Node::Kind::number);
    node.number = value;
    node.text = document_.text.substr(node.begin, node.end - node.begin);
    return add(std::move(node));
  }

  bool open(Node::Kind kind) {
    auto node = scalar(kind);
    if (open_.size() == kMostLevels) {
      document_.problem(
          node.at, "",
          "arrays and objects stand more than " + std::to_string(kMostLevels) + " levels deep in each other");
      return false;
    }
    open_.push_back(std::move(node));
    return true;
  }

  bool close() {
    take_token();
    auto node = std::move(open_.back());
    open_.pop_back();
    node.end = last_.end;
    if (node.kind == Node::Kind::object) drop_doubled(node);
    return add(std::move(node));
  }

  void drop_doubled(Node& object) {
    std::map<std::string, Position, std::less<>> first;
    std::erase_if(object.children, [&](const Node& member) {
      const auto [known, is_new] = first.try_emplace(member.key, member.key_at);
      if (is_new) return false;
      document_.problem(member.key_at, pointer_of(object),
                        "the key " + in_quotes(member.key) + " stands twice; the first is at line " +
                            std::to_string(known->second.line) + ", column " + std::to_string(known->second.column));
      return true;
    });
  }

  // Of a value that is about to be added to the innermost open one.
  std::string pointer_of(const Node& value) const {
    std::string pointer;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const auto& inner = i + 1 < open_.size() ? open_[i + 1] : value;
      const bool in_object = open_[i].kind == Node::Kind::object;
      pointer = pointer_to(pointer, in_object ? inner.key : std::to_string(open_[i].children.size()));
    }
    return pointer;
  }

  bool add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
    return true;
  }

  Document& document_;
  Positions positions_;
  Token last_;
  std::optional<std::pair<std::string, Position>> key_;  // whose value is still to come
  std::vector<Node> open_;                               // from the outermost to the innermost
  std::optional<Node> root_;
};

}  // namespace

void Document::problem(Position at, std::string pointer, std::string message) {
  problems.push_back({file, std::move(pointer), at.line, at.column, std::move(message)});
}

std::string to_string(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line != 0 && !out.empty())
    out += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
  if (problem.line != 0 && out.empty())
    out = "line " + std::to_string(problem.line) + ", column " + std::to_string(problem.column);
  for (const auto& part : {problem.pointer, problem.message})
    if (!part.empty()) out += (out.empty() ? "" : ": ") + part;
  return out;
}

std::optional<Node> parse_tree(Document& document) {
  TreeBuilder builder(document);
  if (!Json::sax_parse(document.text, &builder, Json::input_format_t::json, true, true)) return std::nullopt;
  return builder.take_root();
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  auto cut = kLongest;
  while ((static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80) --cut;
  return in_quotes(text.substr(0, cut)) + "...";
}

std::string pointer_to(const std::string& pointer, std::string_view name) {
  auto out = pointer + '/';
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

namespace {

bool is_object(const SyntaxContext& context) { return context.open->kind == Node::Kind::object; }

std::string_view text_of(const Document& document, const Token& token) {
  return document.text.substr(token.begin, token.end - token.begin);
}

std::string name_of(const SyntaxContext& context) {
  return std::string(is_object(context) ? "object" : "array") + " that begins at line " +
         std::to_string(context.open->at.line) + ", column " + std::to_string(context.open->at.column);
}

// A word that is no JSON value makes no sense anywhere, though the parser may have read a byte beyond it.
bool is_nonsense(const Document& document, const Token& token) {
  return token.kind == TokenKind::end || token.kind == TokenKind::unclosed ||
         (token.kind == TokenKind::word && !nlohmann::json::accept(text_of(document, token)));
}

// The first token that makes no sense, and the token before it.
std::pair<Token, Token> find_offender(const Document& document, const SyntaxContext& context, std::size_t stopped) {
  if (context.last.end >= stopped) return {context.last, context.last};
  auto before = context.last;
  for (;;) {
    const auto token = next_token(document.text, before.end);
    if (token.end >= stopped || is_nonsense(document, token)) return {before, token};
    before = token;
  }
}

// What may stand after `before`; empty if `found` is a comma too many.
std::string expected(const SyntaxContext& context, TokenKind before, TokenKind found) {
  if (!context.open) return context.has_root ? "the end of the file" : "an object: {";
  const bool closes = found == TokenKind::close_object || found == TokenKind::close_array;
  if (before == TokenKind::comma && closes) return "";
  if (context.has_key) return before == TokenKind::colon ? "a value" : "\":\" between a key and its value";
  if (is_object(context)) {
    if (before == TokenKind::open_object) return "a key in double quotes, or \"}\"";
    return before == TokenKind::comma ? "a key in double quotes" : "\",\" or \"}\"";
  }
  if (before == TokenKind::open_array) return "a value or \"]\"";
  return before == TokenKind::comma ? "a value" : "\",\" or \"]\"";
}

// Whether each escape is one that JSON knows; half of a surrogate pair is, by itself.
bool knows_escapes(std::string_view text) {
  for (auto at = text.find('\\'); at != text.npos; at = text.find('\\', at + 2)) {
    const auto escape = text.substr(at + 1, 5);
    if (escape.starts_with('u') ? escape.find_first_not_of("0123456789abcdefABCDEF", 1) != escape.npos
                                : escape.find_first_of("\"\\/bfnrt") != 0)
      return false;
  }
  return true;
}

// What is wrong with the token itself, wherever it stands; empty if nothing is.
std::string flaw(std::string_view token) {
  if (token.starts_with("/*")) return "a comment is never closed; expected \"*/\"";
  if (token.starts_with('/')) return "found a single \"/\"; a comment begins with \"//\" or \"/*\"";
  if (nlohmann::json::accept(token)) return "";
  if (token.starts_with('"')) {
    for (const char c : token)
      if (static_cast<unsigned char>(c) < 0x20)
        return "a string holds a tab or another control character; write it as an escape such as \\t";
    if (knows_escapes(token))
      return "a string holds half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF";
    return "a string holds an escape that JSON does not know; it knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX";
  }
  if (token.starts_with('\'')) return "found a single quote; strings stand in double quotes";
  const auto first = std::min(token.find_first_not_of("+-."), token.size() - 1);
  if (token[first] >= '0' && token[first] <= '9')
    return in_quotes(token) + " is not a number that JSON can say, or is too large";
  return "";
}

}  // namespace

void explain_syntax(Document& document, const SyntaxContext& context, std::size_t stopped) {
  const auto [before, found] = find_offender(document, context, stopped);
  const auto at = Positions(document.text).at(found.begin);
  const auto text = text_of(document, found);
  if (found.kind == TokenKind::end) {
    const auto open = context.open ? "the file ends, but the " + name_of(context) + " is not closed"
                                   : std::string("the file holds no scenario; expected an object: {");
    return document.problem(at, "", open);
  }
  if (found.kind == TokenKind::unclosed && text.starts_with('"'))
    return document.problem(at, "", "a string is not closed on its line; expected another \"");
  const bool scalar = found.kind == TokenKind::string || found.kind == TokenKind::word;
  if (scalar || found.kind == TokenKind::unclosed) {
    if (auto message = flaw(text); !message.empty()) return document.problem(at, "", std::move(message));
  }
  const auto wanted = expected(context, before.kind, found.kind);
  if (wanted.empty())
    return document.problem(Positions(document.text).at(before.begin), "",
                            "found a comma after the last entry; expected none before " + in_quotes(text));
  const auto shown = found.kind == TokenKind::string ? text.substr(1, text.size() - 2) : text;
  document.problem(at, "", "found " + in_quotes(shown) + "; expected " + wanted);
}

}  // namespace enrichment_mock::json_text
