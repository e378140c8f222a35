#include "control/input.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "api/error.h"
#include "base/text.h"

namespace enrichment_mock::control {

namespace {
bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }
bool is_list(std::string_view parameter) {
  return parameter == "wait" || parameter == "status" || parameter == "state" || parameter == "ignore";
}
}  // namespace

void refuse(std::span<const json_text::Problem> problems) {
  std::vector<std::string> sentences;
  for (const auto& problem : problems)
    sentences.push_back(problem.pointer.empty() ? problem.message : problem.pointer + ": " + problem.message);
  throw api::invalid_fields(sentences);
}

void rename_file_to_body(std::span<json_text::Problem> problems) {
  constexpr std::string_view kFile = "the file", kBody = "the body";
  for (auto& problem : problems)
    for (auto at = problem.message.find(kFile); at != std::string::npos; at = problem.message.find(kFile, at + 1))
      problem.message.replace(at, kFile.size(), kBody);
}

void refuse(std::string message) { throw api::malformed_body(std::move(message)); }

Query::Query(std::string_view query, std::span<const std::string_view> known) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (parameter.empty()) continue;
    const auto equals = std::min(parameter.find('='), parameter.size());
    auto name = base::percent_decoded(parameter.substr(0, equals));
    if (std::ranges::find(known, name) == known.end())
      refuse("unknown parameter \"" + api::clipped(name) + "\"" + json_text::did_you_mean(name, known));
    std::string value(parameter.substr(std::min(equals + 1, parameter.size())));
    std::ranges::replace(value, '+', ' ');
    if (parameters_.contains(name) && !is_list(name))
      refuse("the parameter \"" + std::string(parameter.substr(0, equals)) + "\" is given twice");
    parameters_.emplace(std::move(name), base::percent_decoded(value));
  }
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Query::filled(std::string_view name) const {
  auto given = text(name);
  if (given && given->empty()) refuse("parameter \"" + std::string(name) + "\": its value is empty");
  return given;
}

std::vector<std::string> Query::list(std::string_view name) const {
  std::vector<std::string> items;
  const auto [first, last] = parameters_.equal_range(name);
  for (auto each = first; each != last; ++each) {
    const std::string_view text = each->second;
    if (text.empty()) refuse("parameter \"" + std::string(name) + "\": its value is empty");
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(',', begin), text.size());
      items.emplace_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return items;
}

std::optional<std::uint64_t> Query::number(std::string_view name, std::uint64_t least, std::uint64_t most) const {
  const auto given = text(name);
  return given ? std::optional(read_number(name, *given, least, most)) : std::nullopt;
}

std::uint64_t read_number(std::string_view parameter, std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return number;
  refuse("parameter \"" + std::string(parameter) + "\": \"" + api::clipped(text) + "\" is not a number from " +
         std::to_string(least) + " to " + std::to_string(most));
}

std::optional<base::Duration> Query::duration(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  if (const auto duration = base::parse_duration(*given)) return duration;
  refuse("parameter \"" + std::string(name) + "\": \"" + api::clipped(*given) +
         "\" is not a duration such as 500ms or 5s");
}

Body::Body(const net::Request& request, json_text::Syntax syntax, std::size_t max_depth, const std::atomic<bool>* stop)
    : document_(is_blank(request.body) ? "{}" : request.body, {}, stop) {
  if (request.body_fault == net::BodyFault::too_large) throw api::body_too_large();
  if (request.body.starts_with("\xEF\xBB\xBF"))
    refuse("the body begins with a byte order mark; expected UTF-8 without one");
  const bool is_json = document_.read(syntax, max_depth);
  if (!is_json && (base::find_invalid_utf8(request.body) || request.body.find('\0') != request.body.npos))
    refuse("the body is not UTF-8 text");
  json_text::report_syntax_errors(document_);
  auto& problems = document_.problems();
  json_text::limit_problems(problems, document_.omitted_problems());
  rename_file_to_body(problems);
  for (auto& problem : problems)
    problem.message = "the body's line " + std::to_string(problem.line) + ", column " + std::to_string(problem.column) +
                      ": " + problem.message;
  if (!problems.empty()) refuse(problems);
  if (!root().is_object()) refuse("the body must be a JSON object");
}

void Body::finish(json_text::Fields& fields) {
  fields.finish();
  finish();
}

void Body::finish() {
  json_text::limit_problems(document_.problems(), document_.omitted_problems());
  if (!document_.problems().empty()) refuse(document_.problems());
}

void expect_no_body(const net::Request& request) {
  Body body(request);
  if (body.root().empty()) return;
  const auto key = (*body.root().children().begin()).key();
  refuse("the body has " + json_text::in_quotes(key) + ", but this call takes no body" +
         (key == "team" ? "; name the team by ?team=ID or by the header x-api-key" : ""));
}

}  // namespace enrichment_mock::control
