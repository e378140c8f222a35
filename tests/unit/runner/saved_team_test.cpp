#include "runner/saved_team.h"

#include <doctest/doctest.h>
#include <map>

#include "runner/commits.h"
#include "support/random_script.h"
#include "support/runner_fixture.h"
#include "support/team_text.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

// What a file would hold: it takes in the changes of one team.
class Mirror {
 public:
  void apply(runner::TeamChanges changes) {
    if (changes.everything) *this = {};
    whole_.team = changes.team;
    for (auto& each : changes.enrichments) enrichments_[each.record.number] = std::move(each);
    for (const auto& each : changes.progressed) engine::apply(each, enrichments_.at(each.number).record);
    for (auto& each : changes.callbacks) callbacks_[each.number] = std::move(each);
    for (const auto number : changes.forgotten_enrichments) enrichments_.erase(number);
    for (const auto number : changes.forgotten_callbacks) callbacks_.erase(number);
    for (std::size_t i = 0; i < changes.movements.size(); ++i)
      movements_[changes.first_movement + i] = changes.movements[i];
    std::erase_if(movements_, [&](const auto& each) { return each.first < changes.team.state.ledger.forgotten; });
    if (changes.team.state.ledger.forgotten > 0) {
      auto& first = movements_.begin()->second;
      first = {first.at, first.balance, first.balance, {}, engine::Movement::Kind::carried};
    }
    if (changes.has_new_rules)
      std::erase_if(counts_, [](const auto& each) { return each.first.of == engine::ProfileCount::Of::rule; });
    for (const auto& [key, count] : changes.profiles) counts_[key] = count;
    if (!changes.has_extra_rules) return;
    whole_.extra_rules = std::move(changes.extra_rules);
    std::erase_if(counts_, [this](const auto& each) {
      const auto& key = each.first;
      return key.of == engine::ProfileCount::Of::extra_rule &&
             std::ranges::none_of(whole_.extra_rules, [&](const auto& rule) { return rule.number == key.index; });
    });
  }

  runner::TeamChanges whole() const {
    auto whole = whole_;
    for (const auto& [number, each] : enrichments_) whole.enrichments.push_back(each);
    for (const auto& [number, each] : callbacks_) whole.callbacks.push_back(each);
    for (const auto& [number, each] : movements_) whole.movements.push_back(each);
    for (const auto& [key, count] : counts_) whole.profiles.push_back({key, count});
    return whole;
  }

 private:
  runner::TeamChanges whole_;
  std::map<engine::Number, runner::TeamChanges::SavedEnrichment> enrichments_;
  std::map<engine::Number, engine::Callback> callbacks_;
  std::map<std::uint64_t, engine::Movement> movements_;
  std::map<engine::ProfileCount::Key, std::uint64_t> counts_;
};

// A team whose changes a test takes, and the attempts that wait for that.
struct SavingFixture : RunnerFixture {
  explicit SavingFixture(FakeDeliverer::Receiver receiver = ok) : RunnerFixture(std::move(receiver)) {
    commits = &commits_of_test;
  }

  // Saves everything, also what happens because of that.
  void save(Mirror& mirror) {
    while (auto taken = commits_of_test.take({})) {
      for (const auto& team : taken->teams) {
        runner::TeamChanges changes;
        team->take_changes(changes);
        mirror.apply(std::move(changes));
      }
      commits_of_test.saved(taken->announced);
      for (const auto& action : taken->actions) action();
    }
  }

  // Another process continues, after that time.
  std::shared_ptr<runner::TeamRunner> restart(const runner::TeamChanges& saved, std::chrono::microseconds later = {}) {
    time.advance(later);
    const auto team = std::make_shared<runner::TeamRunner>(
        services(), saved.team, keep, runner::TeamProfile{.label = "test", .id = "test"}, [&](engine::Team& into) {
          for (const auto& each : saved.enrichments) into.restore(each.record, each.forwarded);
          for (const auto& callback : saved.callbacks) into.restore(callback);
          for (const auto& movement : saved.movements) into.restore(movement);
          for (auto rule = saved.extra_rules.rbegin(); rule != saved.extra_rules.rend(); ++rule) into.restore(*rule);
          for (const auto& count : saved.profiles) into.restore(count);
        });
    team->resume();
    return team;
  }

  runner::Commits commits_of_test{0};
};

std::string text_of(const runner::TeamRunner& team) { return team.read(TeamText::of); }

