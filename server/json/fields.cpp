#include "json/fields.h"

#include <algorithm>
#include <charconv>

#include "base/suggest.h"

namespace enrichment_mock::json_text {

namespace {

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::boolean:
      return node.truth ? "true" : "false";
    case Node::Kind::number:
      return node.text.size() > 40 ? node.text.substr(0, 40) + "..." : node.text;
    case Node::Kind::string:
      return in_quotes(node.text);
    case Node::Kind::array:
      if (node.children.size() == 1) return "an array of 1 element";
      return node.children.empty() ? "an empty array"
                                   : "an array of " + std::to_string(node.children.size()) + " elements";
    case Node::Kind::object:
      return node.children.empty() ? "an empty object" : "an object";
  }
  return {};
}

std::string listed(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + in_quotes(words[i]);
  return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

Value Value::child(const Node& child_node, std::string_view name) const {
  return {child_node, pointer_to(pointer, name), document};
}

std::optional<Value> Value::member(std::string_view key) const {
  if (node.kind != Node::Kind::object) return std::nullopt;
  const auto found = std::ranges::find(node.children, key, &Node::key);
  return found == node.children.end() ? std::nullopt : std::optional(child(*found, key));
}

std::vector<Value> Value::children() const {
  std::vector<Value> out;
  for (const auto& node_within : node.children)
    out.push_back(child(node_within, node.kind == Node::Kind::array ? std::to_string(out.size()) : node_within.key));
  return out;
}

void Value::problem(std::string message) const { document.problem(node.at, pointer, std::move(message)); }

void Value::unexpected(std::string_view expected) const {
  problem("found " + describe(node) + "; expected " + std::string(expected));
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> right) {
  const auto near = base::nearest(word, right, base::likely_edits(word));
  return near ? "; did you mean " + in_quotes(*near) + "?" : "";
}

Fields::Fields(Value object) : object_(std::move(object)) {
  if (object_.node.kind != Node::Kind::object) object_.unexpected("an object");
}

std::optional<Value> Fields::find(std::string_view key) {
  known_.push_back(key);
  return object_.member(key);
}

void Fields::missing(std::string_view key) const {
  if (object_.node.kind == Node::Kind::object) object_.problem("the key " + in_quotes(key) + " is missing");
}

void Fields::finish() {
  if (object_.node.kind != Node::Kind::object) return;
  for (const auto& member : object_.node.children) {
    if (std::ranges::find(known_, member.key) != known_.end()) continue;
    auto hint = did_you_mean(member.key, known_);
    if (hint.empty()) hint = "; expected " + listed(known_);
    object_.document.problem(member.key_at, object_.pointer, "unknown key " + in_quotes(member.key) + hint);
  }
}

std::optional<std::string> read_string(const Value& value) {
  if (value.node.kind == Node::Kind::string) return value.node.text;
  value.unexpected("a string");
  return std::nullopt;
}

std::optional<std::string> read_filled_string(const Value& value) {
  if (value.node.kind == Node::Kind::string && !is_blank(value.node.text)) return value.node.text;
  value.unexpected("a string that is not blank");
  return std::nullopt;
}

std::optional<bool> read_boolean(const Value& value) {
  if (value.node.kind == Node::Kind::boolean) return value.node.truth;
  value.unexpected("true or false");
  return std::nullopt;
}

std::optional<base::Duration> read_duration(const Value& value) {
  if (value.node.kind == Node::Kind::string)
    if (const auto duration = base::parse_duration(value.node.text)) return duration;
  value.unexpected("a duration such as \"100ms\" or \"1.5s\" (units us, ms, s, m, h; at most 365 days)");
  return std::nullopt;
}

std::optional<base::Duration> read_positive_duration(const Value& value) {
  const auto duration = read_duration(value);
  if (!duration || *duration > base::Duration::zero()) return duration;
  value.unexpected("a duration above zero");
  return std::nullopt;
}

std::optional<std::uint64_t> read_whole_number(const Value& value, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto& text = value.node.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = value.node.kind == Node::Kind::number && error == std::errc() && end == text.data() + text.size();
  if (whole && number >= least && number <= most) return number;
  const bool is_float = value.node.kind == Node::Kind::number && text.find_first_of(".eE") != text.npos;
  const std::string form = is_float ? "a whole number, without point or exponent, from " : "a whole number from ";
  value.unexpected(form + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::size_t> read_word(const Value& value, std::span<const std::string_view> words,
                                     std::string_view or_else) {
  const bool is_string = value.node.kind == Node::Kind::string;
  const auto found = std::ranges::find(words, value.node.text);
  if (is_string && found != words.end()) return static_cast<std::size_t>(found - words.begin());
  auto expected = listed(words);
  if (!or_else.empty()) expected.append(", or ").append(or_else);
  value.unexpected(expected + (is_string ? did_you_mean(value.node.text, words) : ""));
  return std::nullopt;
}

}  // namespace enrichment_mock::json_text
