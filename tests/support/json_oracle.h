// Compares the reader of JSON with nlohmann::json: both accept the same texts, with the same values, except numbers
// past the range of a double, which nlohmann::json refuses.
#pragma once
#include <string>
#include <string_view>

#include "base/text.h"
#include "json/reader.h"
#include "support/json.h"

namespace enrichment_mock::support {

// How the two differ about a text; empty: they agree.
inline std::string disagreement(std::string_view text, json_text::Syntax syntax) {
  const bool with_comments = syntax == json_text::Syntax::with_comments;
  json_text::Document document(text);
  const bool is_json = document.read(syntax);
  // Cases in which nlohmann::json has no limit, ends the text at a NUL, or does not check the bytes of comments.
  if (document.error() && document.error()->expected == json_text::SyntaxError::Expected::less_depth) return "";
  if (text.find('\0') != text.npos || (with_comments && base::find_invalid_utf8(text)))
    return is_json ? "the reader takes bytes that are no text" : "";
  const auto in_doubles = document.text_with_doubles();
  const auto expected = nlohmann::json::parse(in_doubles, nullptr, false, with_comments);
  if (is_json == expected.is_discarded()) return is_json ? "only the reader takes it" : "the reader refuses it";
  if (!is_json || !document.duplicates().empty() || in_doubles != text) return "";
  const auto root = document.root();
  if (to_json(root) != expected) return "the values are others";
  if (nlohmann::json::parse(root.raw(), nullptr, false, with_comments) != expected)
    return "the value as written is another one";
  if (nlohmann::json::parse(json_text::compact(root), nullptr, false) != expected)
    return "the compact text is another value";
  return "";
}

}  // namespace enrichment_mock::support