void act(runner::TeamRunner& team, RandomScript& random, std::vector<engine::EnrichmentId>& own) {
  const auto any_id = [&] { return own[random.below(own.size())]; };
  switch (random.below(own.empty() ? 6 : 13)) {
    case 0:
    case 1:
    case 2: {
      const std::string value = "trace";
      auto request = lead(random.username(), random.chance(2) ? std::optional<std::string>(kHook) : std::nullopt);
      const std::pair<std::string_view, std::string_view> headers[] = {{"traceparent", value}};
      request.headers = headers;
      const auto result = team.request(request);
      if (result.kind == engine::RequestResult::Kind::accepted) own.push_back(result.id);
      break;
    }
    case 3:
      team.admit(static_cast<scenario::CallKind>(random.below(3)));
      team.count_refused(400);
      team.count_unmatched();
      team.credits();
      break;
    case 4:
      team.execute([&](engine::Team& state, const engine::Context& context) {
        state.adjust_credits(static_cast<std::int64_t>(random.below(9)) - 3, context.now);
        const auto seeded = state.seed(
            context.now, {.request = lead(random.username(), kHook),
                          .status = random.chance(2) ? engine::Status::completed : engine::Status::processing,
                          .charge = random.chance(2)});
        if (const auto* id = std::get_if<engine::EnrichmentId>(&seeded)) own.push_back(*id);
      });
      break;
    case 5:
      team.execute([&](engine::Team& state, const engine::Context&) {
        if (random.chance(4)) state.clear_extra_rules();
        scenario::Rule rule{.name = "extra", .count = scenario::CountBy::profile};
        rule.steps.resize(2);
        rule.steps[1].lookup.outcome = scenario::OutcomeWeights{1, 1, 1};
        state.add_extra_rule(rule, 1 + random.below(4), {"a text", std::make_shared<const scenario::Callback>()});
      });
      break;
    case 6:
      team.execute([&](engine::Team& state, const engine::Context& context) {
        state.force(context, any_id(), static_cast<scenario::Outcome>(random.below(3)), "{username}@forced.example");
      });
      break;
    case 7:
      if (const auto callbacks =
              team.read([](const engine::Team& state) { return state.callbacks().all().end_number(); }))
        team.execute([&](engine::Team& state, const engine::Context& context) {
          const auto number = random.below(callbacks);
          if (auto attempt = state.redeliver(number, context.now))
            state.finish_attempt(number, {random.chance(2) ? 200 : 500, "", 1ms}, context);
        });
      break;
    default:
      team.poll(any_id());
      break;
  }
}

}  // namespace

TEST_CASE("the changes that a team announces add up to all of it, and a team that continues from them is equal") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    SavingFixture fixture{[](const engine::DueAttempt& attempt) {
      return engine::AttemptResult{attempt.callback % 3 == 0 ? 500 : 200, "", 1ms};
    }};
    if (seed % 3 == 0) fixture.keep.max_count = seed % 7 + 1;
    RandomScript random(seed);
    auto script = random.any();
    // An attempt before the response waits for a commit, which this thread makes.
    const auto wait_for_nothing = [](const scenario::Callback& settings) {
      auto changed = settings;
      changed.before_response = false;
      changed.forward = {"traceparent"};
      return std::make_shared<const scenario::Callback>(std::move(changed));
    };
    script.callback = wait_for_nothing(*script.callback);
    std::vector<scenario::Rule> rules;
    for (std::size_t i = 0; i < script.rules.size(); ++i) {
      rules.push_back(script.rules[i]);
      for (auto& step : rules.back().steps)
        if (step.callback) step.callback = wait_for_nothing(*step.callback);
    }
    script.rules = scenario::Rules(std::move(rules));
    const auto team = fixture.start(script);
    Mirror mirror;
    std::vector<engine::EnrichmentId> own;
    for (int i = 0; i < 150; ++i) {
      act(*team, random, own);
      if (random.chance(60)) team->replace(std::make_shared<const scenario::Scenario>(*team->scenario()));
      if (random.chance(3)) fixture.time.advance(std::chrono::milliseconds(random.below(40)));
      if (random.chance(4)) fixture.save(mirror);
    }
    fixture.timer.stop();
    team->catch_up_and_read([](const engine::Team&) {});
    team->announce_profile();
    fixture.save(mirror);
    const auto saved = mirror.whole();
    const auto again = fixture.restart(saved);
    CHECK(text_of(*again) == text_of(*team));
  }
}

namespace {

scenario::Scenario resolving_at_once(scenario::Callback callback = {}) {
  auto scenario = with_callback(std::move(callback));
  scenario.lookup.pending = scenario.lookup.processing = base::Duration(0);
  return scenario;
}

// Sends a request whose callback is due at once.
void send(runner::TeamRunner& team) {
  team.request(lead("a", kHook));
  team.catch_up_and_read([](const engine::Team&) {});
}

engine::Callback first_callback(runner::TeamRunner& team) {
  return team.read([](const engine::Team& state) { return state.callbacks().at(0); });
}

}  // namespace

TEST_CASE("an attempt begins when it is saved that it is under way") {
  SavingFixture fixture{nullptr};
  const auto team = fixture.start(resolving_at_once());
  send(*team);
  CHECK(first_callback(*team).state == engine::CallbackState::delivering);
  CHECK(fixture.deliverer.held() == 0);
  Mirror mirror;
  fixture.save(mirror);
  CHECK(fixture.deliverer.held() == 1);
  CHECK(mirror.whole().callbacks.at(0).state == engine::CallbackState::delivering);
}

