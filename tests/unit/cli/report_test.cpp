#include "cli/report.h"

#include <doctest/doctest.h>

namespace cli = enrichment_mock::cli;
using cli::Report;
using cli::ReportedCheck;
using Result = cli::ReportedCheck::Result;
using namespace std::chrono_literals;

namespace {

// What the XML has in the attribute `name` of the only check.
std::string shown_name(const std::string& name) {
  const auto xml = cli::junit_xml({.command = "verify", .checks = {{name}}});
  const std::string before = "classname=\"enrichment-mock.verify\" name=\"", after = "\"/>\n";
  const auto begin = xml.find(before) + before.size();
  return xml.substr(begin, xml.find(after, begin) - begin);
}

}  // namespace

TEST_CASE("junit: one test case for each check, with what is wrong") {
  const Report report{.command = "verify",
                      .checks = {{"first"},
                                 {"second", Result::failed, "expected 1, found 0", "nearest: {\"request\":7}"},
                                 {"third", Result::not_checked, "no answer"}},
                      .duration = 1234ms};
  CHECK(cli::junit_xml(report) == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="enrichment-mock verify" tests="3" failures="1" errors="1" skipped="0" time="1.234">
    <testcase classname="enrichment-mock.verify" name="first"/>
    <testcase classname="enrichment-mock.verify" name="second">
      <failure message="expected 1, found 0">expected 1, found 0&#10;nearest: {&#34;request&#34;:7}</failure>
    </testcase>
    <testcase classname="enrichment-mock.verify" name="third">
      <error message="no answer">no answer</error>
    </testcase>
  </testsuite>
</testsuites>
)");
  CHECK(cli::junit_xml({.command = "exec"})
            .find("tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.000\"") != std::string::npos);
}

TEST_CASE("junit: everything that is special in XML is escaped, and what XML forbids is left out") {
  struct Case {
    std::string text, shown;
  };
  using namespace std::string_literals;
  for (const auto& [text, shown] : {Case{"<a & 'b' \"c\">", "&#60;a &#38; &#39;b&#39; &#34;c&#34;&#62;"},
                                    {"]]>", "]]&#62;"},
                                    {"a\tb\nc\rd", "a&#9;b&#10;c&#13;d"},
                                    {"a\0b\x01\x1b[31m\x1f"s, "ab[31m"},
                                    {"\x7f", "\x7f"},
                                    {"j\u00f6hn \U0001F600 \uFFFD", "j\u00f6hn \U0001F600 \uFFFD"},
                                    {"a\uFFFE\uFFFFb", "ab"},
                                    {"\xff\xc3(\xed\xa0\x80", "\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD"}}) {
    const auto& this_text = text;
    CAPTURE(this_text);
    CHECK(shown_name(text) == shown);
  }
}

TEST_CASE("github: an annotation for each check that has not passed, with GitHub's escapes") {
  const Report report{.command = "verify",
                      .checks = {{"first"},
                                 {"a: b, 100%\n", Result::failed, "50%: x, y", "line 1\r\nline 2"},
                                 {"third", Result::not_checked, "no answer"}}};
  CHECK(cli::github_annotations(report) ==
        "::error title=enrichment-mock verify%3A a%3A b%2C 100%25%0A::50%25: x, y%0Aline 1%0D%0Aline 2\n"
        "::error title=enrichment-mock verify%3A third::no answer\n");
  CHECK(cli::github_annotations({.command = "verify", .checks = {{"first"}}}).empty());
}
