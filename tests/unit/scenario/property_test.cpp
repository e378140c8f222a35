// Properties that hold for every script and all traffic.
#include <atomic>
#include <doctest/doctest.h>
#include <map>
#include <set>
#include <thread>

#include "scenario/plan.h"
#include "support/random_script.h"
#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

// The error in a team's state; empty: none.
std::string flaw(const engine::Team& team) {
  const auto& ledger = team.ledger();
  if (ledger.opening() + ledger.added() - ledger.charged() != ledger.balance()) return "the ledger does not add up";
  if (ledger.balance() < 0) return "the balance is negative";
  if (static_cast<std::uint64_t>(ledger.charged()) != team.counters().completed) return "charges are not completions";
  std::int64_t sum = 0;
  for (const auto& movement : ledger.movements())
    if ((sum += movement.amount) != movement.balance) return "a movement's balance is wrong";
  std::size_t unresolved = 0;
  for (const auto& enrichment : team.enrichments()) {
    if (enrichment.charged != (enrichment.status == engine::Status::completed)) return "charged without completion";
    if (!engine::is_resolved(enrichment.status)) ++unresolved;
    const auto history = history_of(enrichment);
    for (std::size_t i = 1; i < history.size(); ++i)
      if (!engine::is_legal(history[i - 1].status, history[i].status) || history[i].at < history[i - 1].at)
        return "a history that cannot be";
    if (history.back().status != enrichment.status) return "a history that ends elsewhere";
  }
  if (unresolved != team.unresolved()) return "unresolved lookups are miscounted";
  std::size_t open = 0;
  for (const auto& callback : team.callbacks().all()) {
    if (is_open(callback.state)) ++open;
    const auto& settings = *team.enrichments()[callback.enrichment].callback;
    if (callback.attempts.size() > static_cast<std::size_t>(settings.max_attempts)) return "too many attempts";
  }
  return open == team.callbacks().open_count() ? "" : "open callbacks are miscounted";
}

engine::EnrichmentRequest random_lead(RandomScript& random) {
  return lead(random.username(), random.chance(2) ? std::optional<std::string>(kHook) : std::nullopt);
}

// The calls that one thread repeats on a team.
void act(runner::TeamRunner& team, RunnerFixture& fixture, RandomScript& random,
         std::vector<engine::EnrichmentId>& own) {
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2: {
      const auto result = team.request(random_lead(random));
      if (result.kind == engine::RequestResult::Kind::accepted) own.push_back(result.id);
      break;
    }
    case 3:
    case 4:
      if (!own.empty()) team.poll(own[random.below(own.size())]);
      break;
    case 5:
      team.credits();
      break;
    case 6:
      team.admit(static_cast<scenario::CallKind>(random.below(3)));
      break;
    case 7:
      fixture.time.advance(std::chrono::milliseconds(random.below(20)));
      break;
  }
}

}  // namespace

TEST_CASE(
    "random scripts, random traffic from many threads: the ledger always adds up, and every transition is legal") {
  constexpr std::uint64_t kScripts = 25;
  constexpr int kThreads = 4, kActs = 150;
  for (std::uint64_t seed = 1; seed <= kScripts; ++seed) {
    CAPTURE(seed);
    RunnerFixture fixture{[](const engine::DueAttempt& attempt) {
      return engine::AttemptResult{attempt.callback % 3 == 0 ? 500 : 200, "", 1ms};
    }};
    if (seed % 2 == 0) fixture.keep.max_count = seed;
    RandomScript script(seed);
    const auto team = fixture.start(script.any());
    std::atomic<int> left = kThreads;
    std::atomic<bool> threw = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        RandomScript random(seed * 100 + static_cast<std::uint64_t>(t));
        std::vector<engine::EnrichmentId> own;
        try {
          for (int i = 0; i < kActs; ++i) act(*team, fixture, random, own);
        } catch (const std::exception&) {
          threw = true;
        }
        --left;
      });
    std::string found;
    for (std::uint64_t looks = 0; left > 0; ++looks) {
      if (found.empty()) found = team->catch_up_and_read(flaw);
      if (looks == 5) team->replace(std::make_shared<const scenario::Scenario>(script.any()));
    }
    for (auto& thread : threads) thread.join();
    // In each round the next attempt of every callback becomes due.
    const auto settled = [&] {
      return team->catch_up_and_read([](const engine::Team& state) { return state.settled(); });
    };
    const auto nothing_under_way = [](const engine::Team& state) { return state.callbacks().delivering_count() == 0; };
    for (int turns = 0; turns < 20 && !settled(); ++turns) {
      fixture.time.advance(1h);
      team->wait_until(1min, nothing_under_way);  // the timer may still deliver some
    }
    if (found.empty()) found = team->catch_up_and_read(flaw);
    const auto resolved = [](const engine::Team& state) { return state.enrichments().size() - state.unresolved(); };
    if (seed % 2 == 0) CHECK(team->catch_up_and_read(resolved) <= seed);
    CHECK(found == "");
    CHECK_FALSE(threw);
    CHECK(settled());
  }
}