TEST_CASE("an attempt that was under way has been interrupted, is repeated, and does not count") {
  SavingFixture fixture{nullptr};
  const auto team = fixture.start(resolving_at_once({.max_attempts = 1}));
  send(*team);
  Mirror mirror;
  fixture.save(mirror);
  const auto again = fixture.restart(mirror.whole(), 5s);
  again->catch_up_and_read([](const engine::Team&) {});
  auto callback = first_callback(*again);
  REQUIRE(callback.attempts.size() == 2);
  CHECK(callback.attempts[0].result.error == "interrupted");
  CHECK(callback.state == engine::CallbackState::delivering);
  fixture.deliverer.take();
  Mirror second;
  fixture.save(second);
  auto [attempt, done] = fixture.deliverer.take();
  CHECK(attempt.number == 2);
  done({500, "", 1ms}, {});
  callback = first_callback(*again);
  CHECK(callback.state == engine::CallbackState::exhausted);
  CHECK(callback.attempts.size() == 2);
}

TEST_CASE("a manual attempt that was interrupted is repeated as one") {
  SavingFixture fixture{[](const engine::DueAttempt&) { return engine::AttemptResult{500, "", 1ms}; }};
  const auto team = fixture.start(resolving_at_once({.max_attempts = 1}));
  send(*team);
  Mirror mirror;
  fixture.save(mirror);
  REQUIRE(first_callback(*team).state == engine::CallbackState::exhausted);
  team->execute([](engine::Team& state, const engine::Context& context) { state.redeliver(0, context.now); });
  fixture.save(mirror);
  const auto again = fixture.restart(mirror.whole(), 5s);
  again->catch_up_and_read([](const engine::Team&) {});
  fixture.save(mirror);
  const auto callback = first_callback(*again);
  CHECK(callback.state == engine::CallbackState::exhausted);
  CHECK(callback.attempts.size() == 3);
  CHECK(callback.manual_attempts == 2);
  CHECK(callback.automatic_attempts() == 1);
  CHECK(again->read([](const engine::Team& state) { return state.callbacks().totals().exhausted; }) == 1);
}

TEST_CASE("what fell due meanwhile happened at its time, and its callbacks are spread out") {
  SavingFixture fixture{nullptr};
  const auto team = fixture.start(with_callback({}));
  for (int i = 0; i < 200; ++i) team->request(lead("a" + std::to_string(i), kHook));
  Mirror mirror;
  fixture.save(mirror);
  fixture.timer.stop();
  const auto again = fixture.restart(mirror.whole(), 1h);
  const auto now = again->clock().now();
  const auto dues = again->read([](const engine::Team& state) {
    std::vector<engine::Instant> found;
    for (const auto& callback : state.callbacks().all()) found.push_back(callback.due);
    return found;
  });
  REQUIRE(dues.size() == 200);
  for (std::size_t i = 0; i < dues.size(); ++i) CHECK(dues[i] == now + i * 10ms);
  const auto first = again->read([](const engine::Team& state) { return state.enrichments()[0]; });
  CHECK(first.resolved_at == first.pending_at + 500ms);
}

TEST_CASE("a running clock continues by real time, also if that has gone back; a manual one stands still") {
  for (const bool manual : {false, true}) {
    SavingFixture fixture;
    scenario::Scenario scenario;
    scenario.clock.manual = manual;
    scenario.clock.scale = 60;
    const auto team = fixture.start(scenario);
    fixture.time.advance(1s);
    const auto shown = team->clock().now();
    Mirror mirror;
    fixture.save(mirror);
    auto saved = mirror.whole();
    CHECK(fixture.restart(saved, 10s)->clock().now() == shown + (manual ? 0s : 10min));
    saved.team.clock.wall += 1h;
    CHECK(fixture.restart(saved)->clock().now() == shown);
  }
}

TEST_CASE("a reset begins a new world, and the old one has ended") {
  SavingFixture fixture;
  const auto team = fixture.start({});
  team->request(lead("a"));
  Mirror mirror;
  fixture.save(mirror);
  const auto before = mirror.whole();
  team->reset(team->scenario());
  auto taken = fixture.commits_of_test.take({});
  REQUIRE(taken);
  REQUIRE(taken->teams.size() == 1);
  runner::TeamChanges changes;
  taken->teams.front()->take_changes(changes);
  CHECK(changes.ended_worlds == std::vector{before.team.world});
  CHECK(changes.everything);
  CHECK(changes.team.world > before.team.world);
  CHECK(changes.enrichments.empty());
}

TEST_CASE("the counts of a rule that no longer exists are not saved") {
  SavingFixture fixture;
  scenario::Scenario scenario;
  scenario::Rule rule{.name = "by profile", .count = scenario::CountBy::profile};
  rule.steps.resize(2);
  scenario.rules = scenario::Rules({rule});
  const auto team = fixture.start(scenario);
  Mirror mirror;
  team->request(lead("a"));
  fixture.save(mirror);
  REQUIRE(mirror.whole().profiles.size() == 1);
  team->request(lead("b"));
  team->replace(std::make_shared<const scenario::Scenario>());
  fixture.save(mirror);
  CHECK(mirror.whole().profiles.empty());
  CHECK(text_of(*fixture.restart(mirror.whole())) == text_of(*team));
}
