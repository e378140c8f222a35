// "rules": which calls are treated apart, and how.
#include <array>

#include "scenario/loader_parts.h"
#include "scenario/username.h"

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

}  // namespace enrichment_mock::scenario
