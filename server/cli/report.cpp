#include "cli/report.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace enrichment_mock::cli {
namespace {

using Result = ReportedCheck::Result;

// Characters of XML 1.0, section 2.2, except those that must be escaped.
bool is_xml_character(char32_t c) {
  return c >= 0x20 ? c != 0xFFFE && c != 0xFFFF : c == '\t' || c == '\n' || c == '\r';
}

// For text and for attribute values, in which a parser would replace line breaks and tabs by blanks.
std::string xml_text(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const char first = text.front();
    const auto before = text;
    const auto c = base::take_code_point(text);
    if (!c) {
      text.remove_prefix(1);
      escaped += "\uFFFD";
    } else if (std::string_view("&<>\"'\t\n\r").find(first) != std::string_view::npos) {
      escaped.append("&#").append(std::to_string(static_cast<int>(first))).append(";");
    } else if (is_xml_character(*c)) {
      escaped += before.substr(0, before.size() - text.size());
    }
  }
  return escaped;
}

std::string attribute(std::string_view name, std::string_view value) {
  return ' ' + std::string(name) + "=\"" + xml_text(value) + '"';
}

// "1.234"
std::string seconds(std::chrono::milliseconds duration) {
  const auto thousandths = std::to_string(1000 + duration.count() % 1000).substr(1);
  return std::to_string(duration.count() / 1000) + '.' + thousandths;
}

std::string element_of(const ReportedCheck& check) {
  const std::string tag = check.result == Result::failed ? "failure" : "error";
  const std::string details = check.message + (check.details.empty() ? "" : "\n" + check.details);
  return "<" + tag + attribute("message", check.message) + ">" + xml_text(details) + "</" + tag + ">";
}

// The data of a workflow command of GitHub Actions; in properties, colons and commas are escaped, too.
std::string github_text(std::string_view text, bool is_property) {
  std::string escaped;
  for (const char c : text) {
    const bool is_special = c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    if (!is_special) {
      escaped += c;
      continue;
    }
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    escaped.append({'%', kHex[byte / 16], kHex[byte % 16]});
  }
  return escaped;
}

}  // namespace

std::string junit_xml(const Report& report) {
  const auto count = [&](Result result) {
    return std::to_string(std::ranges::count(report.checks, result, &ReportedCheck::result));
  };
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite" +
                    attribute("name", "enrichment-mock " + report.command) +
                    attribute("tests", std::to_string(report.checks.size())) +
                    attribute("failures", count(Result::failed)) + attribute("errors", count(Result::not_checked)) +
                    attribute("skipped", "0") + attribute("time", seconds(report.duration)) + ">\n";
  for (const auto& check : report.checks) {
    xml +=
        "    <testcase" + attribute("classname", "enrichment-mock." + report.command) + attribute("name", check.name);
    xml += check.result == Result::passed ? "/>\n" : ">\n      " + element_of(check) + "\n    </testcase>\n";
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

std::string github_annotation(std::string_view level, std::string_view title, std::string_view text) {
  return "::" + std::string(level) + " title=" + github_text(title, true) + "::" + github_text(text, false) + "\n";
}

std::string github_annotations(const Report& report) {
  std::string lines;
  for (const auto& check : report.checks)
    if (check.result != Result::passed)
      lines += github_annotation("error", "enrichment-mock " + report.command + ": " + check.name,
                                 check.message + (check.details.empty() ? "" : "\n" + check.details));
  return lines;
}

}  // namespace enrichment_mock::cli
