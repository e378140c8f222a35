#include "scenario/loader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <limits>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "json/fields.h"
#include "scenario/loader_parts.h"
#include "scenario/plan.h"

namespace enrichment_mock::scenario {

namespace {

using json_text::Document;
using json_text::Fields;
using json_text::in_quotes;
using json_text::read_duration;
using json_text::read_filled_string;
using json_text::read_instant;
using json_text::read_list;
using json_text::read_positive_duration;
using json_text::read_string;
using json_text::unexpected;
using json_text::Value;
using json_text::whole_number;
using json_text::word_of;

constexpr std::size_t kMaxBytes = 1'000'000;
constexpr std::uint32_t kMaxRequests = 1'000'000;

using Profiles = std::map<std::string, Profile, std::less<>>;

bool is_scenario_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

std::optional<std::string> read_name(const Value& value) {
  const auto name = read_string(value);
  if (!name) return std::nullopt;
  if (!is_scenario_name(*name)) {
    unexpected(value, "a name of lower-case letters, digits and dashes");
    return std::nullopt;
  }
  const auto& file = value.document().file();
  const auto stem = std::filesystem::path(file).stem().string();
  if (!file.empty() && file != "-" && stem != *name) unexpected(value, "the file's name, " + in_quotes(stem));
  return name;
}

const auto read_credits = whole_number<std::int64_t>(0, base::kMaxCredits);

std::optional<ClockSettings> read_clock(const Value& value) {
  Fields fields(value);
  ClockSettings clock;
  fields.read("mode", word_of(kClockModeWords), clock.manual);
  fields.read("now", read_instant, clock.now);
  fields.read("scale", read_scale, clock.scale);
  if (const auto scale = value.member("scale"); scale && clock.manual)
    scale->problem("a manual clock has no \"scale\"");
  fields.finish();
  return clock;
}

// The names and API keys of the teams so far.
struct UsedNames {
  std::set<std::string> names, keys;
};

// A key is sent in a header, so it must be a valid header value.
std::optional<std::string> read_api_key(const Value& value, UsedNames& used) {
  const auto key = read_filled_string(value);
  if (!key) return std::nullopt;
  if (!is_header_value(*key)) {
    unexpected(value, "an API key of printable ASCII, without a blank at either end");
    return std::nullopt;
  }
  if (!used.keys.insert(*key).second) value.problem("this API key is listed twice in the file");
  return key;
}

std::optional<std::vector<std::string>> read_api_keys(const Value& value, UsedNames& used) {
  if (!value.is_array() || value.empty()) {
    unexpected(value, "an array of at least one API key");
    return std::nullopt;
  }
  return read_list(value, [&](const Value& element) { return read_api_key(element, used); });
}

std::optional<TeamSettings> read_team(const Value& value, UsedNames& used) {
  const auto team_name = [&](const Value& name) {
    auto text = read_filled_string(name);
    if (text && !used.names.insert(*text).second) name.problem("duplicate team " + in_quotes(*text));
    return text;
  };
  Fields fields(value);
  TeamSettings team;
  fields.require("name", team_name, team.name);
  fields.require(
      "api_keys", [&](const Value& keys) { return read_api_keys(keys, used); }, team.api_keys);
  fields.read("credits", read_credits, team.credits);
  fields.finish();
  return team;
}

std::optional<std::vector<TeamSettings>> read_teams(const Value& value) {
  UsedNames used;
  return read_list(value, [&](const Value& element) { return read_team(element, used); });
}

// The outer value: the profile has an entry for this type. The inner value is empty if it says that there is no email.
std::optional<std::optional<std::string>> read_known_email(const Value& value) {
  if (value.kind() == json_text::Kind::null) return std::optional<std::string>();
  if (value.is_string() && !value.text().empty()) return std::optional(std::string(value.text()));
  unexpected(value, "an email address, or null if the lookup finds none");
  return std::nullopt;
}

Profile read_profile(const Value& value) {
  Fields fields(value);
  Profile profile;
  fields.read("work", read_known_email, profile.work);
  fields.read("personal", read_known_email, profile.personal);
  fields.finish();
  return profile;
}

std::optional<Profiles> read_profiles(const Value& value) {
  if (!value.is_object()) {
    unexpected(value, "an object of usernames and emails");
    return std::nullopt;
  }
  Profiles profiles;
  for (const auto member : value.children()) {
    const auto username = fold_username(member.key());
    if (username.empty()) member.key_problem("the username " + in_quotes(member.key()) + " is empty");
    if (!profiles.emplace(username, read_profile(member)).second)
      member.key_problem("duplicate username " + in_quotes(member.key()) +
                         "; letter case and percent-encoding make no difference");
  }
  return profiles;
}

std::optional<RateLimit> read_rate_limit(const Value& value) {
  Fields fields(value);
  RateLimit limit;
  fields.require("requests", whole_number(std::uint32_t{1}, kMaxRequests), limit.requests);
  fields.require("per", read_positive_duration, limit.per);
  fields.finish();
  return limit;
}

// The two kinds of entries have only `at` in common.
void check_entry(const Value& value, const ScheduleEntry& entry) {
  const auto credits = value.member("add_credits"), response = value.member("response");
  if (!credits && !response) value.problem("the entry does nothing; expected \"response\" or \"add_credits\"");
  if (credits)
    for (const std::string_view key : {"until", "on", "response"})
      if (const auto own = value.member(key))
        own->problem(in_quotes(key) + " cannot be used with \"add_credits\"; move it to a separate entry");
  if (const auto until = value.member("until"); until && entry.until && *entry.until <= entry.at)
    unexpected(*until, "a time after " + in_quotes(base::format_duration(entry.at)) + ", when the window begins");
}

std::optional<ScheduleEntry> read_entry(const Value& value) {
  Fields fields(value);
  ScheduleEntry entry;
  fields.require("at", read_duration, entry.at);
  fields.read("until", read_duration, entry.until);
  fields.read("on", word_of(kCallKindWords), entry.on);
  fields.read("response", read_response, entry.response);
  fields.read("add_credits", whole_number<std::int64_t>(1, base::kMaxCredits), entry.add_credits);
  fields.finish();
  if (value.is_object()) check_entry(value, entry);
  return entry;
}

std::optional<std::vector<ScheduleEntry>> read_schedule(const Value& value) { return read_list(value, read_entry); }

std::optional<Bounds> read_bounds_object(const Value& value) {
  const auto problems = value.document().problems().size();
  const auto count = whole_number<std::uint64_t>(0, base::kMaxExpectedCount);
  Fields fields(value);
  Bounds bounds;
  fields.read("at_least", count, bounds.at_least);
  fields.read("at_most", count, bounds.at_most);
  fields.finish();
  if (problems != value.document().problems().size()) return std::nullopt;
  if (!bounds.at_least && !bounds.at_most) {
    unexpected(value, "\"at_least\", \"at_most\" or both");
    return std::nullopt;
  }
  if (bounds.at_least && bounds.at_most && *bounds.at_least > *bounds.at_most) {
    unexpected(*value.member("at_most"), std::to_string(*bounds.at_least) + " or more, because of \"at_least\"");
    return std::nullopt;
  }
  return bounds;
}

std::optional<Bounds> read_bounds(const Value& value) {
  if (value.is_object()) return read_bounds_object(value);
  if (!value.is_number()) {
    unexpected(value, "a whole number from 0 to " + std::to_string(base::kMaxExpectedCount) +
                          ", or bounds such as {\"at_least\": 1}");
    return std::nullopt;
  }
  const auto number = read_whole_number(value, 0, base::kMaxExpectedCount);
  return number ? std::optional(Bounds::exactly(*number)) : std::nullopt;
}

std::optional<std::map<int, Bounds>> read_rejected(const Value& value) {
  return read_by_status(value, "an object of statuses and counts", read_bounds);
}

std::optional<Expectation> read_expect(const Value& value) {
  Fields fields(value);
  Expectation expect;
  fields.read("requests", read_bounds, expect.requests);
  fields.read("rejected", read_rejected, expect.rejected);
  fields.read("completed", read_bounds, expect.completed);
  fields.read("not-found", read_bounds, expect.not_found);
  fields.read("failed", read_bounds, expect.failed);
  if (const auto callbacks = fields.find("callbacks")) {
    Fields states(*callbacks);
    states.read("delivered", read_bounds, expect.delivered);
    states.read("exhausted", read_bounds, expect.exhausted);
    states.read("dropped", read_bounds, expect.dropped);
    states.finish();
  }
  fields.read("credits", read_bounds, expect.credits);
  fields.read("unmatched", read_bounds, expect.unmatched);
  fields.finish();
  return expect;
}

std::optional<std::vector<AdviceRule>> read_advice(const Value& value) {
  const auto read_rules = [](const Value& list) { return read_list(list, word_of(kAdviceRuleWords)); };
  Fields fields(value);
  std::vector<AdviceRule> ignored;
  fields.read("ignore", read_rules, ignored);
  fields.finish();
  return ignored;
}

std::shared_ptr<const base::KeySet> keys_of(const std::vector<TeamSettings>& teams) {
  std::vector<std::string> keys;
  for (const auto& team : teams) keys.insert(keys.end(), team.api_keys.begin(), team.api_keys.end());
  return keys.empty() ? nullptr : std::make_shared<const base::KeySet>(std::move(keys));
}

// Each team must be able to pay for the enrichments that are charged when it is opened.
void check_charges(const Value& value, const Scenario& scenario) {
  const auto charged = std::ranges::count_if(scenario.enrichments, &SeededEnrichment::charge);
  const auto can_pay = [&](std::int64_t credits, const std::string& whose) {
    if (credits >= charged) return true;
    value.member("enrichments")
        ->problem("found " + std::to_string(charged) + " with \"charge\"; expected at most " + std::to_string(credits) +
                  ", the credits of " + whose);
    return false;
  };
  for (const auto& team : scenario.teams)
    if (!can_pay(team.credits.value_or(scenario.credits), "the team " + in_quotes(team.name))) return;
  can_pay(scenario.credits, "a team");
}

Scenario read_scenario(const Value& value) {
  Fields fields(value);
  Scenario scenario;
  std::string schema;  // for editors
  Callback callback;
  fields.read("$schema", read_string, schema);
  fields.require("name", read_name, scenario.name);
  fields.read("description", read_string, scenario.description);
  fields.read("seed", whole_number<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max()), scenario.seed);
  fields.read("clock", read_clock, scenario.clock);
  fields.read("credits", read_credits, scenario.credits);
  fields.read("teams", read_teams, scenario.teams);
  scenario.listed_keys = keys_of(scenario.teams);
  fields.read("unknown_keys", word_of(kUnknownKeysWords), scenario.rejects_unknown_keys);
  if (const auto lookup = fields.find("lookup")) read_lookup(*lookup, scenario.lookup);
  if (const auto settings = fields.find("callback")) read_callback(*settings, callback);
  scenario.callback = std::make_shared<const Callback>(std::move(callback));
  fields.read("profiles", read_profiles, scenario.profiles);
  fields.read("enrichments", read_enrichments, scenario.enrichments);
  fields.read("errors", read_errors, scenario.errors);
  fields.read("rate_limit", read_rate_limit, scenario.rate_limit);
  const auto rules = [&](const Value& list) { return read_rules(list, scenario.callback); };
  fields.read("rules", rules, scenario.rules);
  fields.read("schedule", read_schedule, scenario.schedule);
  fields.read("expect", read_expect, scenario.expect);
  fields.read("advice", read_advice, scenario.ignored_advice);
  fields.finish();
  check_charges(value, scenario);
  return scenario;
}

// Reads the text of a file as JSON. Adds a problem if its bytes are wrong, else its JSON errors. Returns whether the
// text is JSON.
bool read_document(Document& document) {
  const auto text = document.text();
  const auto refuse = [&](std::size_t offset, std::string message) {
    document.problem(offset, "", std::move(message));
    return false;
  };
  if (text.size() > kMaxBytes) return refuse(0, "the file is larger than 1 MB");
  if (text.starts_with("\xEF\xBB\xBF"))
    return refuse(0, "the file begins with a byte order mark; expected UTF-8 without one");
  const bool is_json = document.read(json_text::Syntax::with_comments);
  if (!is_json) {
    if (const auto offset = base::find_invalid_utf8(text))
      return refuse(*offset, "found a byte that is not valid UTF-8; save the file as UTF-8");
    if (const auto offset = text.find('\0'); offset != text.npos)
      return refuse(offset, "found a NUL byte; expected text");
  }
  json_text::report_syntax_errors(document);
  return is_json;
}

std::vector<Problem> sorted_by_position(std::vector<Problem> problems) {
  std::ranges::stable_sort(problems, {},
                           [](const Problem& problem) { return std::tuple(problem.line, problem.column); });
  return problems;
}

// All problems of the document, as they are reported.
std::vector<Problem> problems_of(Document& document) {
  auto problems = sorted_by_position(std::move(document.problems()));
  json_text::limit_problems(problems, document.omitted_problems());
  return problems;
}

Examined with_problems(std::string_view file, Scenario scenario, std::vector<Problem> problems) {
  if (file != "-" && !file.empty()) scenario.name = std::filesystem::path(file).stem().string();
  return {std::move(scenario), std::move(problems)};
}

Examined file_problem(const std::string& file, std::string message) {
  return with_problems(file, {}, {{.file = file, .pointer = {}, .message = std::move(message)}});
}

Examined unreadable(const std::string& file) {
  return file_problem(file, "cannot be read: " + std::generic_category().message(errno));
}

LoadResult to_result(Examined examined) {
  if (examined.problems.empty()) return std::move(examined.scenario);
  return std::move(examined.problems);
}

}  // namespace

