#include "control/request_matcher.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "api/error.h"
#include "api/validation.h"
#include "base/mask.h"
#include "base/suggest.h"
#include "base/text.h"
#include "scenario/plan.h"
#include "scenario/rules.h"

namespace enrichment_mock::control {

namespace {

std::string_view path_of(const runner::JournalEntry& entry) { return entry.target.substr(0, entry.target.find('?')); }

// The distance between two texts. For long texts, only their lengths are compared.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kMax = 256;
  if (std::max(a.size(), b.size()) <= kMax) return base::edit_distance(a, b);
  return std::max(a.size(), b.size()) - std::min(a.size(), b.size());
}

// The body of a request, if it is JSON. A body with a duplicate key is not: receivers differ in which value they use.
struct JsonBody {
  explicit JsonBody(const runner::JournalEntry& entry) : document(entry.body) {
    if (document.read(json_text::Syntax::strict) && document.duplicates().empty()) value = document.root();
  }
  json_text::Document document;
  std::optional<json_text::Value> value;
};

// The distance between a request and a matcher among requests with the same number of differences: first the number of
// differing members in the body, then the distance of the path.
std::pair<std::size_t, std::size_t> distance(const RequestMatcher& matcher, const runner::JournalEntry& entry) {
  std::pair<std::size_t, std::size_t> far{0, 0};
  if (matcher.path && !scenario::matches_pattern(*matcher.path, path_of(entry)))
    far.second = distance(*matcher.path, path_of(entry));
  if (matcher.body) far.first = matcher.body->differing_members(JsonBody(entry).value);
  return far;
}

// The body as it was sent, with keys masked.
std::string shown_body(std::string_view text, const KeyMasker& keys) {
  json_text::Document document(text);
  if (keys.empty() || !document.read(json_text::Syntax::strict)) return keys.hide(text);
  std::vector<Replacement> replacements;
  mask_strings(document.root(), keys, replacements);
  return replaced(text, std::move(replacements));
}

using scenario::CallKind;
using Miss = std::optional<scenario::NearMiss>;

Miss nearest(const runner::JournalEntry& entry, CallKind call, const scenario::RequestFacts& facts) {
  const auto* extra = entry.extra_rules.get();
  return scenario::near_miss(extra ? std::span(*extra) : std::span<const scenario::Rule>(), entry.scenario->rules, call,
                             facts);
}

Miss nearest_of_request(const runner::JournalEntry& entry, std::string_view team) {
  try {
    const auto request = api::parse_enrichment_request(entry.body);
    return nearest(entry, CallKind::request,
                   {request.username, request.type, request.external_id, request.callback_url.has_value(), team});
  } catch (const api::ApiError&) {  // invalid requests do not reach the rules
    return std::nullopt;
  }
}

// Copies the enrichment so that the team is not locked while rules are compared.
Miss nearest_of_poll(const runner::JournalEntry& entry, runner::TeamRunner& team) {
  std::string name;
  const auto polled = team.catch_up_and_read([&](const engine::Team& state) -> std::optional<engine::Enrichment> {
    const auto* found = state.find(*entry.enrichment);
    name = state.name();
    return found ? std::optional(*found) : std::nullopt;
  });
  if (!polled) return std::nullopt;
  const auto username = scenario::username_in(polled->linkedin_url());
  return nearest(entry, CallKind::poll,
                 {username, polled->type, polled->external_id(), polled->callback_url().has_value(), name});
}

Miss nearest_rule(const runner::JournalEntry& entry, runner::TeamRunner& team) {
  if (entry.nearest_rule) return *entry.nearest_rule;
  if (!entry.scenario) return std::nullopt;
  if (entry.enrichment && entry.method != "POST") return nearest_of_poll(entry, team);
  const auto name = team.read([](const engine::Team& state) { return state.name(); });
  if (entry.method == "POST") return nearest_of_request(entry, name);
  return nearest(entry, CallKind::credits, {.team = name});
}

}  // namespace

// A text and its values.
struct WantedBody::Text {
  explicit Text(std::string json) : text(std::move(json)), document(text) {
    is_valid = document.read(json_text::Syntax::strict) && document.duplicates().empty();
  }
  const std::string text;
  json_text::Document document;
  bool is_valid = false;
};

WantedBody::WantedBody(std::string json) : whole_(std::make_shared<Text>(std::move(json))) {
  if (!whole_->is_valid) throw std::invalid_argument("the expected body is not JSON, or it has a duplicate key");
  auto masked = base::mask_userinfo_in(whole_->text);
  if (masked != whole_->text) masked_ = std::make_shared<Text>(std::move(masked));
}

