// "lookup": how a lookup goes.
#include <algorithm>
#include <array>

#include "json/tree.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

constexpr int kMostPolls = 1'000'000;
constexpr unsigned kGreatestWeight = 1'000'000;
constexpr std::array<std::string_view, 4> kPlaceholders = {"username", "first", "last", "type"};

std::optional<Lasting> read_polls(const Value& value) {
  Fields fields(value);
  std::optional<int> count;
  fields.require("polls", whole_number(1, kMostPolls), count);
  fields.finish();
  return count ? std::optional<Lasting>(Polls{*count}) : std::nullopt;
}

std::optional<Lasting> read_lasting(const Value& value) {
  if (value.node.kind == Node::Kind::object) return read_polls(value);
  if (value.node.kind == Node::Kind::string) {
    if (value.node.text == "forever") return Forever{};
    if (const auto duration = base::parse_duration(value.node.text)) return *duration;
  }
  constexpr std::array<std::string_view, 1> words = {"forever"};
  value.unexpected("a duration such as \"100ms\" or \"1.5s\" (at most 365 days), {\"polls\": 2} or \"forever\"" +
                   did_you_mean(value.node.text, words));
  return std::nullopt;
}

std::optional<OutcomeChoice> read_weights(const Value& value) {
  const auto weight = whole_number(0U, kGreatestWeight);
  const auto problems = value.document.problems.size();
  Fields fields(value);
  OutcomeWeights weights;
  fields.read("completed", weight, weights.completed);
  fields.read("not-found", weight, weights.not_found);
  fields.read("failed", weight, weights.failed);
  fields.finish();
  if (weights.completed + weights.not_found + weights.failed > 0) return weights;
  // A weight that was refused above is not reported a second time.
  if (problems == value.document.problems.size()) value.unexpected("at least one weight above 0");
  return std::nullopt;
}

std::optional<OutcomeChoice> read_outcome(const Value& value) {
  if (value.node.kind == Node::Kind::object) return read_weights(value);
  constexpr std::array<std::string_view, 3> words = {"completed", "not-found", "failed"};
  const auto word = read_word(value, words, "weights such as {\"completed\": 70, \"not-found\": 30}");
  return word ? std::optional<OutcomeChoice>(static_cast<Outcome>(*word)) : std::nullopt;
}

// Why the text is no template of an address; empty if it is one.
std::string email_flaw(std::string_view text) {
  const auto at = text.find('@');
  if (at == text.npos || at == 0 || at + 1 == text.size() || text.find('@', at + 1) != text.npos)
    return "expected an address with one \"@\" and text on both sides of it";
  while (!text.empty()) {
    const auto brace = text.find_first_of("{}");
    if (brace == text.npos) return "";
    const auto close = text.find('}', brace);
    const auto name = text.substr(brace + 1, close == text.npos ? close : close - brace - 1);
    if (text[brace] == '}' || close == text.npos || std::ranges::find(kPlaceholders, name) == kPlaceholders.end())
      return "expected no braces but those of {username}, {first}, {last} and {type}" +
             did_you_mean(name, kPlaceholders);
    text.remove_prefix(close + 1);
  }
  return "";
}

std::optional<std::string> read_email(const Value& value) {
  const auto text = read_string(value);
  if (!text) return std::nullopt;
  const auto flaw = email_flaw(*text);
  if (flaw.empty()) return text;
  value.problem("found " + in_quotes(*text) + "; " + flaw);
  return std::nullopt;
}

// Into a Lookup or into LookupChanges, which have the same members.
template <class Into>
void read_fields(const Value& value, Into& into) {
  Fields fields(value);
  fields.read("pending", read_lasting, into.pending);
  fields.read("processing", read_lasting, into.processing);
  fields.read("jitter", read_duration, into.jitter);
  fields.read("outcome", read_outcome, into.outcome);
  fields.read("email", read_email, into.email);
  fields.finish();
}

}  // namespace

std::optional<Outcome> read_outcome_name(const Value& value) {
  constexpr std::array<std::string_view, 3> words = {"completed", "not-found", "failed"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<Outcome>(*word)) : std::nullopt;
}

void read_lookup(const Value& value, Lookup& into) { read_fields(value, into); }
void read_lookup(const Value& value, LookupChanges& into) { read_fields(value, into); }

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
    return json_text::compact(value.document.text.substr(value.node.begin, value.node.end - value.node.begin));
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
