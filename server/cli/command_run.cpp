#include "cli/command_run.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "base/text.h"
#include "cli/start.h"
#include "json/reader.h"

namespace enrichment_mock::cli {
namespace {

constexpr std::size_t kMaxShown = 10;  // calls, and other things, of each list

using json_text::Value;

std::string text_of(const Value& json, std::string_view name) {
  const auto member = json.member(name);
  if (!member || member->kind() == json_text::Kind::null) return "";
  return std::string(member->is_string() ? member->text() : member->raw());
}

std::vector<Value> members_of(const Value& json, std::string_view name) {
  std::vector<Value> all;
  if (const auto list = json.member(name))
    for (const auto each : list->children()) all.push_back(each);
  return all;
}

// "  3 GET /v1/api/enrichment/credit 404: Cannot GET …", and a line with the rule that nearly matched.
std::string line_of_call(const Value& call) {
  std::string text = "  " + text_of(call, "number") + " " + text_of(call, "method") + " " + text_of(call, "path") +
                     " " + text_of(call, "status");
  if (const auto rule = text_of(call, "rule"); !rule.empty()) text += " (" + rule + ")";
  if (const auto fault = text_of(call, "fault"); !fault.empty()) text += " (" + fault + ")";
  if (const auto reason = text_of(call, "reason"); !reason.empty()) text += ": " + reason;
  if (const auto nearest = call.member("nearest_rule")) {
    text += "\n    nearest rule: " + text_of(*nearest, "name");
    for (const auto& difference : members_of(*nearest, "differs")) text += "; " + std::string(difference.text());
  }
  return text;
}

std::string line_of_callback(const Value& callback) {
  const auto attempts = members_of(callback, "attempts");
  std::string text = "  " + text_of(callback, "id") + " to " + text_of(callback, "url") + ": " +
                     text_of(callback, "state") + ", attempts: " + std::to_string(attempts.size());
  if (attempts.empty()) return text;
  const auto error = text_of(attempts.back(), "error"), status = text_of(attempts.back(), "status");
  return text + (error.empty() ? ", the last response was " + status : ", the last one failed: " + error);
}

// The last of the values, a line each below a heading.
std::string list(std::string_view heading, const std::vector<Value>& values, std::string (*line)(const Value&)) {
  if (values.empty()) return "";
  const auto shown = std::min(values.size(), kMaxShown);
  std::string text(heading);
  if (shown < values.size())
    text += " (the last " + std::to_string(shown) + " of " + std::to_string(values.size()) + ")";
  text += ":\n";
  for (auto each = values.end() - static_cast<std::ptrdiff_t>(shown); each != values.end(); ++each)
    text += base::printable(line(*each), true) + "\n";
  return text;
}

const ScenarioInfo& default_of(const std::vector<ScenarioInfo>& scenarios) {
  return *std::ranges::find(scenarios, true, &ScenarioInfo::is_default);
}

std::string random_name() {
  std::random_device device;
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(device()), static_cast<std::uint8_t>(device()),
                                static_cast<std::uint8_t>(device()), static_cast<std::uint8_t>(device())};
  return base::to_hex(bytes);
}

std::string key_for(const ScenarioInfo& scenario, std::string_view purpose) {
  if (scenario.accepts_any_key) return scenario.name + "." + std::string(purpose) + "-" + random_name();
  if (scenario.api_keys.empty()) throw std::runtime_error("the scenario " + scenario.name + " accepts no API key");
  return scenario.api_keys.front();
}

}  // namespace

CommandRun::CommandRun(const Settings& settings, std::string_view purpose)
    : log_(open_log(settings.log), LogStyle::json, system_now),
      emulator_(start_emulator(settings, log_)),
      scenario_(emulator_->default_scenario()),
      key_(key_for(default_of(emulator_->scenarios()), purpose)),
      team_(emulator_->team(key_)),
      settings_(settings),
      url_(local_url(!emulator_->tls_fingerprint().empty(), settings.emulator.host, emulator_->port())) {
  publish_certificate(settings, *emulator_, log_);
}

