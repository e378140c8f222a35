#include "control/expectation_reader.h"

#include <utility>

#include "base/limits.h"
#include "control/steering.h"
#include "json/fields.h"

namespace enrichment_mock::control {

namespace {

using json_text::Fields;
using json_text::Value;

auto count_reader() { return json_text::whole_number<std::uint64_t>(0, base::kMaxExpectedCount); }
auto credits_reader() { return json_text::whole_number<std::int64_t>(0, kMaxBalance); }

// An empty expectation would always be met.
void expect_something(const Value& value, std::string_view keys) {
  if (value.is_object() && value.empty()) json_text::unexpected(value, keys);
}

std::optional<WantedBody> read_wanted_body(const Value& value) { return WantedBody(compact(value)); }

std::optional<RequestMatcher> read_request_matcher(const Value& value) {
  Fields fields(value);
  RequestMatcher matcher;
  fields.read("method", json_text::read_filled_string, matcher.method);
  fields.read("path", json_text::read_filled_string, matcher.path);
  fields.read("status", json_text::whole_number(100, 599), matcher.status);
  fields.read("body", read_wanted_body, matcher.body);
  fields.finish();
  return matcher;
}

ExpectedRequests read_requests(const Value& value, Fields& fields) {
  ExpectedRequests expected{.which = read_request_matcher(value).value_or(RequestMatcher{}), .count = {}};
  auto& [at_least, at_most] = expected.count;
  std::optional<std::uint64_t> count;
  fields.read("count", count_reader(), count);
  fields.read("at_least", count_reader(), at_least);
  fields.read("at_most", count_reader(), at_most);
  if (count && (at_least || at_most)) value.problem("\"count\" cannot be used with \"at_least\" or \"at_most\"");
  if (at_least && at_most && *at_least > *at_most) value.problem("\"at_least\" is above \"at_most\"");
  if (count) expected.count = scenario::Bounds::exactly(*count);
  if (!at_least && !at_most) at_least = 1;
  return expected;
}

ExpectedSequence read_sequence(const Value& value) {
  auto matchers = json_text::read_list(value, read_request_matcher);
  if (matchers && value.empty()) json_text::unexpected(value, "at least one request");
  return {std::move(matchers).value_or(std::vector<RequestMatcher>{})};
}

// `which`: the member "callback"; `fields`: the members of the expectation.
ExpectedCallback read_callback(const Value& which, Fields& fields) {
  Fields selection(which);
  ExpectedCallback expected;
  selection.read("enrichment_id", json_text::read_filled_string, expected.enrichment_id);
  selection.read("external_id", json_text::read_filled_string, expected.external_id);
  selection.read("url", json_text::read_filled_string, expected.url);
  selection.finish();
  if (!expected.enrichment_id && !expected.external_id && !expected.url)
    json_text::unexpected(which, R"("enrichment_id", "external_id" or "url")");
  fields.read("state", json_text::word_of(engine::kCallbackStateWords), expected.state);
  fields.read("attempts", json_text::whole_number<std::size_t>(0, 1000), expected.attempts);
  const auto statuses = [](const Value& list) { return json_text::read_list(list, json_text::whole_number(0, 599)); };
  fields.read("statuses", statuses, expected.statuses);
  const auto gaps = [](const Value& list) { return json_text::read_list(list, json_text::read_duration); };
  fields.read("gaps", gaps, expected.gaps);
  return expected;
}

ExpectedOutcomes read_outcomes(const Value& value) {
  Fields fields(value);
  ExpectedOutcomes expected;
  fields.read("completed", count_reader(), expected.completed);
  fields.read("not-found", count_reader(), expected.not_found);
  fields.read("failed", count_reader(), expected.failed);
  fields.finish();
  expect_something(value, R"("completed", "not-found" or "failed")");
  return expected;
}

ExpectedCredits read_credits(const Value& value) {
  Fields fields(value);
  ExpectedCredits expected;
  fields.read("balance", credits_reader(), expected.balance);
  fields.read("charged", credits_reader(), expected.charged);
  fields.finish();
  expect_something(value, R"("balance" or "charged")");
  return expected;
}

std::optional<Expectation> read_expectation(const Value& value) {
  Fields fields(value);
  std::optional<Expectation> expectation;
  std::size_t kinds = 0;
  const auto kind = [&](std::string_view key, auto read) {
    const auto member = fields.find(key);
    if (!member) return;
    ++kinds;
    expectation = read(*member);
  };
  kind("requests", [&](const Value& member) { return read_requests(member, fields); });
  kind("sequence", read_sequence);
  kind("callback", [&](const Value& member) { return read_callback(member, fields); });
  kind("outcomes", read_outcomes);
  kind("credits", read_credits);
  kind("unmatched", [](const Value& member) { return ExpectedUnmatched{count_reader()(member).value_or(0)}; });
  fields.finish();
  if (kinds != 1)
    json_text::unexpected(value, R"(one of "requests", "sequence", "callback", "outcomes", "credits" and "unmatched")");
  return expectation;
}

}  // namespace

std::optional<std::vector<Expectation>> read_expectations(const Value& list) {
  if (list.is_array() && list.empty()) json_text::unexpected(list, "at least one expectation");
  return json_text::read_list(list, read_expectation);
}

}  // namespace enrichment_mock::control
