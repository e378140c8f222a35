// The results of a command for other programs: a JUnit file for CI servers, and annotations for GitHub Actions.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::cli {

// One thing that a command has checked.
struct ReportedCheck {
  enum class Result { passed, failed, not_checked };  // not_checked: an error prevented it

  std::string name;  // unique in its report
  Result result = Result::passed;
  std::string message = {};  // why it has not passed, in one sentence
  std::string details = {};  // more about that, perhaps in several lines
};

struct Report {
  std::string command;  // "verify"
  std::vector<ReportedCheck> checks = {};
  std::chrono::milliseconds duration{0};
};

// XML 1.0 that Jenkins and GitLab accept. Characters that XML forbids are left out, and bytes that are not UTF-8 are
// replaced by U+FFFD.
std::string junit_xml(const Report& report);

// One line for each check that has not passed: "::error title=…::…". GitHub shows it on the page of the run.
std::string github_annotations(const Report& report);

// One such line. `level`: error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view title, std::string_view text);

}  // namespace enrichment_mock::cli
