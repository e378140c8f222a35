// "rules": which calls are treated apart, and how.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/text.h"
#include "scenario/loader_parts.h"
#include "scenario/plan.h"

namespace enrichment_mock::scenario {

namespace {

std::optional<std::string> read_username_pattern(const Value& value) {
  const auto text = read_filled_string(value);
  return text ? std::optional(fold_username(*text)) : std::nullopt;
}

std::optional<Counter> read_counter(const Value& value) {
  constexpr std::array<std::string_view, 2> words = {"team", "profile"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<Counter>(*word)) : std::nullopt;
}

std::optional<AfterLast> read_after_last(const Value& value) {
  constexpr std::array<std::string_view, 3> words = {"repeat", "cycle", "next-rule"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<AfterLast>(*word)) : std::nullopt;
}

std::optional<Match> read_match(const Value& value) {
  Fields fields(value);
  Match match;
  fields.read("username", read_username_pattern, match.username);
  fields.read("type", read_email_type, match.type);
  fields.read("external_id", read_filled_string, match.external_id);
  fields.read("has_callback", read_boolean, match.has_callback);
  fields.read("team", read_filled_string, match.team);
  fields.finish();
  return match;
}

// A call for the credits is about nobody.
void check_credits_rule(const Value& rule) {
  if (const auto match = rule.member("match"))
    for (const std::string_view key : {"username", "type", "external_id", "has_callback"})
      if (const auto own = match->member(key))
        own->problem("a call for the credits has no " + in_quotes(key) + "; expected \"team\" alone");
  if (const auto count = rule.member("count"); count && count->node.text == "profile")
    count->problem("a call for the credits is about no profile; expected \"team\"");
}

// Reads the keys of a step, which stand in `steps` or in the rule itself.
class StepReader {
 public:
  StepReader(Event on, const std::shared_ptr<const Callback>& callback) : on_(on), callback_(callback) {}

  // Returns whether there are any.
  bool read(Fields& fields, Step& step) const {
    bool any = false;
    step.callback = callback_;
    if (const auto lookup = fields.find("lookup")) {
      check(*lookup, "lookup");
      read_lookup(*lookup, step.lookup);
      any = true;
    }
    if (const auto callback = fields.find("callback")) {
      check(*callback, "callback");
      auto settings = *callback_;
      read_callback(*callback, settings);
      step.callback = std::make_shared<const Callback>(std::move(settings));
      any = true;
    }
    return fields.read("response", read_response, step.response) || any;
  }

  std::optional<std::vector<Step>> read_all(const Value& value) const {
    if (value.node.kind != Node::Kind::array || value.node.children.empty()) {
      value.unexpected("an array of at least one step");
      return std::nullopt;
    }
    return read_list(value, [this](const Value& element) {
      Fields fields(element);
      Step step;
      read(fields, step);
      fields.finish();
      return std::optional(std::move(step));
    });
  }

 private:
  // Polls and calls for the credits come when lookups and their callbacks are settled already.
  void check(const Value& member, std::string_view key) const {
    if (on_ == Event::request) return;
    const std::string_view on = on_ == Event::poll ? "poll" : "credits";
    member.problem("a rule on " + in_quotes(on) + " has no " + in_quotes(key) + "; expected a \"response\" alone");
  }

