// "clock", "credits", "teams" and "profiles": the world that the rules act in.
#include <array>
#include <set>

#include "scenario/loader_parts.h"
#include "scenario/plan.h"

namespace enrichment_mock::scenario {

namespace {

// What all teams of a file have used up.
struct Taken {
  std::set<std::string> names, keys;
};

// A key comes in a header, which can hold nothing else.
std::optional<std::string> read_api_key(const Value& value, Taken& taken) {
  const auto key = read_filled_string(value);
  if (!key) return std::nullopt;
  if (!is_header_value(*key)) {
    value.unexpected("a key of printable ASCII without blanks at its ends");
    return std::nullopt;
  }
  if (!taken.keys.insert(*key).second) value.problem("this API key is listed twice in the file");
  return key;
}

std::optional<std::vector<std::string>> read_api_keys(const Value& value, Taken& taken) {
  if (value.node.kind != Node::Kind::array || value.node.children.empty()) {
    value.unexpected("an array of at least one API key");
    return std::nullopt;
  }
  return read_list(value, [&](const Value& element) { return read_api_key(element, taken); });
}

std::optional<TeamSettings> read_team(const Value& value, Taken& taken) {
  const auto team_name = [&](const Value& name) {
    auto text = read_filled_string(name);
    if (text && !taken.names.insert(*text).second) name.problem("the team " + in_quotes(*text) + " stands twice");
    return text;
  };
  Fields fields(value);
  TeamSettings team;
  fields.require("name", team_name, team.name);
  fields.require(
      "api_keys", [&](const Value& keys) { return read_api_keys(keys, taken); }, team.api_keys);
  fields.read("credits", read_credits, team.credits);
  fields.finish();
  return team;
}

// The outer value says that the profile names this type; an empty inner one that there is no such email.
std::optional<std::optional<std::string>> read_known_email(const Value& value) {
  if (value.node.kind == Node::Kind::null) return std::optional<std::string>();
  if (value.node.kind == Node::Kind::string && !value.node.text.empty()) return std::optional(value.node.text);
  value.unexpected("an email, or null where none is to be found");
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

}  // namespace

std::optional<double> read_scale(const Value& value) {
  const bool fits = value.node.kind == Node::Kind::number && value.node.number >= 0.001 && value.node.number <= 1e6;
  if (fits) return value.node.number;
  value.unexpected("a number from 0.001 to 1000000");
  return std::nullopt;
}

std::optional<Instant> read_instant(const Value& value) {
  if (value.node.kind == Node::Kind::string)
    if (const auto instant = base::parse_instant(value.node.text)) return instant;
  value.unexpected("an instant in UTC such as \"2026-01-01T00:00:00Z\" (years 1970 to 2999)");
  return std::nullopt;
}

std::optional<EmailType> read_email_type(const Value& value) {
  constexpr std::array<std::string_view, 2> words = {"work", "personal"};
  const auto word = read_word(value, words);
  return word ? std::optional(static_cast<EmailType>(*word)) : std::nullopt;
}

std::optional<std::int64_t> read_credits(const Value& value) {
  return whole_number<std::int64_t>(0, kMostCredits)(value);
}

std::optional<ClockSettings> read_clock(const Value& value) {
  Fields fields(value);
  ClockSettings clock;
  constexpr std::array<std::string_view, 2> modes = {"running", "manual"};
  std::optional<std::size_t> mode;
  fields.read(
      "mode", [&](const Value& word) { return read_word(word, modes); }, mode);
  clock.manual = mode == 1;
  fields.read("now", read_instant, clock.now);
  fields.read("scale", read_scale, clock.scale);
  if (const auto scale = value.member("scale"); scale && clock.manual)
    scale->problem("a manual clock stands still; expected no \"scale\"");
  fields.finish();
  return clock;
}

std::optional<std::vector<TeamSettings>> read_teams(const Value& value) {
  Taken taken;
  return read_list(value, [&](const Value& element) { return read_team(element, taken); });
}

std::optional<Profiles> read_profiles(const Value& value) {
  if (value.node.kind != Node::Kind::object) {
    value.unexpected("an object of usernames and emails");
    return std::nullopt;
  }
  Profiles profiles;
  for (const auto& member : value.children()) {
    const auto username = fold_username(member.node.key);
    const auto refuse = [&](const std::string& why) {
      value.document.problem(member.node.key_at, value.pointer, "the username " + in_quotes(member.node.key) + why);
    };
    if (username.empty()) refuse(" is empty");
    if (!profiles.emplace(username, read_profile(member)).second)
      refuse(" stands twice; letter case and percent-encoding make no difference");
  }
  return profiles;
}

namespace {

constexpr std::uint32_t kMostRequests = 1'000'000;

// The two kinds of entries have nothing in common but when they begin.
void check_entry(const Value& value, const ScheduleEntry& entry) {
  const auto credits = value.member("add_credits"), response = value.member("response");
  if (!credits && !response) value.problem("the entry does nothing; expected a \"response\" or \"add_credits\" in it");
  if (credits)
    for (const std::string_view key : {"until", "on", "response"})
      if (const auto own = value.member(key))
        own->problem(in_quotes(key) + " does not go with \"add_credits\"; expected an entry of its own for the window");
  if (const auto until = value.member("until"); until && entry.until && *entry.until <= entry.at)
    until->unexpected("a time after " + in_quotes(base::format_duration(entry.at)) + ", at which the window begins");
}

std::optional<ScheduleEntry> read_entry(const Value& value) {
  Fields fields(value);
  ScheduleEntry entry;
  fields.require("at", read_duration, entry.at);
  fields.read("until", read_duration, entry.until);
  fields.read("on", read_event, entry.on);
  fields.read("response", read_response, entry.response);
  fields.read("add_credits", whole_number<std::int64_t>(1, kMostCredits), entry.add_credits);
  fields.finish();
  if (value.node.kind == Node::Kind::object) check_entry(value, entry);
  return entry;
}

}  // namespace

std::optional<RateLimit> read_rate_limit(const Value& value) {
  Fields fields(value);
  RateLimit limit;
  fields.require("requests", whole_number(std::uint32_t{1}, kMostRequests), limit.requests);
  fields.require("per", read_positive_duration, limit.per);
  fields.finish();
  return limit;
}

std::optional<std::vector<ScheduleEntry>> read_schedule(const Value& value) { return read_list(value, read_entry); }

namespace {

constexpr std::uint64_t kGreatestCount = 1'000'000'000'000;

std::optional<Bounds> read_limits(const Value& value) {
  const auto problems = value.document.problems.size();
  const auto count = whole_number<std::uint64_t>(0, kGreatestCount);
  Fields fields(value);
  Bounds bounds;
  fields.read("at_least", count, bounds.at_least);
  fields.read("at_most", count, bounds.at_most);
  fields.finish();
  if (problems != value.document.problems.size()) return std::nullopt;
  if (!bounds.at_least && !bounds.at_most) {
    value.unexpected("\"at_least\", \"at_most\" or both");
    return std::nullopt;
  }
  if (bounds.at_least && bounds.at_most && *bounds.at_least > *bounds.at_most) {
    value.member("at_most")->unexpected(std::to_string(*bounds.at_least) + " or more, as \"at_least\" says");
    return std::nullopt;
  }
  return bounds;
}

std::optional<Bounds> read_bounds(const Value& value) {
  if (value.node.kind == Node::Kind::object) return read_limits(value);
  if (value.node.kind != Node::Kind::number) {
    value.unexpected("a whole number from 0 to " + std::to_string(kGreatestCount) +
                     ", or bounds such as {\"at_least\": 1}");
    return std::nullopt;
  }
  const auto number = read_whole_number(value, 0, kGreatestCount);
  return number ? std::optional(Bounds::exactly(*number)) : std::nullopt;
}

std::optional<std::map<int, Bounds>> read_rejected(const Value& value) {
  if (value.node.kind != Node::Kind::object) {
    value.unexpected("an object of statuses and counts");
    return std::nullopt;
  }
  std::map<int, Bounds> rejected;
  for (const auto& member : value.children()) {
    const auto status = read_error_status(value, member.node);
    const auto bounds = read_bounds(member);
    if (status && bounds) rejected[*status] = *bounds;
  }
  return rejected;
}

}  // namespace

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

}  // namespace enrichment_mock::scenario
