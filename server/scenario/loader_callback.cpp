// "callback": how the callbacks of an enrichment are delivered.
#include <array>

#include "scenario/loader_parts.h"
#include "scenario/reader_tokens.h"

namespace enrichment_mock::scenario {

namespace {

std::optional<std::vector<Duration>> read_backoff(const Value& value) {
  if (value.node.kind != Node::Kind::array || value.node.children.empty()) {
    value.unexpected("an array of durations such as [\"1s\", \"2s\"]");
    return std::nullopt;
  }
  return read_list(value, read_duration);
}

std::optional<Order> read_order(const Value& value) {
  constexpr std::array<std::string_view, 2> words = {"due", "reversed"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<Order>(*word)) : std::nullopt;
}

std::optional<std::string> read_merge_patch(const Value& value) {
  if (value.node.kind == Node::Kind::object)
    return compact(value.document.text.substr(value.node.begin, value.node.end - value.node.begin));
  value.unexpected("an object that is merged into the body");
  return std::nullopt;
}

// What becomes of the body is said in one way; a step that says it anew means the file's no longer.
void read_body(const Value& value, Fields& fields, Callback& into) {
  const bool patched = fields.read("merge_patch", read_merge_patch, into.merge_patch);
  const bool raw = fields.read("raw_body", read_string, into.raw_body);
  if (patched && raw)
    value.member("raw_body")->problem("a body is either patched or replaced; expected no \"merge_patch\" beside it");
  if (patched && !raw) into.raw_body.reset();
  if (raw && !patched) into.merge_patch.clear();
}

}  // namespace

void read_callback(const Value& value, Callback& into) {
  Fields fields(value);
  fields.read("max_attempts", whole_number(1, 100), into.max_attempts);
  fields.read("backoff", read_backoff, into.backoff);
  fields.read("timeout", read_positive_duration, into.timeout);
  fields.read("on_failed", read_boolean, into.on_failed);
  fields.read("delay", read_duration, into.delay);
  fields.read("copies", whole_number(1, 100), into.copies);
  fields.read("drop", read_boolean, into.drop);
  fields.read("fail_first", whole_number(0, 100), into.fail_first);
  fields.read("headers", read_headers, into.headers);
  fields.read("before_response", read_boolean, into.before_response);
  fields.read("order", read_order, into.order);
  fields.read("burst", read_duration, into.burst);
  read_body(value, fields, into);
  fields.finish();
}

}  // namespace enrichment_mock::scenario