bool WantedBody::is_in(const json_text::Value& body) const {
  return is_subset(whole_->document.root(), body) ||
         (masked_ && masked_->is_valid && is_subset(masked_->document.root(), body));
}

std::size_t WantedBody::differing_members(const std::optional<json_text::Value>& body) const {
  std::size_t differing = 0;
  const auto wanted = whole_->document.root();
  if (!wanted.is_object()) return 0;
  for (const auto member : wanted.children()) {
    const auto found = body ? body->member(member.key()) : std::nullopt;
    if (!found || !is_subset(member, *found)) ++differing;
  }
  return differing;
}

std::string WantedBody::shown() const { return (masked_ ? masked_ : whole_)->text; }

bool RequestMatcher::has_method(const runner::JournalEntry& entry) const {
  return !method || base::same_text(entry.method, *method);
}

bool RequestMatcher::has_path(const runner::JournalEntry& entry) const {
  return !path || scenario::matches_pattern(*path, path_of(entry));
}

bool RequestMatcher::has_body(const runner::JournalEntry& entry) const {
  if (!body || is_undecided(entry)) return true;
  const JsonBody found(entry);
  return found.value && body->is_in(*found.value);
}

bool RequestMatcher::matches(const runner::JournalEntry& entry) const {
  return has_method(entry) && has_status(entry) && has_path(entry) && has_body(entry);
}

std::vector<std::string> RequestMatcher::differences(const runner::JournalEntry& entry, const KeyMasker& keys) const {
  std::vector<std::string> found;
  if (!has_method(entry))
    found.push_back("method: expected " + keys.hide(*method) + ", found " + keys.hide(entry.method));
  if (!has_path(entry)) found.push_back("path: expected " + keys.hide(*path) + ", found " + keys.hide(path_of(entry)));
  if (!has_status(entry))
    found.push_back("status: expected " + std::to_string(*status) + ", found " + std::to_string(entry.status) +
                    (entry.reason.empty() ? "" : " (" + keys.hide(entry.reason) + ")"));
  if (!has_body(entry))
    found.push_back("body: expected at least " + shown_body(body->shown(), keys) + ", found " +
                    shown_body(entry.body, keys));
  return found;
}

std::string RequestMatcher::describe(const KeyMasker& keys) const {
  std::string text = keys.hide(method.value_or("any method")) + ' ' + keys.hide(path.value_or("any path"));
  if (status) text += ", status " + std::to_string(*status);
  if (body) text += ", body " + shown_body(body->shown(), keys);
  return text;
}

bool is_subset(const json_text::Value& wanted, const json_text::Value& found) {
  if (wanted.kind() != found.kind()) return false;
  switch (wanted.kind()) {
    case json_text::Kind::null:
      return true;
    case json_text::Kind::boolean:
      return wanted.boolean() == found.boolean();
    case json_text::Kind::number:
      return json_text::is_same_number(wanted.raw(), found.raw());
    case json_text::Kind::string:
      return wanted.text() == found.text();
    case json_text::Kind::array:
      return wanted.size() == found.size() && std::ranges::equal(wanted.children(), found.children(), is_subset);
    case json_text::Kind::object:
      return std::ranges::all_of(wanted.children(), [&](const json_text::Value& member) {
        const auto same = found.member(member.key());
        return same && is_subset(member, *same);
      });
  }
  return false;
}

Json nearest(const RequestMatcher& matcher, const std::vector<runner::JournalEntryPtr>& entries,
             const KeyMasker& keys) {
  std::vector<std::string> least;
  std::pair<std::size_t, std::size_t> least_far;
  const runner::JournalEntry* best = nullptr;
  for (const auto& entry : entries) {
    auto differences = matcher.differences(*entry, keys);
    if (differences.empty() || (best && differences.size() > least.size())) continue;
    const auto far = distance(matcher, *entry);
    if (best && differences.size() == least.size() && far >= least_far) continue;
    least = std::move(differences);
    least_far = far;
    best = entry.get();
  }
  if (!best) return {};
  return Object{{"request", best->number}, {"differs", Array::of(least)}};
}

Object render_call(const runner::JournalEntry& entry, runner::TeamRunner* team, const KeyMasker& keys, Times times) {
  auto json = render(entry, team ? team->profile().id : "", keys, times);
  if (!team) return json;
  const auto hidden = [&](std::string_view text) { return Json(keys.hide(text)); };
  if (const auto miss = nearest_rule(entry, *team))
    json.add("nearest_rule", Object{{"name", keys.hide(miss->rule)}, {"differs", Array::of(miss->differs, hidden)}});
  return json;
}

}  // namespace enrichment_mock::control
