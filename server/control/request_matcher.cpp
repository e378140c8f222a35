#include "control/request_matcher.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "runner/key_mask.h"
#include "scenario/match.h"
#include "scenario/suggest.h"

namespace enrichment_mock::control {

namespace {

std::string_view path_of(const journal::Entry& entry) {
  return std::string_view(entry.target).substr(0, entry.target.find('?'));
}

// How far one text is from another. Past so many bytes it is their lengths that tell.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kMost = 256;
  if (std::max(a.size(), b.size()) <= kMost) return scenario::edit_distance(a, b);
  return std::max(a.size(), b.size()) - std::min(a.size(), b.size());
}

// How far a request is from what is wanted, beyond the number of parts that differ: by the members of its body that are
// others, then by its path.
std::pair<std::size_t, std::size_t> distance(const RequestMatcher& matcher, const journal::Entry& entry) {
  std::pair<std::size_t, std::size_t> far{0, 0};
  if (matcher.path && !scenario::fits_pattern(*matcher.path, path_of(entry)))
    far.second = distance(*matcher.path, path_of(entry));
  if (!matcher.body || !matcher.body->is_object()) return far;
  const auto found = nlohmann::json::parse(entry.body, nullptr, false);
  for (const auto& [key, value] : matcher.body->items())
    if (!found.is_object() || !found.contains(key) || !is_subset(value, found[key])) ++far.first;
  return far;
}

std::optional<nlohmann::json> read_json(const scenario::Value& value) {
  const auto written = value.document.text.substr(value.node.begin, value.node.end - value.node.begin);
  return nlohmann::json::parse(written, nullptr, true, true);
}

}  // namespace

std::vector<std::string> RequestMatcher::differences(const journal::Entry& entry) const {
  std::vector<std::string> found;
  if (method && !base::same_text(entry.method, *method))
    found.push_back("method: expected " + *method + ", found " + entry.method);
  if (path && !scenario::fits_pattern(*path, path_of(entry)))
    found.push_back("path: expected " + *path + ", found " + runner::hide_key(path_of(entry), entry.key));
  if (status && entry.status != *status)
    found.push_back("status: expected " + std::to_string(*status) + ", found " + std::to_string(entry.status) +
                    (entry.reason.empty() ? "" : " (" + runner::hide_key(entry.reason, entry.key) + ")"));
  if (body && !is_subset(*body, nlohmann::json::parse(entry.body, nullptr, false)))
    found.push_back("body: expected at least " + body->dump() + ", found " + runner::hide_key(entry.body, entry.key));
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
  std::vector<std::string> least;
  std::pair<std::size_t, std::size_t> least_far;
  const journal::Entry* best = nullptr;
  for (const auto& entry : entries) {
    auto differences = matcher.differences(entry);
    if (differences.empty() || (best && differences.size() > least.size())) continue;
    const auto far = distance(matcher, entry);
    if (best && differences.size() == least.size() && far >= least_far) continue;
    least = std::move(differences);
    least_far = far;
    best = &entry;
  }
  if (!best) return nullptr;
  return {{"request", best->number}, {"differs", least}};
}

}  // namespace enrichment_mock::control
