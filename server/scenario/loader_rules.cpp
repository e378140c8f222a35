// Readers of "rules" and of the parts of a step: "lookup", "callback" and "response".
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/text.h"
#include "scenario/loader_parts.h"
#include "scenario/plan.h"

namespace enrichment_mock::scenario {

namespace {

using json_text::did_you_mean;
using json_text::Fields;
using json_text::in_quotes;
using json_text::read_boolean;
using json_text::read_duration;
using json_text::read_filled_string;
using json_text::read_list;
using json_text::read_positive_duration;
using json_text::read_string;
using json_text::unexpected;
using json_text::Value;
using json_text::whole_number;
using json_text::word_of;

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr int kMaxPolls = 1'000'000;
constexpr unsigned kMaxWeight = 1'000'000;
constexpr std::chrono::hours kMaxOver{1};
constexpr std::string_view kLatencyExample = R"({"median": "200ms", "p99": "3s", "max": "10s"})";
constexpr std::array<std::string_view, 4> kPlaceholders = {"username", "first", "last", "type"};

std::optional<StatusDurationChoice> read_polls(const Value& value) {
  const auto count = whole_number(1, kMaxPolls)(value);
  return count ? std::optional<StatusDurationChoice>(Polls{*count}) : std::nullopt;
}

void check_order(const Value& latency, std::string_view shorter, std::optional<Duration> at_least,
                 std::string_view longer, std::optional<Duration> found) {
  if (at_least && found && *found < *at_least)
    unexpected(*latency.member(longer),
               in_quotes(base::format_duration(*at_least)) + " or more, because of " + in_quotes(shorter));
}

std::optional<Latency> read_latency(Fields& fields, const Value& value) {
  std::optional<Duration> median, p99, max;
  fields.require("median", read_positive_duration, median);
  fields.require("p99", read_positive_duration, p99);
  fields.require("max", read_positive_duration, max);
  check_order(value, "median", median, "p99", p99);
  check_order(value, "p99", p99, "max", max);
  if (!median || !p99 || !max) return std::nullopt;
  return Latency{*median, *p99, *max};
}

std::optional<DurationChoice> read_duration_choice(const Value& value) {
  if (value.is_object()) {
    Fields fields(value);
    const auto latency = read_latency(fields, value);
    fields.finish();
    return latency;
  }
  if (value.is_string())
    if (const auto duration = base::parse_duration(value.text())) return *duration;
  unexpected(value,
             "a duration such as \"100ms\" or \"1.5s\" (units us, ms, s, m, h; at most 365 days), or one that "
             "varies, such as " +
                 std::string(kLatencyExample));
  return std::nullopt;
}

// {"polls": 2}, or a duration that varies.
std::optional<StatusDurationChoice> read_status_object(const Value& value) {
  Fields fields(value);
  std::optional<StatusDurationChoice> choice;
  const bool has_polls = fields.read("polls", read_polls, choice);
  const bool has_latency = value.member("median") || value.member("p99") || value.member("max");
  if (has_latency) choice = read_latency(fields, value);
  for (const auto* key : {"median", "p99", "max"})
    if (!has_latency) fields.find(key);
  fields.finish();
  if (has_latency && has_polls)
    value.member("polls")->problem("\"polls\" cannot be used with \"median\", \"p99\" and \"max\"; remove one of them");
  if (!has_latency && !has_polls) unexpected(value, "{\"polls\": 2} or " + std::string(kLatencyExample));
  return choice;
}

std::optional<StatusDurationChoice> read_status_duration(const Value& value) {
  if (value.is_object()) return read_status_object(value);
  if (value.is_string()) {
    if (value.text() == "forever") return Forever{};
    if (const auto duration = base::parse_duration(value.text())) return *duration;
  }
  constexpr std::array<std::string_view, 1> words = {"forever"};
  unexpected(value, "a duration such as \"100ms\" or \"1.5s\" (at most 365 days), " + std::string(kLatencyExample) +
                        ", {\"polls\": 2} or \"forever\"" + did_you_mean(value.text(), words));
  return std::nullopt;
}

std::optional<OutcomeChoice> read_weights(const Value& value) {
  const auto weight = whole_number(0U, kMaxWeight);
  const auto problems = value.document().problems().size();
  Fields fields(value);
  OutcomeWeights weights;
  fields.read("completed", weight, weights.completed);
  fields.read("not-found", weight, weights.not_found);
  fields.read("failed", weight, weights.failed);
  fields.finish();
  if (weights.completed + weights.not_found + weights.failed > 0) return weights;
  // A wrong weight was reported above already.
  if (problems == value.document().problems().size()) unexpected(value, "at least one weight above 0");
  return std::nullopt;
}

std::optional<OutcomeChoice> read_outcome(const Value& value) {
  if (value.is_object()) return read_weights(value);
  return word_of(kOutcomeWords, "weights such as {\"completed\": 70, \"not-found\": 30}")(value);
}

// `into`: a Lookup or LookupChanges, which have the same members.
template <class Into>
void read_lookup_keys(const Value& value, Into& into) {
  Fields fields(value);
  fields.read("pending", read_status_duration, into.pending);
  fields.read("processing", read_status_duration, into.processing);
  fields.read("jitter", read_duration_choice, into.jitter);
  fields.read("outcome", read_outcome, into.outcome);
  fields.read("email", read_email, into.email);
  fields.finish();
}

std::optional<std::vector<Duration>> read_backoff(const Value& value) {
  if (!value.is_array() || value.empty()) {
    unexpected(value, "an array of durations such as [\"1s\", \"2s\"]");
    return std::nullopt;
  }
  return read_list(value, read_duration);
}

std::optional<std::string> read_merge_patch(const Value& value) {
  if (value.is_object()) return json_text::compact(value);
  unexpected(value, "an object to merge into the body");
  return std::nullopt;
}

// A body is either patched or replaced. If a step does one, the other is not inherited from the file.
void read_body(const Value& value, Fields& fields, Callback& into) {
  const bool patched = fields.read("merge_patch", read_merge_patch, into.merge_patch);
  const bool raw = fields.read("raw_body", read_string, into.raw_body);
  if (patched && raw)
    value.member("raw_body")->problem("\"raw_body\" and \"merge_patch\" cannot be used together; remove one of them");
  if (patched && !raw) into.raw_body.reset();
  if (raw && !patched) into.merge_patch.clear();
}

// Why the header cannot be set; empty if it can.
std::string header_problem(std::string_view name, std::string_view folded) {
  if (!base::is_token(name)) return in_quotes(name) + " is not a header name; expected letters, digits and dashes";
  if (folded == "content-length" || folded == "transfer-encoding")
    return "the header " + in_quotes(name) + " is derived from the body; remove it";
  if (folded == "connection" || folded == "x-mock-scenario")
    return "the header " + in_quotes(name) + " is set by the server; remove it";
  return "";
}

std::optional<std::string> read_header_value(const Value& value) {
  if (value.is_string() && is_header_value(value.text())) return std::string(value.text());
  unexpected(value, "a string of printable ASCII, without a blank at either end");
  return std::nullopt;
}

std::optional<Headers> read_headers(const Value& value) {
  Headers headers;
  if (!value.is_object()) {
    unexpected(value, "an object of header names and values");
    return std::nullopt;
  }
  std::set<std::string> seen;
  for (const auto header : value.children()) {
    const std::string folded = base::lower(header.key());
    auto problem = header_problem(header.key(), folded);
    if (!seen.insert(folded).second)
      problem = "duplicate header " + in_quotes(header.key()) + "; letter case makes no difference";
    if (!problem.empty()) header.key_problem(std::move(problem));
    if (auto text = read_header_value(header)) headers.emplace_back(header.key(), *std::move(text));
  }
  return headers;
}

// Headers that say how the request itself is sent, in lower case. They mean nothing in another request.
constexpr std::array<std::string_view, 12> kOwnOfRequest = {"connection",   "content-encoding", "content-length",
                                                            "content-type", "expect",           "host",
                                                            "keep-alive",   "proxy-connection", "te",
                                                            "trailer",      "upgrade",          "transfer-encoding"};
constexpr std::array<std::string_view, 4> kSecretOfClient = {"authorization", "cookie", "proxy-authorization",
                                                             "x-api-key"};

}  // namespace

std::string forward_problem(std::string_view name, std::string_view folded) {
  if (!base::is_token(name)) return in_quotes(name) + " is not a header name; expected letters, digits and dashes";
  if (std::ranges::find(kSecretOfClient, folded) != kSecretOfClient.end())
    return "the header " + in_quotes(name) + " is a secret of the client, which receivers must not get; remove it";
  if (std::ranges::find(kOwnOfRequest, folded) != kOwnOfRequest.end())
    return "the header " + in_quotes(name) + " belongs to the request itself; remove it";
  return "";
}

namespace {

std::optional<std::vector<std::string>> read_forward(const Value& value) {
  if (!value.is_array()) {
    unexpected(value, "an array of header names such as [\"traceparent\"]");
    return std::nullopt;
  }
  std::set<std::string> seen;
  return read_list(value, [&](const Value& element) {
    auto name = read_string(element);
    if (!name) return name;
    const std::string folded = base::lower(*name);
    auto problem = forward_problem(*name, folded);
    if (!seen.insert(folded).second)
      problem = "duplicate header " + in_quotes(*name) + "; letter case makes no difference";
    if (!problem.empty()) element.problem(std::move(problem));
    return name;
  });
}

Body read_any_body(const Value& value) {
  if (value.is_string()) return {"text/plain; charset=utf-8", std::string(value.text())};
  return {"application/json; charset=utf-8", json_text::compact(value)};
}

std::optional<Body> read_error_body(const Value& value) {
  if (value.is_object() || value.is_string()) return read_any_body(value);
  unexpected(value, "the body of the response: an object or a string");
  return std::nullopt;
}

bool damages_body(Fault fault) {
  return damages_response(fault) && fault != Fault::connection_reset && fault != Fault::empty_response;
}

// A scripted response below 400 has only the body that the file gives.
void check_fault(const Value& value, const Reply& reply) {
  if (!damages_body(reply.fault) || !reply.status || *reply.status >= 400) return;
  const auto fault = value.member("fault");
  const auto problem = "a response with status " + std::to_string(*reply.status) + " has no body to damage; expected ";
  if (has_no_body(*reply.status)) return fault->problem(problem + "\"connection-reset\" or \"empty-response\"");
  if (!reply.body || reply.body->text.empty()) fault->problem(problem + "a \"body\" that is not empty");
}

// A response that is sent slowly needs a time. If the fault is not a known word, that is reported already.
void check_over(const Value& value, const Reply& reply) {
  const auto fault = value.member("fault"), over = value.member("over");
  if (reply.fault == Fault::dribble) {
    if (!over) fault->problem("\"dribble\" requires \"over\", such as \"over\": \"2s\"");
  } else if (over && (!fault || reply.fault != Fault::none)) {
    over->problem("only allowed with \"fault\": \"dribble\"");
  }
}

// Without a status the API's own response is sent, so only "delay" and "fault" make sense.
void check_response(const Value& value, const Reply& reply) {
  const auto body = value.member("body");
  if (!value.member("status")) {
    for (const auto& own : {value.member("headers"), body})
      if (own) own->problem("requires \"status\"; without it, the API's own response is sent");
    if (value.is_object() && value.empty()) unexpected(value, "\"status\", \"delay\" or \"fault\"");
  }
  if (body && reply.status && has_no_body(*reply.status))
    body->problem("a response with status " + std::to_string(*reply.status) + " has no body; remove it");
  check_fault(value, reply);
  check_over(value, reply);
}

std::optional<Duration> read_over(const Value& value) {
  const auto over = read_positive_duration(value);
  if (over && *over > kMaxOver) unexpected(value, "a duration of at most an hour");
  return over;
}

std::optional<std::string> read_username_pattern(const Value& value) {
  const auto text = read_filled_string(value);
  return text ? std::optional(fold_username(*text)) : std::nullopt;
}

std::optional<Match> read_match(const Value& value) {
  Fields fields(value);
  Match match;
  fields.read("username", read_username_pattern, match.username);
  fields.read("type", word_of(kEmailTypeWords), match.type);
  fields.read("external_id", read_filled_string, match.external_id);
  fields.read("has_callback", read_boolean, match.has_callback);
  fields.read("team", read_filled_string, match.team);
  fields.finish();
  return match;
}

// A call for the credits concerns no profile.
void check_credits_rule(const Value& rule) {
  if (const auto match = rule.member("match"))
    for (const std::string_view key : {"username", "type", "external_id", "has_callback"})
      if (const auto own = match->member(key))
        own->problem("a call for the credits has no " + in_quotes(key) + "; expected only \"team\"");
  if (const auto count = rule.member("count"); count && count->text() == to_text(CountBy::profile))
    count->problem("a call for the credits has no profile; expected \"team\"");
}

// Reads the keys of a step. They are in an element of `steps`, or in the rule itself.
class StepReader {
 public:
  StepReader(CallKind on, const std::shared_ptr<const Callback>& callback) : on_(on), callback_(callback) {}

