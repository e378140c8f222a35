#include "scenario/loader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <limits>
#include <system_error>
#include <tuple>

#include "base/text.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

constexpr std::size_t kMostBytes = 1'000'000;

bool is_scenario_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

std::optional<std::string> read_name(const Value& value) {
  const auto name = read_string(value);
  if (!name) return std::nullopt;
  if (!is_scenario_name(*name)) {
    value.unexpected("a name of lower-case letters, digits and dashes");
    return std::nullopt;
  }
  const auto& file = value.document.file;
  const auto stem = std::filesystem::path(file).stem().string();
  if (!file.empty() && file != "-" && stem != *name) value.unexpected("the file's name, " + in_quotes(stem));
  return name;
}

std::optional<bool> read_unknown_keys(const Value& value) {
  constexpr std::array<std::string_view, 2> words = {"accept", "reject"};
  const auto word = read_word(value, words);
  return word ? std::optional(*word == 1) : std::nullopt;
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
  fields.read("unknown_keys", read_unknown_keys, scenario.rejects_unknown_keys);
  if (const auto lookup = fields.find("lookup")) read_lookup(*lookup, scenario.lookup);
  if (const auto settings = fields.find("callback")) read_callback(*settings, callback);
  scenario.callback = std::make_shared<const Callback>(std::move(callback));
  fields.read("profiles", read_profiles, scenario.profiles);
  fields.read("errors", read_errors, scenario.errors);
  fields.read("rate_limit", read_rate_limit, scenario.rate_limit);
  const auto rules = [&](const Value& list) { return read_rules(list, scenario.callback); };
  fields.read("rules", rules, scenario.rules);
  fields.read("schedule", read_schedule, scenario.schedule);
  fields.read("expect", read_expect, scenario.expect);
  fields.finish();
  return scenario;
}

// What keeps the bytes from being a text at all. Returns whether there is nothing.
bool check_bytes(Document& document) {
  const auto text = document.text;
  const auto problem_at = [&](std::size_t offset, std::string message) {
    document.problem(json_text::Positions(text).at(offset), "", std::move(message));
    return false;
  };
  if (text.size() > kMostBytes) return problem_at(0, "the file is larger than 1 MB");
  if (text.starts_with("\xEF\xBB\xBF"))
    return problem_at(0, "the file begins with a byte order mark; expected UTF-8 without one");
  if (const auto offset = base::find_invalid_utf8(text))
    return problem_at(*offset, "a byte that is not valid UTF-8; expected the file to be saved as UTF-8");
  // nlohmann::json takes a NUL for the end of the text and would ignore what follows.
  if (const auto offset = text.find('\0'); offset != text.npos)
    return problem_at(offset, "found a NUL byte; expected text");
  return true;
}

std::vector<Problem> in_order(std::vector<Problem> problems) {
  std::ranges::stable_sort(problems, {},
                           [](const Problem& problem) { return std::tuple(problem.line, problem.column); });
  return problems;
}

Examined broken(std::string_view file, Scenario scenario, std::vector<Problem> problems) {
  if (file != "-" && !file.empty()) scenario.name = std::filesystem::path(file).stem().string();
  return {std::move(scenario), std::move(problems)};
}

Examined file_problem(const std::string& file, std::string message) {
  return broken(file, {}, {{.file = file, .pointer = {}, .message = std::move(message)}});
}

Examined unreadable(const std::string& file) {
  return file_problem(file, "cannot be read: " + std::generic_category().message(errno));
}

LoadResult whole(Examined examined) {
  if (examined.problems.empty()) return std::move(examined.scenario);
  return std::move(examined.problems);
}

}  // namespace

Examined examine_text(std::string_view text, std::string_view file) {
  Document document{.file = std::string(file), .text = text, .problems = {}};
  Scenario scenario;
  if (check_bytes(document))
    if (const auto root = parse_tree(document)) scenario = read_scenario({*root, "", document});
  if (!document.problems.empty()) return broken(file, std::move(scenario), in_order(std::move(document.problems)));
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
  // No size is asked for, it may be a pipe; and no more is read than it takes to see that it is too large.
  std::string text;
  std::array<char, 16'384> part{};
  errno = 0;
  while (text.size() <= kMostBytes && stream.read(part.data(), part.size()).gcount() > 0)
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return unreadable(std::string(file));
  return examine_text(text, file);
}

LoadResult load_text(std::string_view text, std::string_view file) { return whole(examine_text(text, file)); }
LoadResult load_file(const std::filesystem::path& file) { return whole(examine_file(file)); }

}  // namespace enrichment_mock::scenario
