// Tests the scenario loader. Every text is either a scenario within the limits of scenarios/README.md, or has problems
// with a message and a position, the same each time.
#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>

#include "base/limits.h"
#include "base/text.h"
#include "fuzz/problem_rules.h"
#include "fuzz/require.h"
#include "fuzz/url_rules.h"
#include "scenario/loader.h"
#include "support/json.h"
#include "support/json_oracle.h"

namespace enrichment_mock::fuzz {
namespace {

using nlohmann::json;
using namespace scenario;

void check_duration(Duration duration) {
  require(within(Duration::zero(), duration, Duration(std::chrono::hours(365 * 24))), "a duration is within a year");
  require(base::parse_duration(base::format_duration(duration)) == duration, "a duration reads back as it is written");
}

bool is_printable(char c) { return within(' ', c, '~') || c == '\t'; }

void check_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  for (const auto& [name, value] : headers) {
    require(base::is_token(name), "a header's name is a token");
    require(std::ranges::all_of(value, is_printable), "a header's value is printable");
  }
}

void check_body(const Body& body) {
  if (body.content_type.starts_with("application/json"))
    require(json::accept(body.text), "a body that is sent as JSON is JSON");
}

void check_latency(const Latency& latency) {
  require(Duration::zero() < latency.median && latency.median <= latency.p99 && latency.p99 <= latency.max,
          "median, p99 and max are in order");
  check_duration(latency.max);
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}})
    require(within(Duration::zero(), quantile(latency, random), latency.max), "a draw is at most max");
}

void check_duration_choice(const DurationChoice& choice) {
  if (const auto* latency = std::get_if<Latency>(&choice)) return check_latency(*latency);
  check_duration(std::get<Duration>(choice));
}

void check_status_duration(const StatusDurationChoice& lasting) {
  if (const auto* duration = std::get_if<Duration>(&lasting)) check_duration(*duration);
  if (const auto* latency = std::get_if<Latency>(&lasting)) check_latency(*latency);
  if (const auto* polls = std::get_if<Polls>(&lasting))
    require(within(1, polls->count, 1'000'000), "polls have bounds");
}

void check_outcome(const OutcomeChoice& outcome) {
  const auto* weights = std::get_if<OutcomeWeights>(&outcome);
  if (weights) require(weights->completed + weights->not_found + weights->failed > 0, "one weight is above zero");
}

void check_email(std::string_view email) { require(std::ranges::count(email, '@') == 1, "an email has one @"); }

void check_callback(const Callback& callback) {
  require(within(1, callback.max_attempts, 100), "attempts have bounds");
  require(within(1, callback.copies, 100), "copies have bounds");
  require(within(0, callback.fail_first, 100), "failing attempts have bounds");
  require(!callback.backoff.empty(), "there is a backoff");
  require(!callback.timeout || *callback.timeout > Duration::zero(), "a timeout is above zero");
  require(callback.merge_patch.empty() || json::parse(callback.merge_patch, nullptr, false).is_object(),
          "a merge patch is a JSON object");
  require(callback.merge_patch.empty() || !callback.raw_body, "a body is patched or replaced");
  for (const auto duration : callback.backoff) check_duration(duration);
  check_duration_choice(callback.delay);
  for (const auto duration : {callback.timeout.value_or(Duration(1)), callback.burst}) check_duration(duration);
  check_headers(callback.headers);
  for (const auto& name : callback.forward) {
    require(base::is_token(name), "a forwarded header's name is a token");
    require(!base::same_text(name, "X-API-Key"), "the key is not forwarded");
  }
}

void check_response(const Reply& reply) {
  require(!reply.status || within(200, *reply.status, 599), "a status has bounds");
  require(reply.status || (reply.headers.empty() && !reply.body), "headers and body come with a status only");
  if (reply.body) check_body(*reply.body);
  check_duration_choice(reply.delay);
  require((reply.fault == Fault::dribble) == (reply.over > Duration::zero()), "a dribble has a time");
  require(reply.over <= std::chrono::hours(1), "a dribble ends within an hour");
  check_headers(reply.headers);
}

void check_lookup(const LookupChanges& lookup) {
  if (lookup.pending) check_status_duration(*lookup.pending);
  if (lookup.processing) check_status_duration(*lookup.processing);
  if (lookup.jitter) check_duration_choice(*lookup.jitter);
  if (lookup.outcome) check_outcome(*lookup.outcome);
  if (lookup.email) check_email(*lookup.email);
}

void check_rule(const Rule& rule, const Scenario& scenario) {
  const auto& match = rule.match;
  require(!rule.name.empty() && !rule.steps.empty(), "a rule has a name and steps");
  require(rule.on != CallKind::credits || (!match.username && !match.type && !match.external_id &&
                                           !match.has_callback && rule.count == CountBy::team),
          "a call for the credits is about nobody");
  for (const auto& step : rule.steps) {
    require(step.callback != nullptr, "a step's callback is complete");
    require(rule.on == CallKind::request || step.callback == scenario.callback, "only requests have callbacks");
    check_lookup(step.lookup);
    check_callback(*step.callback);
    if (step.response) check_response(*step.response);
  }
}