  // Returns whether any of the keys is present.
  bool read(Fields& fields, Step& step) const {
    bool any = false;
    step.callback = callback_;
    if (const auto lookup = fields.find("lookup")) {
      check(*lookup, "lookup");
      read_lookup_keys(*lookup, step.lookup);
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
    if (!value.is_array() || value.empty()) {
      unexpected(value, "an array of at least one step");
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
  // A poll or a call for the credits starts no lookup.
  void check(const Value& member, std::string_view key) const {
    if (on_ == CallKind::request) return;
    member.problem("a rule on " + in_quotes(to_text(on_)) + " has no " + in_quotes(key) +
                   "; expected only \"response\"");
  }

  CallKind on_;
  const std::shared_ptr<const Callback>& callback_;
};

}  // namespace

void read_lookup(const Value& value, Lookup& into) { read_lookup_keys(value, into); }

std::string email_problem(std::string_view text) {
  const auto at = text.find('@');
  if (at == text.npos || at == 0 || at + 1 == text.size() || text.find('@', at + 1) != text.npos)
    return "expected an address with one \"@\" and text on both sides of it";
  while (!text.empty()) {
    const auto brace = text.find_first_of("{}");
    if (brace == text.npos) return "";
    const auto close = text.find('}', brace);
    const auto name = text.substr(brace + 1, close == text.npos ? close : close - brace - 1);
    if (text[brace] == '}' || close == text.npos || std::ranges::find(kPlaceholders, name) == kPlaceholders.end())
      return "valid placeholders are {username}, {first}, {last} and {type}" + did_you_mean(name, kPlaceholders);
    text.remove_prefix(close + 1);
  }
  return "";
}

std::optional<std::string> read_email(const Value& value) {
  const auto text = read_string(value);
  if (!text) return std::nullopt;
  const auto problem = email_problem(*text);
  if (problem.empty()) return text;
  value.problem("found " + in_quotes(*text) + "; " + problem);
  return std::nullopt;
}

void read_callback(const Value& value, Callback& into) {
  Fields fields(value);
  fields.read("max_attempts", whole_number(1, 100), into.max_attempts);
  fields.read("backoff", read_backoff, into.backoff);
  fields.read("timeout", read_positive_duration, into.timeout);
  fields.read("on_failed", read_boolean, into.on_failed);
  fields.read("delay", read_duration_choice, into.delay);
  fields.read("copies", whole_number(1, 100), into.copies);
  fields.read("drop", read_boolean, into.drop);
  fields.read("fail_first", whole_number(0, 100), into.fail_first);
  fields.read("headers", read_headers, into.headers);
  fields.read("forward", read_forward, into.forward);
  fields.read("before_response", read_boolean, into.before_response);
  fields.read("order", word_of(kOrderWords), into.order);
  fields.read("burst", read_duration, into.burst);
  read_body(value, fields, into);
  fields.finish();
}

std::optional<std::shared_ptr<const Reply>> read_response(const Value& value) {
  Fields fields(value);
  Reply reply;
  fields.read("status", whole_number(200, 599), reply.status);
  fields.read("headers", read_headers, reply.headers);
  fields.read(
      "body", [](const Value& body) { return std::optional(read_any_body(body)); }, reply.body);
  fields.read("delay", read_duration_choice, reply.delay);
  fields.read("fault", word_of(kFaultWords), reply.fault);
  fields.read("over", read_over, reply.over);
  fields.finish();
  check_response(value, reply);
  return std::make_shared<const Reply>(std::move(reply));
}

std::optional<int> read_error_status(const Value& member) {
  const auto key = member.key();
  int status = 0;
  const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), status);
  const bool whole = key.size() == 3 && failure == std::errc() && end == key.data() + key.size();
  if (whole && status >= 400 && status <= 599) return status;
  member.key_problem("unknown key " + in_quotes(key) + "; expected a status from \"400\" to \"599\"");
  return std::nullopt;
}

std::optional<std::map<int, Body>> read_errors(const Value& value) {
  return read_by_status(value, "an object of statuses and bodies", read_error_body);
}

std::optional<Rule> read_rule(const Value& value, std::string default_name,
                              const std::shared_ptr<const Callback>& callback) {
  Fields fields(value);
  Rule rule{.name = std::move(default_name)};
  fields.read("name", read_filled_string, rule.name);
  fields.read("on", word_of(kCallKindWords), rule.on);
  fields.read("match", read_match, rule.match);
  fields.read("count", word_of(kCountByWords), rule.count);
  if (rule.on == CallKind::credits) check_credits_rule(value);
  const StepReader reader(rule.on, callback);
  Step in_place;
  const bool has_in_place = reader.read(fields, in_place);
  if (const auto steps = fields.find("steps")) {
    if (has_in_place)
      steps->problem(
          "a rule with \"steps\" cannot also have \"lookup\", \"callback\" or \"response\"; move them into a step");
    if (auto read = reader.read_all(*steps)) rule.steps = *std::move(read);
  } else {
    rule.steps.push_back(std::move(in_place));
  }
  fields.read("after_last", word_of(kAfterLastWords), rule.after_last);
  fields.finish();
  return rule;
}

std::optional<std::vector<Rule>> read_rules(const Value& value, const std::shared_ptr<const Callback>& callback) {
  std::size_t index = 0;
  return read_list(
      value, [&](const Value& element) { return read_rule(element, "rules/" + std::to_string(index++), callback); });
}

bool is_header_value(std::string_view text) {
  const auto printable = [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; };
  return std::ranges::all_of(text, printable) && text.find_first_of(" \t") != 0 &&
         (text.empty() || text.find_last_of(" \t") != text.size() - 1);
}

}  // namespace enrichment_mock::scenario
