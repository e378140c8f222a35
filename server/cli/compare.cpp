// The command compare.
#include "upstream/compare.h"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/process.h"
#include "cli/report.h"
#include "enrichment_mock/emulator.h"
#include "upstream/comparison_text.h"

namespace enrichment_mock::cli {
namespace {

constexpr int kDiffers = 1, kUsage = 2, kNoResult = 3;

upstream::CompareOptions compare_options(const Settings& settings) {
  upstream::CompareOptions options{.upstream = {.url = settings.upstream.url, .ca_file = settings.upstream.ca_file},
                                   .key = settings.upstream_key,
                                   .mock = settings.emulator,
                                   .spend = settings.spend};
  if (settings.wait) options.upstream.timeout = options.upstream.connection_timeout = *settings.wait;
  return options;
}

Report report_of(const upstream::Comparison& comparison) {
  Report report{.command = "compare"};
  for (const auto& line : comparison.lines) {
    const auto& fact = upstream::fact_of(*line.question);
    ReportedCheck check{std::string(line.question->id) + ": " + std::string(fact.name)};
    if (!line.agrees()) {
      check.result = ReportedCheck::Result::failed;
      check.message = "upstream " + base::printable(line.upstream) + "; mock " + base::printable(line.mock);
      check.details = fact.means;
    }
    report.checks.push_back(std::move(check));
  }
  if (!comparison.stopped.empty())
    report.checks.push_back({"all questions", ReportedCheck::Result::not_checked, comparison.stopped});
  return report;
}

int fail(int status, const std::string& message) {
  print_error("enrichment-mock: " + base::printable(message) + "\n");
  return status;
}

// Annotations are for people, so they do not go into JSON.
void publish_comparison(const Settings& settings, const Report& report) {
  if (settings.github_actions && !settings.as_json) print(github_annotations(report));
  if (!settings.junit_file.empty())
    write_output(settings.junit_file, junit_xml(report), "the report", "--junit", FifoReader::awaited);
}

// The report is written although there is no result.
int fail_without_result(const Settings& settings, int status, const std::string& message, Report report) {
  report.checks = {{"compare", ReportedCheck::Result::not_checked, message}};
  try {
    publish_comparison(settings, report);
  } catch (const std::exception& error) {
    fail(status, error.what());
  }
  return fail(status, message);
}

}  // namespace

int compare(const Settings& settings) {
  if (settings.dry_run) {
    print(settings.as_json ? upstream::questions_json() : upstream::questions_text());
    return 0;
  }
  const auto begin = std::chrono::steady_clock::now();
  upstream::Comparison comparison;
  try {
    comparison = upstream::compare(compare_options(settings), [&](const upstream::Line& line) {
      if (!settings.as_json) print(line_text(line));
    });
  } catch (const ScenarioError&) {
    throw;  // bad usage
  } catch (const upstream::ScenarioRefusesKey& error) {
    return fail_without_result(settings, kUsage, error.what(), {.command = "compare"});
  } catch (const std::exception& error) {
    return fail_without_result(settings, kNoResult, error.what(), {.command = "compare"});
  }
  print(settings.as_json ? to_json(comparison) : summary_text(comparison));
  auto report = report_of(comparison);
  report.duration = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  try {
    publish_comparison(settings, report);
    const auto now = base::format_instant(std::chrono::floor<base::Duration>(std::chrono::system_clock::now()));
    if (!settings.scenario_file.empty())
      write_output(settings.scenario_file, scenario_text(comparison, settings.written_scenario, now), "the scenario",
                   "--write");
  } catch (const std::exception& error) {
    return fail(kUsage, error.what());
  }
  return comparison.agrees() ? 0 : kDiffers;
}

}  // namespace enrichment_mock::cli