void check_entry(const ScheduleEntry& entry) {
  check_duration(entry.at);
  if (entry.until) check_duration(*entry.until);
  require(!entry.until || *entry.until > entry.at, "a window ends after it begins");
  require((entry.response != nullptr) == (entry.add_credits == 0), "an entry answers or adds credits");
  require(within<std::int64_t>(0, entry.add_credits, base::kMaxCredits), "added credits have bounds");
  if (entry.response) check_response(*entry.response);
}

void check_enrichments(const Scenario& scenario) {
  std::set<EnrichmentId> ids;
  std::int64_t charged = 0;
  for (const auto& seed : scenario.enrichments) {
    const auto& [linkedin_url, username, type, callback_url, external_id, headers] = seed.request;
    require(profile_username(linkedin_url) == username, "the username is the URL's");
    check_username(username);
    if (callback_url) require(base::parse_url(*callback_url).has_value(), "a callback_url is a URL");
    require(!external_id || base::count_code_points(*external_id) <= 256, "an external_id has at most 256 characters");
    require(!seed.id || ids.insert(*seed.id).second, "an _id is there once");
    require(seed.status == Status::completed || (!seed.email && !seed.charge), "only a completed one has an email");
    if (seed.email) check_email(*seed.email);
    charged += seed.charge ? 1 : 0;
  }
  for (const auto& team : scenario.teams) require(charged <= scenario.credits_of(team.name), "a team can pay");
}

void check_world(const Scenario& scenario) {
  require(within<std::int64_t>(0, scenario.credits, base::kMaxCredits), "credits have bounds");
  require(within(0.001, scenario.clock.scale, 1e6), "a clock's scale has bounds");
  require(!scenario.clock.now || scenario.clock.now->time_since_epoch() >= Duration::zero(), "time began in 1970");
  for (const auto& team : scenario.teams) require(!team.name.empty() && !team.api_keys.empty(), "a team can be opened");
  for (const auto& [username, profile] : scenario.profiles) require(!username.empty(), "a username is not empty");
  check_enrichments(scenario);
  for (const auto& [status, body] : scenario.errors) {
    require(within(400, status, 599), "an error has the status of one");
    check_body(body);
  }
  if (!scenario.rate_limit) return;
  require(within(1U, scenario.rate_limit->requests, 1'000'000U), "a rate limit lets something through");
  require(scenario.rate_limit->per > Duration::zero(), "a rate limit has a window");
  check_duration(scenario.rate_limit->per);
}

void check_scenario(const Scenario& scenario) {
  const auto& name = scenario.name;
  require(!name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos,
          "a name has lower-case letters, digits and dashes");
  check_world(scenario);
  const auto& lookup = scenario.lookup;
  LookupChanges all;
  all.pending = lookup.pending;
  all.processing = lookup.processing;
  all.jitter = lookup.jitter;
  all.outcome = lookup.outcome;
  all.email = lookup.email;
  check_lookup(all);
  check_callback(*scenario.callback);
  for (const auto& rule : scenario.rules) check_rule(rule, scenario);
  for (const auto& entry : scenario.schedule) check_entry(entry);
  for (const auto& [status, count] : scenario.expect.rejected)
    require(within(400, status, 599), "a rejection has the status of an error");
}

std::vector<std::string> messages(const LoadResult& result) {
  std::vector<std::string> out;
  if (const auto* problems = std::get_if<std::vector<Problem>>(&result))
    for (const auto& problem : *problems) out.push_back(to_string(problem));
  return out;
}

void check_load(std::string_view text) {
  require(support::disagreement(text, json_text::Syntax::with_comments).empty(),
          "the reader agrees with nlohmann::json");
  const auto result = load_text(text, "-");
  if (const auto* scenario = std::get_if<Scenario>(&result)) {
    require(json::accept(text, true), "a scenario is JSON with comments");
    check_scenario(*scenario);
  } else {
    const auto& problems = std::get<std::vector<Problem>>(result);
    require(!problems.empty(), "what is no scenario has a problem");
    for (const auto& problem : problems) check_problem(problem, text);
    require(std::ranges::is_sorted(problems, {}, [](const Problem& p) { return std::tuple(p.line, p.column); }),
            "problems come in the order of the text");
  }
  const auto again = load_text(text, "-");
  require(again.index() == result.index() && messages(again) == messages(result), "the verdict is always the same");
}

}  // namespace
}  // namespace enrichment_mock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  enrichment_mock::fuzz::check_load({reinterpret_cast<const char*>(data), size});
  return 0;
}