Examined examine_text(std::string_view text, std::string_view file) {
  Document document(text, std::string(file));
  Scenario scenario;
  if (read_document(document)) scenario = read_scenario(document.root());
  if (!document.problems().empty()) return with_problems(file, std::move(scenario), problems_of(document));
  scenario.text = text;
  return {std::move(scenario), {}};
}

Examined examine_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return file_problem(file.string(), "is a directory, not a file");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return unreadable(file.string());
  return examine_stream(stream, file.string());
}

Examined examine_stream(std::istream& stream, std::string_view file) {
  // It may be a pipe, which has no size. Reading stops once the text is too large.
  std::string text;
  std::array<char, 16'384> part{};
  errno = 0;
  while (text.size() <= kMaxBytes && stream.read(part.data(), part.size()).gcount() > 0)
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return unreadable(std::string(file));
  return examine_text(text, file);
}

LoadResult load_text(std::string_view text, std::string_view file) { return to_result(examine_text(text, file)); }
LoadResult load_file(const std::filesystem::path& file) { return to_result(examine_file(file)); }

std::variant<Rule, std::vector<Problem>> load_rule(std::string_view text,
                                                   const std::shared_ptr<const Callback>& callback) {
  Document document(text, "-");
  std::optional<Rule> rule;
  if (read_document(document)) rule = read_rule(document.root(), kAddedRule, callback);
  if (!document.problems().empty()) return problems_of(document);
  return *std::move(rule);
}

std::optional<double> read_scale(const Value& value) {
  if (const auto scale = value.number(); scale && *scale >= base::kMinTimeScale && *scale <= base::kMaxTimeScale)
    return scale;
  unexpected(value, "a number from 0.001 to 1000000");
  return std::nullopt;
}

}  // namespace enrichment_mock::scenario