  Event on_;
  const std::shared_ptr<const Callback>& callback_;
};

}  // namespace

std::optional<Event> read_event(const Value& value) {
  constexpr std::array<std::string_view, 3> words = {"request", "poll", "credits"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<Event>(*word)) : std::nullopt;
}

std::optional<Rule> read_rule(const Value& value, std::string default_name,
                              const std::shared_ptr<const Callback>& callback) {
  Fields fields(value);
  Rule rule{.name = std::move(default_name)};
  fields.read("name", read_filled_string, rule.name);
  fields.read("on", read_event, rule.on);
  fields.read("match", read_match, rule.match);
  fields.read("count", read_counter, rule.count);
  if (rule.on == Event::credits) check_credits_rule(value);
  const StepReader reader(rule.on, callback);
  Step in_place;
  const bool has_in_place = reader.read(fields, in_place);
  if (const auto steps = fields.find("steps")) {
    if (has_in_place)
      steps->problem(
          "a rule with \"steps\" has no step of its own; move \"lookup\", \"callback\" and \"response\" into a step");
    if (auto read = reader.read_all(*steps)) rule.steps = *std::move(read);
  } else {
    rule.steps.push_back(std::move(in_place));
  }
  fields.read("after_last", read_after_last, rule.after_last);
  fields.finish();
  return rule;
}

std::optional<std::vector<Rule>> read_rules(const Value& value, const std::shared_ptr<const Callback>& callback) {
  std::size_t index = 0;
  return read_list(
      value, [&](const Value& element) { return read_rule(element, "rules/" + std::to_string(index++), callback); });
}

namespace {

// Why the header may not be set; empty if it may.
std::string header_flaw(std::string_view name, std::string_view folded) {
  if (!base::is_token(name))
    return in_quotes(name) + " is not the name of a header; expected letters, digits and dashes";
  if (folded == "content-length" || folded == "transfer-encoding")
    return "the header " + in_quotes(name) + " follows from the body and cannot be set";
  if (folded == "x-mock-scenario")
    return "the header " + in_quotes(name) + " tells which scenario answered and cannot be set";
  return "";
}

std::optional<std::string> read_header_value(const Value& value) {
  if (value.node.kind == Node::Kind::string && is_header_value(value.node.text)) return value.node.text;
  value.unexpected("a string of printable ASCII without blanks at its ends");
  return std::nullopt;
}

Body read_any_body(const Value& value) {
  if (value.node.kind == Node::Kind::string) return {"text/plain; charset=utf-8", value.node.text};
  const auto written = value.document.text.substr(value.node.begin, value.node.end - value.node.begin);
  return {"application/json; charset=utf-8", json_text::compact(written)};
}

std::optional<Body> read_error_body(const Value& value) {
  if (value.node.kind == Node::Kind::object || value.node.kind == Node::Kind::string) return read_any_body(value);
  value.unexpected("the body to answer with: an object or a string");
  return std::nullopt;
}

std::optional<Fault> read_fault(const Value& value) {
  constexpr std::array<std::string_view, 6> words = {"connection-reset", "empty-response", "truncated-body",
                                                     "malformed-json",   "stalled-body",   "wrong-content-type"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<Fault>(*word + 1)) : std::nullopt;
}

bool spoils_body(Fault fault) {
  return fault != Fault::none && fault != Fault::connection_reset && fault != Fault::empty_response;
}

// Below 400 a scripted answer has the body that stands there, and no other.
void check_fault(const Value& value, const Reply& reply) {
  if (!spoils_body(reply.fault) || !reply.status || *reply.status >= 400) return;
  const auto fault = value.member("fault");
  const auto flaw =
      "an answer with status " + std::to_string(*reply.status) + " has no body that could be spoilt; expected ";
  if (has_no_body(*reply.status)) return fault->problem(flaw + "\"connection-reset\" or \"empty-response\"");
  if (!reply.body || reply.body->text.empty()) fault->problem(flaw + "a \"body\" that is not empty beside the fault");
}

// What is said of an answer has to fit together: without a status the API's own answer goes out.
void check_response(const Value& value, const Reply& reply) {
  const auto body = value.member("body");
  if (!value.member("status")) {
    for (const auto& own : {value.member("headers"), body})
      if (own) own->problem("needs a \"status\" beside it; only a scripted answer can have it");
    if (value.node.kind == Node::Kind::object && value.node.children.empty())
      value.unexpected("a \"status\" to answer with, a \"delay\" or a \"fault\"");
  }
  if (body && reply.status && has_no_body(*reply.status))
    body->problem("an answer with status " + std::to_string(*reply.status) + " has no body; expected none");
  check_fault(value, reply);
}

}  // namespace

bool is_header_value(std::string_view text) {
  const auto printable = [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; };
  return std::ranges::all_of(text, printable) && text.find_first_of(" \t") != 0 &&
         (text.empty() || text.find_last_of(" \t") != text.size() - 1);
}

std::optional<Headers> read_headers(const Value& value) {
  Headers headers;
  if (value.node.kind != Node::Kind::object) {
    value.unexpected("an object of header names and values");
    return std::nullopt;
  }
  std::set<std::string> seen;
  for (const auto& header : value.children()) {
    const std::string folded = base::lower(header.node.key);
    auto flaw = header_flaw(header.node.key, folded);
    if (!seen.insert(folded).second)
      flaw = "the header " + in_quotes(header.node.key) + " stands twice; letter case makes no difference";
    if (!flaw.empty()) value.document.problem(header.node.key_at, value.pointer, flaw);
    if (auto text = read_header_value(header)) headers.emplace_back(header.node.key, *std::move(text));
  }
  return headers;
}

std::optional<std::shared_ptr<const Reply>> read_response(const Value& value) {
  Fields fields(value);
  Reply reply;
  fields.read("status", whole_number(200, 599), reply.status);
  fields.read("headers", read_headers, reply.headers);
  fields.read(
      "body", [](const Value& body) { return std::optional(read_any_body(body)); }, reply.body);
  fields.read("delay", read_duration, reply.delay);
  fields.read("fault", read_fault, reply.fault);
  fields.finish();
  check_response(value, reply);
  return std::make_shared<const Reply>(std::move(reply));
}

std::optional<int> read_error_status(const Value& parent, const Node& member) {
  const auto& key = member.key;
  int status = 0;
  const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), status);
  const bool whole = key.size() == 3 && failure == std::errc() && end == key.data() + key.size();
  if (whole && status >= 400 && status <= 599) return status;
  parent.document.problem(member.key_at, parent.pointer,
                          "unknown key " + in_quotes(key) + "; expected a status from \"400\" to \"599\"");
  return std::nullopt;
}

std::optional<std::map<int, Body>> read_errors(const Value& value) {
  if (value.node.kind != Node::Kind::object) {
    value.unexpected("an object of statuses and bodies");
    return std::nullopt;
  }
  std::map<int, Body> errors;
  for (const auto& error : value.children()) {
    const auto status = read_error_status(value, error.node);
    auto body = read_error_body(error);
    if (status && body) errors[*status] = *std::move(body);
  }
  return errors;
}

}  // namespace enrichment_mock::scenario
