#include "control/nearest_rule.h"

#include "api/error.h"
#include "api/validation.h"
#include "scenario/near_miss.h"
#include "scenario/username.h"

namespace enrichment_mock::control {

namespace {

using scenario::Event;
using Miss = std::optional<scenario::NearMiss>;

Miss nearest(const journal::Entry& entry, Event event, const scenario::RequestFacts& facts) {
  const auto* extra = entry.extra_rules.get();
  return scenario::near_miss(extra ? std::span(*extra) : std::span<const scenario::Rule>(), entry.scenario->rules,
                             event, facts);
}

Miss nearest_of_request(const journal::Entry& entry, std::string_view team) {
  try {
    const auto request = api::parse_enrichment_request(entry.body);
    return nearest(entry, Event::request,
                   {request.username, request.type, request.external_id, request.callback_url.has_value(), team});
  } catch (const api::ApiError&) {  // it never came to the rules
    return std::nullopt;
  }
}

Miss nearest_of_poll(const journal::Entry& entry, runner::TeamRunner& team) {
  const auto id = engine::parse_id(entry.enrichment_id);
  return team.inspect([&](const engine::Team& state) -> Miss {
    const auto* polled = id ? state.find(*id) : nullptr;
    if (!polled) return std::nullopt;
    const auto username = scenario::username_in(polled->linkedin_url);
    return nearest(entry, Event::poll,
                   {username, polled->type, polled->external_id, polled->callback_url.has_value(), team.name()});
  });
}

Miss nearest_rule(const journal::Entry& entry, runner::TeamRunner& team) {
  if (!entry.scenario) return std::nullopt;
  if (entry.method == "POST") return nearest_of_request(entry, team.name());
  if (!entry.enrichment_id.empty()) return nearest_of_poll(entry, team);
  return nearest(entry, Event::credits, {.team = team.name()});
}

}  // namespace

Json render_call(const journal::Entry& entry, runner::TeamRunner* team) {
  auto json = render(entry, team ? team->profile().id : "");
  if (!team) return json;
  if (const auto miss = nearest_rule(entry, *team))
    json["nearest_rule"] = {{"name", miss->rule}, {"differs", miss->differs}};
  return json;
}

}  // namespace enrichment_mock::control