Program CommandRun::program() const {
  auto environment = settings_.environment;
  environment["ENRICHMENT_MOCK_URL"] = url_;
  environment["ENRICHMENT_MOCK_ADMIN_URL"] = url_ + "/__admin";
  environment["ENRICHMENT_MOCK_API_KEY"] = key_;
  if (const auto& token = settings_.emulator.admin_token; !token.empty())
    environment["ENRICHMENT_MOCK_ADMIN_TOKEN"] = token;
  Program program{.words = settings_.command, .environment = {}};
  for (const auto& [name, value] : environment) program.environment.push_back(name + "=" + value);
  return program;
}

void CommandRun::settle(std::chrono::milliseconds timeout) {
  try {
    team_.settle(timeout);
  } catch (const std::exception&) {
    // The command settles or advances the clock at the same time, or has reset the team: check() finds what is wrong.
  }
}

ReportedCheck CommandRun::unchecked(std::string_view why) const {
  return {.name = "expect of the scenario " + scenario_,
          .result = ReportedCheck::Result::not_checked,
          .message = std::string(why)};
}

ReportedCheck CommandRun::check() const {
  try {
    ReportedCheck check{.name = "expect of the scenario " + scenario_};
    const auto result = team_.verify();
    if (result.passed) return check;
    check.result = ReportedCheck::Result::failed;
    for (const auto& failure : result.failures) check.message += (check.message.empty() ? "" : "; ") + failure.message;
    for (std::size_t i = 0; i < result.open.size() && i < kMaxShown; ++i)
      check.details +=
          (i > 0 ? "\n" : "") + ("open: " + result.open[i].id + " (") + std::string(to_text(result.open[i].why)) + ")";
    if (result.open.size() > kMaxShown)
      check.details += "\nopen: " + std::to_string(result.open.size() - kMaxShown) + " more";
    return check;
  } catch (const std::exception& error) {
    return unchecked(error.what());
  }
}

std::string CommandRun::story(std::string_view snapshot) const {
  json_text::Document document(snapshot);
  if (!document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth)) return "";
  const auto root = document.root();
  const auto id = team_.info().id;
  std::vector<Value> undelivered;
  std::string text, others;
  for (const auto& team : members_of(root, "teams")) {
    const auto calls = members_of(team, "requests");
    if (text_of(team, "id") != id) {
      if (!calls.empty())
        others += "  " + base::printable(text_of(team, "key")) + ": " + std::to_string(calls.size()) + "\n";
      continue;
    }
    text = calls.empty() ? "no calls with the key of ENRICHMENT_MOCK_API_KEY\n" : list("calls", calls, line_of_call);
    for (const auto& callback : members_of(team, "callbacks"))
      if (const auto state = text_of(callback, "state"); state == "exhausted" || state == "retrying")
        undelivered.push_back(callback);
  }
  if (!others.empty()) text += "calls with other keys:\n" + others;
  text += list("calls without a team", members_of(root, "other_requests"), line_of_call);
  return text + list("callbacks that were not delivered", undelivered, line_of_callback);
}

bool is_severe(const Advice& advice, Severity severity) {
  const auto counts = [&](const AdviceFinding& finding) { return finding.severity >= severity; };
  return !advice.complete || std::ranges::any_of(advice.findings, counts);
}

std::string others_left(std::size_t count) {
  return "processes that could not be ended: " + std::to_string(count) + "\n";
}

std::string shown_command(const std::vector<std::string>& words) {
  constexpr std::size_t kMaxBytes = 200;
  std::string text;
  for (const std::string& word : words) {
    const bool is_plain = !word.empty() && word.find_first_of(" \t\n'\"$\\") == word.npos;
    text += (text.empty() ? "" : " ") + (is_plain ? word : "'" + word + "'");
  }
  std::ranges::replace(text, '\n', ' ');
  text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }), text.end());
  const auto shown = base::utf8_prefix(text, kMaxBytes);
  return base::printable(shown) + (shown.size() < text.size() ? "…" : "");
}

}  // namespace enrichment_mock::cli