namespace {

// For each profile, the results of its requests in order.
using Outcomes = std::map<std::string, std::vector<std::string>>;

std::string outcome_of(engine::Team& team, engine::Instant now, const std::string& username) {
  const auto result = team.request(now, lead(username, kHook));
  const auto delay = std::to_string(result.script.delay.count());
  if (result.script.replaces_response()) return "answered " + std::to_string(*result.script.reply->status) + delay;
  const auto& planned = team.enrichments()[team.enrichments().end_number() - 1];
  std::string text = std::to_string(static_cast<int>(planned.outcome)) + ' ' + std::string(planned.email());
  if (planned.due != engine::kNever) text += " +" + std::to_string((planned.due - now).count());
  const auto poll = team.poll(now, result.id);
  if (poll->script.reply) text += " poll scripted after " + std::to_string(poll->script.delay.count());
  const auto callback = scenario::callback_delay(*planned.callback, planned.callback_draw, 1);
  return text + " after " + delay + " copies " + std::to_string(planned.callback->copies) + " after " +
         std::to_string(callback.count());
}

// Sends `order`, a list of profiles, to a new team.
Outcomes play(const scenario::Scenario& scenario, const std::vector<std::string>& order) {
  auto team = make_team(scenario);
  Outcomes outcomes;
  for (const auto& username : order) outcomes[username].push_back(outcome_of(team, kStart, username));
  return outcomes;
}

}  // namespace

TEST_CASE("draws and steps counted by profile do not depend on how the requests of profiles interleave") {
  constexpr std::uint64_t kScripts = 60;
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= kScripts; ++seed) {
    CAPTURE(seed);
    RandomScript script(seed);
    const auto scenario = script.independent();
    std::vector<std::string> order;
    for (const auto* username : {"a0", "a1", "b0", "c2", "f1"})
      for (int n = 0; n < 12; ++n) order.emplace_back(username);
    const auto first = play(scenario, order);
    for (int shuffles = 0; shuffles < 3; ++shuffles) {
      for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[script.below(i + 1)]);
      CHECK(play(scenario, order) == first);
    }
    for (const auto& [username, outcomes] : first) seen.insert(outcomes.begin(), outcomes.end());
  }
  CHECK(seen.size() > 200);  // otherwise the scripts have nothing that could depend on the order
}

TEST_CASE("requests from many threads get what the same requests get one after the other") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    RandomScript script(seed);
    auto scenario = script.independent();
    constexpr int kRequests = 40;
    const std::vector<std::string> profiles = {"a0", "b1", "c2", "d0"};
    const auto run = [&](bool at_once) {
      RunnerFixture fixture;
      const auto team = fixture.start(scenario);
      Outcomes outcomes;
      for (const auto& username : profiles) outcomes[username];
      const auto send_all = [&](const std::string& username) {
        for (int n = 0; n < kRequests; ++n) {
          const auto result = team->request(lead(username, kHook));
          outcomes[username].push_back(result.script.replaces_response() ? "answered" : to_text(result.id));
        }
      };
      std::vector<std::thread> threads;
      for (const auto& username : profiles)
        if (at_once)
          threads.emplace_back(send_all, username);
        else
          send_all(username);
      for (auto& thread : threads) thread.join();
      // Ids depend on the order of arrival, outcomes do not.
      team->catch_up_and_read([&](const engine::Team& state) {
        std::map<std::string, std::string> by_id;
        for (const auto& enrichment : state.enrichments())
          by_id[to_text(enrichment.id)] =
              std::to_string(static_cast<int>(enrichment.outcome)) + std::string(enrichment.email());
        for (auto& [username, results] : outcomes)
          for (auto& result : results)
            if (by_id.contains(result)) result = by_id[result];
        return true;
      });
      return outcomes;
    };
    CHECK(run(true) == run(false));
  }
}
