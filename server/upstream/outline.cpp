#include "upstream/outline.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "json/fields.h"
#include "json/reader.h"
#include "json/writer.h"

namespace enrichment_mock::upstream {
namespace {

using json_text::Document;
using json_text::Kind;
using json_text::Syntax;
using json_text::Value;

// A scenario has the body a few levels down.
constexpr std::size_t kMaxScriptedDepth = json_text::kMaxDepth - 4;

std::string content_type_of(const HttpResponse& response) {
  const auto* given = response.header("Content-Type");
  if (!given) return "";
  auto essence = base::lower(std::string_view(*given).substr(0, given->find(';')));
  while (essence.ends_with(' ') || essence.ends_with('\t')) essence.pop_back();
  return essence;
}

// The encoding of a compressed body; empty: it is not compressed.
std::string encoding_of(const HttpResponse& response) {
  const auto* given = response.header("Content-Encoding");
  return given && !base::same_text(*given, "identity") ? base::printable(*given) : "";
}

bool is_id(std::string_view text) {
  return text.size() == 24 && std::ranges::all_of(text, [](char c) { return base::hex_value(c) >= 0; });
}

std::string quoted(std::string_view text) {
  std::string out;
  json_text::append_quoted(out, text);
  return base::printable(out);
}

class Outliner {
 public:
  Outliner(std::span<const std::string_view> sent, bool words) : sent_(sent), words_(words) {}

  std::string text_of(const Value& value) const {
    switch (value.kind()) {
      case Kind::object:
        return object_text(value);
      case Kind::array:
        return array_text(value);
      case Kind::string:
        return string_text(value);
      case Kind::number:
        if (shows(value, false)) return std::string(value.raw());
        return json_text::to_whole_number<std::int64_t>(value) ? "whole number" : "number";
      case Kind::boolean:
        return shows(value, false) ? std::string(value.raw()) : "true or false";
      case Kind::null:
        break;
    }
    return "null";
  }

 private:
  bool shows(const Value& value, bool is_text) const {
    constexpr std::string_view kShown[] = {"status", "enrichment_type", "type", "statusCode", "error"};
    const auto name = value.key();
    return std::ranges::find(kShown, name) != std::end(kShown) || (is_text && words_ && name == "message");
  }

  std::string string_text(const Value& value) const {
    const auto text = value.text();
    if (shows(value, true)) return quoted(text);
    if (std::ranges::find(sent_, text) != sent_.end()) return "as sent";
    return is_id(text) ? "24 hex digits" : "text";
  }

  std::string object_text(const Value& value) const {
    std::vector<std::pair<std::string, std::string>> members;
    for (const auto member : value.children()) members.emplace_back(quoted(member.key()), text_of(member));
    std::ranges::sort(members);
    std::string text;
    for (const auto& [name, kind] : members) text += (text.empty() ? "" : ", ") + name + ": " + kind;
    return "{" + text + "}";
  }

  // Elements that look like the one before them are not repeated.
  std::string array_text(const Value& value) const {
    std::string text, last;
    for (const auto element : value.children()) {
      auto next = text_of(element);
      if (next == last) continue;
      text += (text.empty() ? "" : ", ") + next;
      last = std::move(next);
    }
    return "[" + text + "]";
  }

