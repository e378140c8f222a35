// Random scenarios, the same for the same seed: any mix of keys and values that the loader accepts.
#pragma once
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scenario/scenario.h"

namespace enrichment_mock::support {

class RandomScript {
 public:
  explicit RandomScript(std::uint64_t seed) : random_(seed) {}

  // Without restrictions.
  scenario::Scenario any() {
    scenario::Scenario scenario = common();
    scenario.credits = static_cast<std::int64_t>(below(60));
    scenario.rules = rules([this] { return chance(2) ? scenario::CountBy::team : scenario::CountBy::profile; });
    if (chance(3)) scenario.rate_limit = scenario::RateLimit{.requests = 1 + number(50), .per = duration(200)};
    for (auto entries = below(4); entries > 0; --entries) scenario.schedule.push_back(entry());
    return scenario;
  }

  // Only keys whose effect does not depend on how the requests of different profiles interleave: draws, steps that
  // count by profile, and credits for all.
  scenario::Scenario independent() {
    scenario::Scenario scenario = common();
    scenario.credits = 1'000'000;
    scenario.rules = rules([] { return scenario::CountBy::profile; });
    return scenario;
  }

  std::string username() { return std::string(1, static_cast<char>('a' + below(6))) + std::to_string(below(3)); }

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }

 private:
  std::uint32_t number(std::uint32_t end) { return static_cast<std::uint32_t>(below(end)); }
  int count(int end) { return static_cast<int>(below(static_cast<std::uint64_t>(end))); }
  base::Duration duration(int most_ms) { return std::chrono::milliseconds(1 + count(most_ms)); }

  scenario::Latency latency(int most_ms) {
    const auto median = duration(most_ms), p99 = median + duration(most_ms);
    return {.median = median, .p99 = p99, .max = p99 + duration(10 * most_ms)};
  }

  scenario::DurationChoice duration_choice(int most_ms) {
    if (chance(2)) return latency(most_ms);
    return duration(most_ms);
  }

  scenario::StatusDurationChoice lasting() {
    switch (below(7)) {
      case 0:
        return scenario::Polls{1 + count(3)};
      case 1:
        return scenario::Forever{};
      case 2:
        return base::Duration(0);
      case 3:
        return latency(100);
      default:
        return duration(100);
    }
  }

  scenario::OutcomeChoice outcome() {
    if (chance(2)) return scenario::OutcomeWeights{1 + number(5), number(5), number(5)};
    return static_cast<scenario::Outcome>(below(3));
  }

  scenario::Callback callback() {
    scenario::Callback callback;
    callback.max_attempts = 1 + count(4);
    callback.backoff = {duration(50), duration(100)};
    callback.on_failed = chance(2);
    if (chance(2)) callback.delay = duration_choice(50);
    callback.copies = 1 + count(3);
    callback.drop = chance(6);
    callback.fail_first = count(3);
    callback.before_response = chance(4);
    callback.order = chance(3) ? scenario::Order::reversed : scenario::Order::due;
    callback.burst = duration(50);
    return callback;
  }

  std::shared_ptr<const scenario::Reply> reply() {
    scenario::Reply reply;
    if (chance(2)) reply.status = chance(2) ? 503 : 200;
    if (chance(3)) reply.fault = static_cast<scenario::Fault>(below(8));
    if (chance(3)) reply.delay = duration_choice(50);
    return std::make_shared<const scenario::Reply>(reply);
  }

  scenario::Step step(scenario::CallKind on) {
    scenario::Step step;
    if (chance(3)) step.response = reply();
    if (on != scenario::CallKind::request) return step;
    if (chance(2)) step.lookup.pending = lasting();
    if (chance(2)) step.lookup.processing = lasting();
    if (chance(2)) step.lookup.outcome = outcome();
    if (chance(3)) step.lookup.jitter = duration_choice(20);
    if (chance(2)) step.callback = std::make_shared<const scenario::Callback>(callback());
    return step;
  }

  template <class Count>
  scenario::Rules rules(Count counter) {
    std::vector<scenario::Rule> rules(below(8));
    for (auto& rule : rules) {
      rule.name = "rule";
      rule.on = static_cast<scenario::CallKind>(below(3));
      rule.count = rule.on == scenario::CallKind::credits ? scenario::CountBy::team : counter();
      if (chance(2) && rule.on != scenario::CallKind::credits) rule.match.username = username().substr(0, 1) + "*";
      for (auto steps = 1 + below(4); steps > 0; --steps) rule.steps.push_back(step(rule.on));
      rule.after_last = static_cast<scenario::AfterLast>(below(3));
    }
    return scenario::Rules(std::move(rules));
  }

  scenario::ScheduleEntry entry() {
    scenario::ScheduleEntry entry{.at = duration(500)};
    if (chance(2)) {
      entry.add_credits = 1 + count(20);
    } else {
      entry.response = reply();
      if (!chance(4)) entry.until = entry.at + duration(200);
    }
    return entry;
  }

  scenario::Scenario common() {
    scenario::Scenario scenario;
    scenario.name = "random";
    scenario.seed = random_();
    scenario.lookup.pending = lasting();
    scenario.lookup.processing = lasting();
    scenario.lookup.outcome = outcome();
    scenario.lookup.jitter = duration_choice(30);
    scenario.callback = std::make_shared<const scenario::Callback>(callback());
    if (chance(2)) scenario.profiles[username()].work = std::optional<std::string>("known@example.com");
    if (chance(2)) scenario.profiles[username()].work = std::optional<std::string>();
    return scenario;
  }

  std::mt19937_64 random_;
};

}  // namespace enrichment_mock::support
