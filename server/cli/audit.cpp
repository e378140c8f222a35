// The command audit: runs a command once in each scenario, each time with a mock of its own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/text.h"
#include "base/threads.h"
#include "cli/command_run.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/guardian.h"
#include "cli/process.h"
#include "cli/report.h"
#include "json/writer.h"

namespace enrichment_mock::cli {
namespace {

using json_text::Array;
using json_text::Object;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Result = ReportedCheck::Result;

constexpr milliseconds kCommandTimeout{60'000};
constexpr double kTimeScale = 10;  // of scenarios in which it makes no difference when a call comes

struct Audited {
  std::string scenario;
  std::string error = {};              // why it was not run; empty: it was
  std::optional<ProgramEnd> end = {};  // empty: it was killed at the timeout
  ReportedCheck expect = {};
  Advice advice = {};
  bool too_severe = false;  // a finding is as severe as --fail-on, or the advice is not complete
  milliseconds duration{0};
  std::string story = {};

  bool passed() const {
    return error.empty() && end && end->status() == 0 && expect.result == Result::passed && !too_severe;
  }
  // "0", "137", "timeout"
  std::string status() const { return !error.empty() ? "-" : end ? std::to_string(end->status()) : "timeout"; }
  std::string end_text() const { return !error.empty() ? error : end ? to_text(*end) : "killed at the timeout"; }
};

// How the command fares in the scenarios. Guardians are forks, so all of them exist before the first thread starts.
class Audit {
 public:
  Audit(const Settings& settings, std::size_t count) : settings_(settings), results_(count) {
    guardians_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) guardians_.emplace_back(guardians_);
  }

  // Runs all of them, some at a time.
  std::vector<Audited> run(const std::vector<ScenarioInfo>& scenarios) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = 0; (i = next++) < scenarios.size() && stopped_by_ == 0;) {
        results_[i] = run_in(scenarios[i], guardians_[i]);
        if (stopped_by_ == 0) show(results_[i]);
      }
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < std::min(settings_.jobs, scenarios.size()); ++i)
      others.emplace_back([&] {
        base::name_this_thread("audit");
        work();
      });
    work();
    for (auto& each : others) each.join();
    finished_ = true;
    return std::move(results_);
  }

  // Ends the commands, so that run() returns. A second signal, or one after run(), ends this process at once.
  void stop(int signal, bool from_terminal) {
    const auto now = steady_clock::now();
    if (stopped_by_ != 0 && !from_terminal && is_sent_twice(stopped_by_, signal, now - stopped_at_)) return;
    if (finished_ || stopped_by_ != 0) ::_exit(128 + signal);
    stopped_at_ = now;
    stopped_by_ = signal;
    for (auto& guardian : guardians_) guardian.stop();
  }
  int stopped_by() const { return stopped_by_; }

 private:
  Audited run_in(const ScenarioInfo& scenario, Guardian& guardian) {
    Audited audited{.scenario = scenario.name};
    Settings settings = settings_;
    settings.emulator.default_scenario = scenario.name;
    settings.emulator.time_scale = scenario.has_schedule ? 1 : kTimeScale;
    settings.emulator.manual_clock = false;
    try {
      CommandRun run(settings, "audit");
      auto program = run.program();
      program.has_no_streams = true;
      const auto begin = steady_clock::now();
      guardian.start(program);
      audited.end = guardian.wait_until(begin + settings.wait.value_or(kCommandTimeout));
      audited.duration = std::chrono::ceil<milliseconds>(steady_clock::now() - begin);
      if (audited.end && stopped_by_ == 0) run.settle(kDefaultTimeout);
      if (const auto left = guardian.end(); left > 0) audited.story = others_left(left);
      audited.expect = run.check();
      audited.advice = run.advice(audited.end.has_value() && stopped_by_ == 0);
      audited.too_severe = settings.fail_on && is_severe(audited.advice, *settings.fail_on);
      if (!audited.passed()) audited.story += run.story(run.snapshot());
    } catch (const std::exception& error) {
      guardian.end();
      audited.error = error.what();
    }
    return audited;
  }

  void show(const Audited& audited) {
    std::string text = "enrichment-mock: " + audited.scenario + ": ";
    if (audited.passed()) {
      text += "passed\n";
    } else {
      text += audited.end_text() + "\n";
      if (audited.expect.result != Result::passed)
        text += audited.expect.name + ": " + audited.expect.message + "\n" +
                (audited.expect.details.empty() ? "" : audited.expect.details + "\n");
      text += audited.story;
    }
    if (!audited.advice.findings.empty() || !audited.advice.complete) text += to_text(audited.advice);
    const std::scoped_lock lock(output_mutex_);
    print_error(base::printable(text, true));
  }

  const Settings& settings_;
  std::vector<Guardian> guardians_;
  std::vector<Audited> results_;
  std::atomic<int> stopped_by_ = 0;
  steady_clock::time_point stopped_at_;  // for the thread of the signals
  std::atomic<bool> finished_ = false;
  std::mutex output_mutex_;  // held while a result is printed
};

