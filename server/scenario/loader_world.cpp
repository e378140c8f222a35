// "clock", "credits", "teams" and "profiles": the world that the rules act in.
#include <array>
#include <set>

#include "scenario/loader_parts.h"
#include "scenario/username.h"

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
    if (const auto instant = parse_instant(value.node.text)) return instant;
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

}  // namespace enrichment_mock::scenario