  const std::span<const std::string_view> sent_;
  const bool words_;
};

// Adds the content of each string, outside of keys.
void collect_texts(const Value& value, std::string& texts) {
  if (value.is_string()) (texts += value.text()) += '\n';
  for (const auto child : value.children()) collect_texts(child, texts);
}

std::optional<std::int64_t> number_of(const Value& value) {
  if (const auto number = json_text::to_whole_number<std::int64_t>(value)) return number;
  if (!value.is_string()) return std::nullopt;
  const auto text = value.text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

void collect_numbers(const Value& value, std::vector<std::int64_t>& numbers) {
  if (const auto number = number_of(value)) numbers.push_back(*number);
  for (const auto child : value.children()) collect_numbers(child, numbers);
}

// Calls `use` with the root of the body if it is JSON.
template <class Use>
auto with_root(const HttpResponse& response, Use use, std::size_t max_depth = json_text::kMaxDepth) {
  Document document(response.body);
  const bool is_json = !response.is_cut && encoding_of(response).empty() && document.read(Syntax::strict, max_depth);
  return use(is_json ? &document : nullptr);
}

}  // namespace

std::string outline(const HttpResponse& response, std::span<const std::string_view> sent, bool words) {
  const auto type = base::printable(content_type_of(response)), encoding = encoding_of(response);
  if (!encoding.empty()) return "a body compressed with " + encoding;
  if (response.is_cut) return "a body that is too large or incomplete";
  if (response.body.empty()) return "no body";
  return with_root(response, [&](Document* document) -> std::string {
    if (!document) return (type.empty() ? "text" : type) + ", which is not JSON";
    const auto text = Outliner(sent, words).text_of(document->root());
    if (type == "application/json") return text;
    return text + " as " + (type.empty() ? "no Content-Type" : type);
  });
}

std::string status_text(const HttpResponse& response) {
  const auto status = std::to_string(response.status);
  const auto* location = response.header("Location");
  return location && response.status / 100 == 3 ? status + " to " + base::printable(*location) : status;
}

std::string names_in(const HttpResponse& response, std::span<const std::string_view> names) {
  const auto texts = with_root(response, [&](Document* document) {
    std::string found;
    if (document)
      collect_texts(document->root(), found);
    else
      found = response.body;
    return found;
  });
  std::vector<std::pair<std::size_t, std::string_view>> found;
  for (const auto name : names)
    if (const auto at = texts.find(name); at != texts.npos) found.emplace_back(at, name);
  std::ranges::sort(found);
  std::string text;
  for (const auto& [at, name] : found) (text += text.empty() ? "" : ", ") += name;
  return text.empty() ? "no field" : text;
}

std::string allow_text(const HttpResponse& response) {
  const auto* given = response.header("Allow");
  if (!given) return "no Allow";
  std::vector<std::string> methods{""};
  for (const char c : *given) {
    if (c == ',')
      methods.emplace_back();
    else if (c != ' ' && c != '\t')
      methods.back() += c;
  }
  std::ranges::sort(methods);
  std::string text;
  for (const auto& method : methods)
    if (!method.empty()) text += (text.empty() ? "" : ", ") + base::printable(method);
  return "Allow: " + text;
}

std::optional<std::string> text_member(const HttpResponse& response, std::string_view name) {
  return with_root(response, [&](Document* document) -> std::optional<std::string> {
    const auto member = document ? document->root().member(name) : std::nullopt;
    return member && member->is_string() ? std::optional(std::string(member->text())) : std::nullopt;
  });
}

std::string_view presence_of_member(const HttpResponse& response, std::string_view name) {
  return with_root(response, [&](Document* document) -> std::string_view {
    const auto member = document ? document->root().member(name) : std::nullopt;
    if (!member) return "left out";
    return member->kind() == Kind::null ? "null" : member->is_string() ? "a text" : "another value";
  });
}

std::optional<std::int64_t> balance_in(const HttpResponse& response) {
  return with_root(response, [&](Document* document) -> std::optional<std::int64_t> {
    if (!document) return std::nullopt;
    if (const auto member = document->root().member("balance")) return number_of(*member);
    std::vector<std::int64_t> numbers;
    collect_numbers(document->root(), numbers);
    return numbers.size() == 1 ? std::optional(numbers.front()) : std::nullopt;
  });
}

std::optional<std::string> scripted_body(const HttpResponse& response) {
  if (response.is_cut || !encoding_of(response).empty() || response.body.size() > base::kMaxKeptBody)
    return std::nullopt;
  return with_root(
      response,
      [&](Document* document) -> std::optional<std::string> {
        const auto type = content_type_of(response);
        if (document && type == "application/json") {
          if (!document->root().is_object() || !document->duplicates().empty()) return std::nullopt;
          return compact(document->root());
        }
        // A text that is sent as text/plain and looks like JSON would be compared as JSON.
        if (document || base::find_invalid_utf8(response.body) || type != "text/plain") return std::nullopt;
        return json_text::Json(response.body).take();
      },
      kMaxScriptedDepth);
}

}  // namespace enrichment_mock::upstream
