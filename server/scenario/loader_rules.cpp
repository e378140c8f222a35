// "rules": which requests are treated apart, and how.
#include "scenario/loader_parts.h"
#include "scenario/username.h"

namespace enrichment_mock::scenario {

namespace {

std::optional<std::string> read_username_pattern(const Value& value) {
  const auto text = read_filled_string(value);
  return text ? std::optional(fold_username(*text)) : std::nullopt;
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

// What happens to a request: the keys of a step, which stand in `steps` or in the rule itself. Returns whether there
// are any.
bool read_step_fields(Fields& fields, Step& step) {
  bool any = false;
  if (const auto lookup = fields.find("lookup")) {
    read_lookup(*lookup, step.lookup);
    any = true;
  }
  if (const auto callback = fields.find("callback")) {
    auto settings = *step.callback;
    read_callback(*callback, settings);
    step.callback = std::make_shared<const Callback>(std::move(settings));
    any = true;
  }
  return fields.read("response", read_response, step.response) || any;
}

std::optional<std::vector<Step>> read_steps(const Value& value, const Step& inherited) {
  // One step, for now: counters that say which of several comes next are a later part of the format.
  if (value.node.kind != Node::Kind::array || value.node.children.size() != 1) {
    value.unexpected("an array of exactly one step");
    return std::nullopt;
  }
  return read_list(value, [&](const Value& element) {
    Fields fields(element);
    Step step = inherited;
    read_step_fields(fields, step);
    fields.finish();
    return std::optional(std::move(step));
  });
}

std::optional<Rule> read_rule(const Value& value, std::size_t index, const Step& inherited) {
  Fields fields(value);
  Rule rule{.name = "rules/" + std::to_string(index), .match = {}, .steps = {}};
  fields.read("name", read_filled_string, rule.name);
  fields.read("match", read_match, rule.match);
  Step in_place = inherited;
  const bool has_in_place = read_step_fields(fields, in_place);
  if (const auto steps = fields.find("steps")) {
    if (has_in_place)
      steps->problem(
          "a rule with \"steps\" has no step of its own; move \"lookup\", \"callback\" and \"response\" into a step");
    if (auto read = read_steps(*steps, inherited)) rule.steps = *std::move(read);
  } else {
    rule.steps.push_back(std::move(in_place));
  }
  fields.finish();
  return rule;
}

}  // namespace

std::optional<std::vector<Rule>> read_rules(const Value& value, const std::shared_ptr<const Callback>& callback) {
  const Step inherited{.lookup = {}, .callback = callback, .response = nullptr};
  std::size_t index = 0;
  return read_list(value, [&](const Value& element) { return read_rule(element, index++, inherited); });
}

}  // namespace enrichment_mock::scenario
