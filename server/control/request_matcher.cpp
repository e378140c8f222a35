#include "control/request_matcher.h"

#include <algorithm>

#include "scenario/match.h"

namespace enrichment_mock::control {

namespace {

std::string_view path_of(const journal::Entry& entry) {
  return std::string_view(entry.target).substr(0, entry.target.find('?'));
}

std::size_t parts_of(const RequestMatcher& matcher) {
  return std::size_t{matcher.method.has_value()} + matcher.path.has_value() + matcher.status.has_value() +
         matcher.body.has_value();
}

std::optional<nlohmann::json> read_json(const scenario::Value& value) {
  const auto written = value.document.text.substr(value.node.begin, value.node.end - value.node.begin);
  return nlohmann::json::parse(written, nullptr, true, true);
}

}  // namespace

std::vector<std::string> RequestMatcher::differences(const journal::Entry& entry) const {
  std::vector<std::string> found;
  if (method && entry.method != *method) found.push_back("method: expected " + *method + ", found " + entry.method);
  if (path && !scenario::fits_pattern(*path, path_of(entry)))
    found.push_back("path: expected " + *path + ", found " + std::string(path_of(entry)));
  if (status && entry.status != *status)
    found.push_back("status: expected " + std::to_string(*status) + ", found " + std::to_string(entry.status) +
                    (entry.reason.empty() ? "" : " (" + entry.reason + ")"));
  if (body && !is_subset(*body, nlohmann::json::parse(entry.body, nullptr, false)))
    found.push_back("body: expected at least " + body->dump() + ", found " + entry.body);
  return found;
}

std::string RequestMatcher::describe() const {
  std::string text = method.value_or("any method") + ' ' + path.value_or("any path");
  if (status) text += ", status " + std::to_string(*status);
  if (body) text += ", body " + body->dump();
  return text;
}

std::optional<RequestMatcher> read_request_matcher(const scenario::Value& value) {
  scenario::Fields fields(value);
  RequestMatcher matcher;
  fields.read("method", scenario::read_filled_string, matcher.method);
  fields.read("path", scenario::read_filled_string, matcher.path);
  fields.read("status", scenario::whole_number(100, 599), matcher.status);
  fields.read("body", read_json, matcher.body);
  fields.finish();
  return matcher;
}

bool is_subset(const nlohmann::json& wanted, const nlohmann::json& found) {
  if (wanted.is_object()) {
    if (!found.is_object()) return false;
    return std::ranges::all_of(wanted.items(), [&](const auto& item) {
      return found.contains(item.key()) && is_subset(item.value(), found[item.key()]);
    });
  }
  if (wanted.is_array()) {
    if (!found.is_array() || wanted.size() != found.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (!is_subset(wanted[i], found[i])) return false;
    return true;
  }
  return wanted == found;
}

Json nearest(const RequestMatcher& matcher, const std::vector<journal::Entry>& entries) {
  std::vector<std::string> least(parts_of(matcher));
  const journal::Entry* best = nullptr;
  for (const auto& entry : entries) {
    auto differences = matcher.differences(entry);
    if (differences.empty() || differences.size() >= least.size()) continue;
    least = std::move(differences);
    best = &entry;
  }
  if (!best) return nullptr;
  return {{"request", best->number}, {"differs", least}};
}

}  // namespace enrichment_mock::control
