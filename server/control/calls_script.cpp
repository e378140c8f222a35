// GET scenarios, GET scenarios/{name}, GET scenario, PUT scenario, POST rules, DELETE rules.
#include <utility>

#include "api/error.h"
#include "control/call.h"
#include "control/scenario_text.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::control {

namespace {

net::Response list_scenarios(const Call& call) {
  Array list;
  const auto library = call.services.directory.library();
  const auto keys = library->masker();
  for (const auto& [name, scenario] : library->all())
    list.add(Object{{"name", name},
                    {"description", keys.hide(scenario->description)},
                    {"default", scenario == library->default_scenario()}});
  return answer(200, {{"scenarios", list}});
}

net::Response show_loaded(const Call& call) {
  const auto library = call.services.directory.library();
  const auto scenario = library->find(call.id);
  if (!scenario) throw api::ApiError{404, "There is no scenario \"" + api::clipped(call.id) + "\""};
  const auto keys = library->masker();
  return answer(200, {{"name", scenario->name},
                      {"description", keys.hide(scenario->description)},
                      {"default", scenario == library->default_scenario()},
                      {"text", masked_text(*scenario, keys)}});
}

net::Response show_scenario(const Call& call) {
  auto& team = call.one_team();
  const auto keys = team.masker();
  return answer(200, team.catch_up_and_read([&](const engine::Team& state) { return render_scenario(state, keys); }));
}

// 400 with the list of problems and their places, in addition to the usual message.
net::Response refused(std::vector<json_text::Problem>& problems) {
  rename_file_to_body(problems);
  std::string message;
  Array list;
  for (const auto& problem : problems) {
    message += (message.empty() ? "" : "; ") + to_string(problem);
    Object json{{"pointer", problem.pointer}};
    if (problem.line != 0) json.add_all({{"line", problem.line}, {"column", problem.column}});
    json.add("message", problem.message);
    list.add(json);
  }
  Object body = api::error_json(400, message);
  body.add("problems", list);
  return answer(400, body);
}

// The keys in all texts that the caller may have seen and edited.
MaskedKeys masked_keys(const Call& call) {
  MaskedKeys masked;
  if (call.team) {
    masked.scenarios.push_back(call.team->scenario());
    masked.others = call.team->keys();
  }
  for (const auto& [name, scenario] : call.services.directory.library()->all())
    if (scenario->listed_keys) masked.scenarios.push_back(scenario);
  return masked;
}

// If the text as it was sent has problems, they are returned, because their places refer to this text.
scenario::LoadResult load_unmasked(const Call& call) {
  const std::string text(call.request.body);
  auto unmasked = unmasked_text(text, masked_keys(call));
  if (auto* problems = std::get_if<std::vector<json_text::Problem>>(&unmasked)) return std::move(*problems);
  const auto& with_keys = std::get<std::string>(unmasked);
  auto loaded = call.services.load(with_keys);
  if (with_keys == text || std::holds_alternative<scenario::Scenario>(loaded)) return loaded;
  auto as_sent = call.services.load(text);
  return std::holds_alternative<scenario::Scenario>(as_sent) ? std::move(loaded) : std::move(as_sent);
}

net::Response replace_scenario(const Call& call) {
  if (call.request.body_fault == net::BodyFault::too_large) throw api::body_too_large();
  auto loaded = load_unmasked(call);
  if (auto* problems = std::get_if<std::vector<json_text::Problem>>(&loaded)) return refused(*problems);
  auto& scenario = std::get<scenario::Scenario>(loaded);
  const std::string name = scenario.name;
  if (call.team) {
    call.team->replace(std::make_shared<const scenario::Scenario>(std::move(scenario)), true);
    return answer(200, {{"name", name}});
  }
  auto problems = call.services.directory.load({{"(control API)", std::move(scenario)}});
  json_text::limit_problems(problems);
  if (!problems.empty()) return refused(problems);
  return answer(200, {{"name", name}});
}

net::Response add_rule(const Call& call) {
  auto& team = call.one_team();
  const auto scenario = team.scenario();
  std::optional<scenario::Rule> rule;
  engine::RuleSource source{.text = {}, .callback = scenario->callback};
  std::uint64_t times = 1;
  Body body(call.request);
  auto fields = body.fields();
  const auto read = [&](const json_text::Value& value) {
    source.text = json_text::compact(value);
    return scenario::read_rule(value, scenario::kAddedRule, scenario->callback);
  };
  fields.require("rule", read, rule);
  fields.read("times", json_text::whole_number<std::uint64_t>(1, scenario::kMaxRuleTimes), times);
  body.finish(fields);
  const std::string name = rule->name;
  team.execute([&](engine::Team& state, const engine::Context&) {
    state.add_extra_rule(*std::move(rule), times, std::move(source));
  });
  return answer(201, {{"name", name}, {"times", times}});
}

net::Response delete_rules(const Call& call) {
  const auto count =
      call.one_team().execute([](engine::Team& state, const engine::Context&) { return state.clear_extra_rules(); });
  return answer(200, {{"deleted", count}});
}

constexpr Route kScriptRoutes[] = {
    {"GET", "scenarios", {}, list_scenarios},    {"GET", "scenarios/{id}", {}, show_loaded},
    {"GET", "scenario", {}, show_scenario},      {"PUT", "scenario", {}, replace_scenario, kTakesBody},
    {"POST", "rules", {}, add_rule, kTakesBody}, {"DELETE", "rules", {}, delete_rules}};

}  // namespace

std::span<const Route> script_routes() { return kScriptRoutes; }

}  // namespace enrichment_mock::control
