// A team when memory runs out: no command is left half done.
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "engine/team.h"
#include "support/scarce_memory.h"
#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;

namespace {

// Everything that can be seen of a team.
std::string state_of(const Team& team) {
  std::string all = "balance " + std::to_string(team.ledger().balance()) + ", charged " +
                    std::to_string(team.ledger().charged()) + ", unresolved " + std::to_string(team.unresolved()) +
                    ", open " + std::to_string(team.callbacks().open_count()) + ", delivering " +
                    std::to_string(team.callbacks().delivering_count()) + ", forgotten " +
                    std::to_string(team.forgotten()) + ", requests " + std::to_string(team.counters().requests) + "\n";
  for (const auto& movement : team.ledger().movements())
    all += std::string(to_text(movement.kind)) + " " + std::to_string(movement.amount) + " of " +
           to_text(movement.enrichment) + ": " + std::to_string(movement.balance) + "\n";
  for (const auto& enrichment : team.enrichments())
    all += to_text(enrichment.id) + " " + std::string(to_text(enrichment.status)) + " " +
           std::string(enrichment.email()) + " polls " + std::to_string(enrichment.polls_left) + " rule " +
           (enrichment.rule == kNoRule ? "none" : team.rule_names()[enrichment.rule]) + "\n";
  for (const auto& callback : team.callbacks().all())
    all += "callback " + std::to_string(callback.number) + " of " + std::to_string(callback.enrichment) + " " +
           std::string(to_text(callback.state)) + ", attempts " + std::to_string(callback.attempts.size()) + "\n";
  return all;
}

bool adds_up(const Ledger& ledger) {
  std::int64_t sum = 0, charges = 0;
  for (const auto& movement : ledger.movements()) {
    sum += movement.amount;
    charges += movement.kind == Movement::Kind::charge ? 1 : 0;
  }
  return ledger.opening() + ledger.added() - ledger.charged() == ledger.balance() && sum == ledger.balance() &&
         charges == ledger.charged();
}

scenario::Scenario scenario_of_much() {
  scenario::Callback callback;
  callback.copies = 2;
  callback.fail_first = 1;
  callback.max_attempts = 3;
  callback.forward = {"traceparent"};
  scenario::Scenario scenario = with_callback(callback);
  scenario.seed = 7;
  scenario.schedule = {{.at = 2s, .add_credits = 7}};
  return scenario;
}

constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
    {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};

EnrichmentRequest long_lead(int number) {
  auto request = lead("a-rather-long-name-" + std::to_string(number), kHook);
  request.headers = kHeaders;
  return request;
}

// Makes the same steps with every team. `does` makes a single step.
template <class Does>
void play(Team& team, Does does) {
  std::vector<DueAttempt> attempts;
  Events events;
  Instant now = kStart;
  const auto fire_all_until = [&](Instant until) {
    now = until;
    bool fired = true;
    while (fired) does([&] { fired = team.fire_next({now, &events}, attempts); });
  };
  scenario::Rule rule;
  rule.name = "a rule that has a long name";
  rule.steps = {scenario::Step{}};
  does([&] { team.add_extra_rule(rule, 1000); });
  for (int i = 0; i < 4; ++i) does([&] { team.request({now, &events}, long_lead(i)); });
  const auto id_of = [&](Number number) { return team.enrichments()[number].id; };
  does([&] { team.force({now, &events}, id_of(3), scenario::Outcome::completed, "somebody.else@mail.example.com"); });
  SeededEnrichment seeded;
  seeded.request = long_lead(9);
  seeded.id = parse_id("00112233445566778899aabb");
  seeded.status = Status::completed;
  seeded.email = "somebody.seeded@mail.example.com";
  seeded.charge = true;
  does([&] { team.seed(now, seeded); });
  does([&] { team.adjust_credits(11, now); });
  fire_all_until(now + 3s);
  CHECK(attempts.size() > 0);
  for (const auto& attempt : attempts) {
    CHECK((attempt.forwarded ? attempt.forwarded->size() : 0) == (attempt.notification.id == seeded.id ? 0 : 1));
    AttemptResult result{attempt.callback % 2 == 0 ? 200 : 500, "", {}};
    const ScarceMemory none;  // a result is taken even so
    team.finish_attempt(attempt.callback, std::move(result), {now, &events});
  }
  attempts.clear();
  does([&] { team.redeliver(0, now); });
  {
    const ScarceMemory none;
    team.finish_attempt(0, {200, "", {}}, {now, &events});
  }
  fire_all_until(now + 1h);
  for (const auto& attempt : attempts) team.finish_attempt(attempt.callback, {200, "", {}}, {now, &events});
}

}  // namespace

TEST_CASE("a step that failed without memory can be repeated, and the result is the same as with memory") {
  std::size_t failures = 0;
  SUBCASE("one allocation fails") { failures = 1; }
  SUBCASE("all fail from one on") { failures = ScarceMemory::kAll; }
  Team rich = make_team(scenario_of_much()), poor = make_team(scenario_of_much());
  play(rich, [](auto step) { step(); });
  std::size_t threw = 0;
  play(poor, [&](auto step) {
    const auto before = state_of(poor);
    repeat_until_memory_suffices(failures, step, [&] {
      ++threw;
      CHECK(state_of(poor) == before);
      CHECK(adds_up(poor.ledger()));
    });
  });
  CHECK(threw > 50);
  CHECK(state_of(poor) == state_of(rich));
  CHECK(rich.settled());
}

TEST_CASE("a scenario stays if there is no memory to replace it") {
  auto team = make_team(scenario_of_much());
  const auto old = &team.scenario();
  auto other = scenario_of_much();
  scenario::Rule rule;
  rule.name = "refuses";
  rule.steps = {scenario::Step{}};
  other.rules = scenario::Rules({rule});
  const auto next = std::make_shared<const scenario::Scenario>(other);
  repeat_until_memory_suffices(
      ScarceMemory::kAll, [&] { team.replace(next, kStart); }, [&] { CHECK(&team.scenario() == old); });
  CHECK(&team.scenario() == next.get());
}

TEST_CASE("the last poll that shows a status counts only if the status has changed") {
  scenario::Scenario scenario;
  scenario.lookup.pending = scenario::Polls{2};
  scenario.lookup.processing = Duration(0);
  auto team = make_team(scenario);
  const auto id = accept(team, lead("a-rather-long-name", kHook));
  team.poll(kStart, id);
  Events events;
  repeat_until_memory_suffices(
      1,
      [&] {
        team.poll({kStart, &events}, id);
      },
      [&] { CHECK(team.enrichments()[0].status == Status::pending); });
  CHECK(team.enrichments()[0].status == Status::processing);
}
