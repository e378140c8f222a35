#include "scenario/reader_syntax.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace enrichment_mock::scenario {

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

}  // namespace enrichment_mock::scenario
