// GET enrichments, GET enrichments/{id}, POST enrichments, POST enrichments/{id}/resolve.
#include <algorithm>
#include <array>
#include <utility>

#include "api/error.h"
#include "control/call.h"
#include "control/steering.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::control {

namespace {

using engine::Status;
using runner::TeamRunner;

// "completed,failed"
std::vector<Status> statuses_of(const Query& query, std::string_view parameter) {
  std::vector<Status> statuses;
  for (const auto& name : query.list(parameter)) {
    const auto status = engine::kStatusWords.value(name);
    if (!status)
      refuse("parameter \"" + std::string(parameter) + "\": there is no status \"" + api::clipped(name) + "\"" +
             json_text::did_you_mean(name, engine::kStatusWords.words));
    statuses.push_back(*status);
  }
  return statuses;
}

bool is_one_of(Status status, const std::vector<Status>& statuses) {
  return std::ranges::find(statuses, status) != statuses.end();
}

net::Response list_enrichments(const Call& call) {
  Page page = Page::of(call.query);
  const auto statuses = statuses_of(call.query, "status");
  const auto external_id = call.query.filled("external_id"), linkedin_url = call.query.filled("linkedin_url");
  const auto wanted = [&](const engine::Enrichment& enrichment, const engine::Team&) {
    return (statuses.empty() || is_one_of(enrichment.status, statuses)) &&
           (!external_id || enrichment.external_id() == external_id) &&
           (!linkedin_url || enrichment.linkedin_url() == *linkedin_url);
  };
  const auto show_one = [](const engine::Enrichment& each, const engine::Team& state, const TeamRunner&,
                           const KeyMasker& keys) { return render(each, state, keys); };
  if (page.is_last)
    page.fill_from_end(call, enrichments_of, wanted, show_one);
  else
    page.fill(call, Cursor::of(call.query), enrichments_of, wanted, show_one);
  return answer(200, {{"enrichments", page.items}, {"next", page.next}});
}

engine::EnrichmentId id_of(const Call& call) {
  const auto id = engine::parse_id(call.id);
  if (!id) throw api::no_such_enrichment();
  return *id;
}

// The team of the enrichment.
std::shared_ptr<TeamRunner> owner_of(const Call& call, const engine::EnrichmentId& id) {
  for (auto& team : call.teams())
    if (team->catch_up_and_read([&](const engine::Team& state) { return state.find(id) != nullptr; })) return team;
  throw api::no_such_enrichment();
}

struct Shown {
  Object json;
  Status status;
};

Shown show(TeamRunner& team, const engine::EnrichmentId& id) {
  const auto keys = team.masker();
  return team.catch_up_and_read([&](const engine::Team& state) -> Shown {
    const auto* enrichment = state.find(id);
    if (!enrichment) throw api::no_such_enrichment();
    return {render(*enrichment, state, keys), enrichment->status};
  });
}

net::Response timed_out(TeamRunner& team, const Shown& enrichment) {
  Object body = api::error_json(kTimedOut, "Still " + std::string(engine::to_text(enrichment.status)) +
                                               " when the timeout was reached" + manual_clock_hint(team));
  body.add("enrichment", enrichment.json);
  body.add("open", render(open_work_of(team)));
  return answer(kTimedOut, body);
}

// The enrichment has another final status.
net::Response unreachable(const Shown& enrichment, const std::vector<Status>& wanted) {
  std::string names;
  for (const auto status : wanted) names.append(names.empty() ? "" : " or ").append(engine::to_text(status));
  Object body = api::error_json(
      409, "The status is " + std::string(engine::to_text(enrichment.status)) + " and can no longer become " + names);
  body.add("enrichment", enrichment.json);
  return answer(409, body);
}

net::Response show_enrichment(const Call& call) {
  const auto id = id_of(call);
  const auto wanted = statuses_of(call.query, "wait");
  const auto timeout = timeout_of(call.query.duration("timeout"));
  const auto team = owner_of(call, id);
  if (wanted.empty()) return answer(200, show(*team, id).json);
  const auto end = wait_for_status(*team, id, wanted, timeout);
  const auto enrichment = show(*team, id);
  if (end == WaitEnd::reached) return answer(200, enrichment.json);
  return end == WaitEnd::unreachable ? unreachable(enrichment, wanted) : timed_out(*team, enrichment);
}

net::Response seed_enrichment(const Call& call) {
  TeamRunner& team = call.one_team();
  Body body(call.request);
  const auto wanted = scenario::read_seeded_enrichment(body.root());
  body.finish();
  return answer(201, show(team, seed(team, *wanted)).json);
}

net::Response resolve_enrichment(const Call& call) {
  const auto id = id_of(call);
  const auto team = owner_of(call, id);
  std::optional<scenario::Outcome> outcome;
  std::optional<std::string> email;
  Body body(call.request);
  auto fields = body.fields();
  fields.require("outcome", json_text::word_of(scenario::kOutcomeWords), outcome);
  fields.read("email", scenario::read_email, email);
  if (email && outcome != scenario::Outcome::completed)
    body.root().member("email")->problem("only allowed for a completed enrichment");
  body.finish(fields);
  resolve(*team, id, *outcome, email);
  return answer(200, show(*team, id).json);
}

constexpr std::array<std::string_view, 6> kEnrichmentFilters = {"status", "external_id", "linkedin_url",
                                                                "limit",  "after",       "last"};
constexpr std::array<std::string_view, 2> kWaiting = {"wait", "timeout"};
constexpr Route kEnrichmentRoutes[] = {{"GET", "enrichments", kEnrichmentFilters, list_enrichments},
                                       {"POST", "enrichments", {}, seed_enrichment, kTakesBody},
                                       {"GET", "enrichments/{id}", kWaiting, show_enrichment},
                                       {"POST", "enrichments/{id}/resolve", {}, resolve_enrichment, kTakesBody}};

}  // namespace

std::span<const Route> enrichment_routes() { return kEnrichmentRoutes; }

}  // namespace enrichment_mock::control
