// Teams in which random things happen, and the file in which they are saved, without runners.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenario/loader.h"
#include "state/file.h"
#include "support/random_script.h"
#include "support/saved_changes.h"
#include "support/team_fixture.h"
#include "support/team_text.h"

namespace enrichment_mock::support {

using SharedScenario = std::shared_ptr<const scenario::Scenario>;

// Scenarios by a text that stands for them.
class Scenarios {
 public:
  SharedScenario add(scenario::Scenario scenario) {
    scenario.text = "scenario " + std::to_string(by_text_.size());
    auto shared = std::make_shared<const scenario::Scenario>(std::move(scenario));
    return by_text_.emplace(shared->text, shared).first->second;
  }
  state::File::LoadScenario loader() const {
    return [this](const std::string& text, const runner::OwnScenario*) { return by_text_.at(text); };
  }

 private:
  std::map<std::string, SharedScenario> by_text_;
};

// A team in which random things happen, and which is saved now and then.
class RandomTeam {
 public:
  RandomTeam(std::uint64_t seed, std::uint64_t world, Scenarios& scenarios)
      : random_(seed),
        world_(world),
        scenarios_(scenarios),
        team_({any_scenario(), "identity", "name", 250, seed, keep(seed)}, kStart) {
    changes_.mark_everything();
    team_.track(&changes_);
  }

  void act() {
    now_ += std::chrono::milliseconds(random_.below(30));
    finish_attempts();
    for (auto& attempt : team_.advance(now_)) under_way_.push_back(attempt.callback);
    switch (random_.below(14)) {
      case 0:
        if (!ids_.empty()) team_.force(now_, any_id(), scenario::Outcome::completed, "forced@example.com");
        return;
      case 1:
        team_.adjust_credits(static_cast<std::int64_t>(random_.below(20)), now_);
        return;
      case 2:
        return add_rule();
      case 3:
        if (random_.chance(4)) team_.clear_extra_rules();
        return;
      case 4:
        if (random_.chance(20)) team_.replace(any_scenario(), now_);
        return;
      case 5:
        if (const auto numbers = team_.callbacks().all().end_number(); numbers > 0)
          if (const auto* callback = team_.callbacks().all().find(random_.below(numbers)))
            if (auto attempt = team_.redeliver(callback->number, now_)) under_way_.push_back(attempt->callback);
        return;
      case 6:
        team_.count_refused(400);
        team_.count_unmatched();
        return;
      case 7:
        team_.forget(now_);
        return;
      case 8:
        team_.seed(now_, {.request = lead(random_.username()), .status = engine::Status::completed, .charge = true});
        return;
      case 9:
        if (!ids_.empty()) team_.poll(now_, any_id());
        return;
      default:
        return request();
    }
  }

  runner::TeamChanges take_changes() {
    auto taken = changes_of(team_, changes_, saved_team(team_, world_), saved_movements_);
    saved_movements_ = team_.ledger().forgotten() + team_.ledger().movements().size();
    changes_.clear();
    return taken;
  }

  const engine::Team& team() const { return team_; }
  std::uint64_t world() const { return world_; }
  engine::Instant now() const { return now_; }

 private:
  static engine::Retention keep(std::uint64_t seed) {
    return seed % 2 == 0 ? engine::Retention{.max_count = 5} : engine::Retention{};
  }

  SharedScenario any_scenario() {
    auto scenario = random_.any();
    auto callback = *scenario.callback;
    callback.forward = {"traceparent"};
    scenario.callback = std::make_shared<const scenario::Callback>(std::move(callback));
    return scenarios_.add(std::move(scenario));
  }

  void request() {
    auto asked = lead(random_.username(), random_.chance(3) ? std::nullopt : std::optional<std::string>(kHook));
    if (random_.chance(2)) asked.external_id = std::string("é\0\"", 4);
    const std::pair<std::string_view, std::string_view> headers[] = {{"TraceParent", "\xff: a"}, {"other", "b"}};
    if (random_.chance(2)) asked.headers = headers;
    auto result = team_.request(now_, asked);
    if (result.kind != engine::RequestResult::Kind::accepted) return;
    ids_.push_back(result.id);
    if (result.attempt_first) under_way_.push_back(result.attempt_first->callback);
  }