std::string seconds_text(milliseconds duration) {
  const auto tenths = (duration.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string expect_text(const Audited& audited) {
  if (!audited.error.empty()) return "-";
  switch (audited.expect.result) {
    case Result::passed:
      return "ok";
    case Result::failed:
      return "failed";
    case Result::not_checked:
      break;
  }
  return "unknown";
}

std::string findings_text(const Audited& audited) {
  if (!audited.advice.complete) return "unknown";
  std::string text;
  for (const auto& finding : audited.advice.findings) text += (text.empty() ? "" : ", ") + finding.rule;
  return text.empty() ? "-" : text;
}

std::string summary_of(const std::vector<Audited>& all) {
  const auto passed = static_cast<std::size_t>(std::ranges::count_if(all, &Audited::passed));
  return std::to_string(all.size()) + " scenarios: " + std::to_string(passed) + " passed, " +
         std::to_string(all.size() - passed) + " failed";
}

// Columns as wide as their widest cell; the last one, which may be long, comes last.
std::string table_of(const std::vector<Audited>& all) {
  using Row = std::vector<std::string>;
  std::vector<Row> rows{{"scenario", "result", "exit", "expect", "time", "findings"}};
  for (const auto& each : all)
    rows.push_back({each.scenario, each.passed() ? "passed" : "FAILED", each.status(), expect_text(each),
                    seconds_text(each.duration), findings_text(each)});
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) (text += row[i]).append(widths[i] + 2 - row[i].size(), ' ');
    text += row.back() + "\n";
  }
  return text + summary_of(all) + "\n";
}

Object to_json(const AdviceFinding& finding) {
  return {{"rule", finding.rule},
          {"severity", to_text(finding.severity)},
          {"title", finding.title},
          {"explanation", finding.explanation},
          {"count", finding.count}};
}

Object to_json(const Audited& each) {
  const bool ran = each.error.empty();
  Object json{{"scenario", each.scenario}, {"passed", each.passed()}};
  json.add("status", ran && each.end ? std::optional(each.end->status()) : std::nullopt);
  json.add("end", each.end_text());
  json.add("expect", Object{{"passed", ran && each.expect.result == Result::passed}, {"message", each.expect.message}});
  json.add("complete", each.advice.complete);
  json.add("findings", Array::of(each.advice.findings, [](const auto& finding) { return to_json(finding); }));
  json.add("seconds", static_cast<double>(each.duration.count()) / 1000);
  return json;
}

std::string json_of(const std::vector<Audited>& all) {
  const auto scenarios = Array::of(all, [](const Audited& each) { return to_json(each); });
  return base::printable(
             Object{{"passed", std::ranges::all_of(all, &Audited::passed)}, {"scenarios", scenarios}}.text()) +
         "\n";
}

ReportedCheck check_of(const Audited& audited) {
  ReportedCheck check{.name = audited.scenario};
  if (audited.passed()) return check;
  check.result = audited.error.empty() ? Result::failed : Result::not_checked;
  check.message = audited.end_text();
  if (audited.expect.result != Result::passed) check.message += "; expect: " + audited.expect.message;
  if (audited.too_severe) check.message += "; findings: " + findings_text(audited);
  check.details = to_text(audited.advice) + audited.story;
  return check;
}

}  // namespace

int audit(const Settings& settings) {
  auto scenarios = loaded_scenarios(settings.emulator);
  const auto is_left_out = [&](const ScenarioInfo& each) {
    return std::ranges::find(settings.scenarios, each.name) == settings.scenarios.end();
  };
  std::erase_if(scenarios, is_left_out);
  const auto begin = steady_clock::now();
  const auto running = std::make_shared<Audit>(settings, scenarios.size());
  raise_fd_limit();
  configure_malloc();
  handle_signals([running](int signal, bool from_terminal) {
    if (signal != SIGUSR1 && signal != SIGUSR2) running->stop(signal, from_terminal);
  });
  const auto results = running->run(scenarios);
  if (const int signal = running->stopped_by(); signal != 0) return 128 + signal;

  Report report{.command = "audit"};
  std::ranges::transform(results, std::back_inserter(report.checks), check_of);
  report.duration = std::chrono::ceil<milliseconds>(steady_clock::now() - begin);
  if (settings.github_actions) print_error(github_annotations(report));
  print(settings.as_json ? json_of(results) : table_of(results));
  if (!settings.junit_file.empty())
    write_output(settings.junit_file, junit_xml(report), "the report", "--junit", FifoReader::awaited);
  return std::ranges::all_of(results, &Audited::passed) ? 0 : 1;
}

}  // namespace enrichment_mock::cli