  void add_rule() {
    const std::string text = random_.chance(2)
                                 ? R"({"name": "added", "count": "profile", "lookup": {"outcome": "failed"}})"
                                 : R"({"match": {"username": "a*"}, "callback": {"copies": 2}})";
    const auto callback = team_.scenario().callback;
    auto rule = std::get<scenario::Rule>(scenario::load_rule(text, callback));
    team_.add_extra_rule(std::move(rule), 1 + random_.below(3), {text, callback});
  }

  void finish_attempts() {
    while (!under_way_.empty() && !random_.chance(4)) {
      const auto callback = under_way_.back();
      under_way_.pop_back();
      const bool ok = random_.chance(2);
      team_.finish_attempt(
          callback, {ok ? 200 : 0, ok ? "" : "refused \xfe", std::chrono::microseconds(random_.below(9'999))}, now_);
    }
  }

  engine::EnrichmentId any_id() { return ids_[random_.below(ids_.size())]; }

  RandomScript random_;
  std::uint64_t world_;
  Scenarios& scenarios_;
  engine::Instant now_ = kStart;
  engine::Team team_;
  engine::Changes changes_;
  std::uint64_t saved_movements_ = 0;
  std::vector<engine::EnrichmentId> ids_;
  std::vector<engine::Number> under_way_;
};

// A team that has something of everything, in a scenario that can be loaded again.
inline constexpr const char* kBusyScenario =
    R"({"name": "busy", "callback": {"backoff": ["1s"], "forward": ["traceparent"]}, "rules": [{"name": "later", )"
    R"("match": {"username": "late*"}, "count": "profile", "lookup": {"pending": {"polls": 3}}}]})";

inline engine::Team busy_team(std::uint64_t secret = 1) {
  auto result = scenario::load_text(kBusyScenario, "");
  auto scenario = std::make_shared<const scenario::Scenario>(std::get<scenario::Scenario>(std::move(result)));
  engine::Team team({scenario, "\nkey-" + std::to_string(secret), "", 250, secret}, kStart);
  const std::string rule = R"({"match": {"username": "nobody"}, "lookup": {"outcome": "not-found"}})";
  team.add_extra_rule(std::get<scenario::Rule>(scenario::load_rule(rule, scenario->callback)), 5,
                      {rule, scenario->callback});
  const std::pair<std::string_view, std::string_view> headers[] = {{"Traceparent", "00-1"}};
  for (const auto* name : {"jane", "joe", "jim", "nobody", "ann", "late"}) {
    auto request = lead(name, kHook);
    request.external_id = std::string("crm-") + name;
    request.headers = headers;
    accept(team, request);
  }
  team.count_refused(400);
  team.adjust_credits(50, kStart + 100ms);
  const auto attempts = team.advance(kStart + 2s);
  for (std::size_t i = 0; i + 1 < attempts.size(); ++i)  // the last one is under way
    team.finish_attempt(attempts[i].callback,
                        i == 0 ? engine::AttemptResult{503, "", 3ms} : engine::AttemptResult{200, "", 2ms},
                        kStart + 2s);
  accept(team, lead("new"));
  return team;
}

inline SharedScenario load_scenario(const std::string& text, const runner::OwnScenario* = nullptr) {
  auto result = scenario::load_text(text, "");
  return std::make_shared<const scenario::Scenario>(std::get<scenario::Scenario>(std::move(result)));
}

inline engine::Team restored(const state::File& file, const runner::SavedTeam& saved) {
  engine::Team team({saved.scenario, saved.identity, saved.name, saved.credits, saved.secret}, saved.state);
  file.restore(saved, team);
  return team;
}

inline std::string text_of(const runner::SavedTeam& team) {
  std::string text;
  for (const auto& part : {team.id, team.identity, team.name, team.label, team.masked_key, team.own_key,
                           team.library_scenario, team.scenario->text})
    text += part + "|";
  for (const auto& key : team.keys) text += key + "|";
  for (const auto number : {team.world, team.order, team.secret, std::uint64_t{team.reopened},
                            std::uint64_t{team.has_own_scenario}, static_cast<std::uint64_t>(team.credits)})
    text += std::to_string(number) + "|";
  const auto& clock = team.clock;
  return text + std::to_string(clock.manual) + std::to_string(clock.always_real) + std::to_string(clock.scale) + "|" +
         std::to_string(clock.now.time_since_epoch().count()) + "|" +
         std::to_string(clock.wall.time_since_epoch().count());
}

}  // namespace enrichment_mock::support
