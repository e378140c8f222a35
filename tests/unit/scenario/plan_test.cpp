#include "scenario/plan.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace enrichment_mock::scenario;
using namespace std::chrono_literals;
using enrichment_mock::scenario::fold_username;

namespace {
const RequestFacts kJane{"jane-doe", EmailType::work, {}, false, ""};
}

TEST_CASE("a rule overrides the profile, the profile the file's defaults, field by field") {
  Scenario scenario;
  scenario.lookup.email = "{first}@example.com";
  SUBCASE("defaults") {
    const auto plan = plan_lookup(scenario, nullptr, kJane, 1, 0);
    CHECK(plan.outcome == Outcome::completed);
    CHECK(plan.email == "jane@example.com");
    CHECK(std::get<Duration>(plan.processing) == 400ms);
  }
  SUBCASE("a profile sets the email, even if the default outcome is failed") {
    scenario.lookup.outcome = Outcome::failed;
    scenario.profiles["jane-doe"].work = "jd@acme.example";
    const auto plan = plan_lookup(scenario, nullptr, kJane, 1, 0);
    CHECK(plan.outcome == Outcome::completed);
    CHECK(plan.email == "jd@acme.example");
  }
  SUBCASE("a profile with null means not found; the type that it leaves out follows the defaults") {
    scenario.profiles["jane-doe"].work = std::optional<std::string>{};
    CHECK(plan_lookup(scenario, nullptr, kJane, 1, 0).outcome == Outcome::not_found);
    auto personal = kJane;
    personal.type = EmailType::personal;
    CHECK(plan_lookup(scenario, nullptr, personal, 1, 0).outcome == Outcome::completed);
  }
  SUBCASE("a rule's outcome overrides the profile's") {
    scenario.profiles["jane-doe"].work = "jd@acme.example";
    Step step;
    step.lookup.outcome = Outcome::failed;
    CHECK(plan_lookup(scenario, &step, kJane, 1, 0).outcome == Outcome::failed);
  }
  SUBCASE("a rule's email overrides the profile's, and the rest is inherited") {
    scenario.profiles["jane-doe"].work = "jd@acme.example";
    Step step;
    step.lookup.email = "{last}.{type}@example.com";
    step.lookup.pending = Forever{};
    const auto plan = plan_lookup(scenario, &step, kJane, 1, 0);
    CHECK(plan.email == "doe.work@example.com");
    CHECK(std::holds_alternative<Forever>(plan.pending));
    CHECK(std::get<Duration>(plan.processing) == 400ms);
  }
}

TEST_CASE("email templates") {
  CHECK(expand_email("{username}@example.com", "jane-doe", EmailType::work) == "jane-doe@example.com");
  CHECK(expand_email("{first}.{last}@example.com", "jane-van-doe", EmailType::work) == "jane.doe@example.com");
  CHECK(expand_email("{first}.{last}@example.com", "janedoe", EmailType::work) == "janedoe.janedoe@example.com");
  CHECK(expand_email("x@{type}.example", "jane", EmailType::personal) == "x@personal.example");
  CHECK(expand_email("{nothing}{", "jane", EmailType::work) == "{nothing}{");
  CHECK(expand_email("{username}@example.com", "a+b <c>", EmailType::work) == "a-b--c-@example.com");
}

TEST_CASE("names that differ in a character beyond ASCII get different addresses") {
  const auto email_of = [](std::string_view username) {
    return expand_email("{first}.{last}@example.com", username, EmailType::work);
  };
  CHECK(email_of("j\u00f6hn") == "ju00f6hn.ju00f6hn@example.com");
  CHECK(email_of("j\u00e4hn") == "ju00e4hn.ju00e4hn@example.com");
  CHECK(email_of("\u674e-\u96f7") == "u674e.u96f7@example.com");
  CHECK(email_of("\U0001f600") == "u1f600.u1f600@example.com");
  CHECK(email_of("\xff") == "-.-@example.com");
}

TEST_CASE("many draws are close to the weights, and a zero weight is never drawn") {
  int counts[3] = {};
  for (std::uint64_t n = 0; n < 10'000; ++n)
    ++counts[static_cast<int>(Draws(7, "jane", EmailType::work, n).outcome(OutcomeWeights{70, 30, 0}))];
  CHECK(counts[0] > 6800);
  CHECK(counts[0] < 7200);
  CHECK(counts[2] == 0);
}

TEST_CASE("a draw depends only on seed, profile, type and count") {
  const auto draw = [](std::uint64_t seed, std::string_view name, EmailType type, std::uint64_t n) {
    return Draws(seed, name, type, n).pending_jitter(1h);
  };
  const auto base = draw(1, "jane", EmailType::work, 0);
  CHECK(base == draw(1, "jane", EmailType::work, 0));
  CHECK(base != draw(2, "jane", EmailType::work, 0));
  CHECK(base != draw(1, "john", EmailType::work, 0));
  CHECK(base != draw(1, "jane", EmailType::personal, 0));
  CHECK(base != draw(1, "jane", EmailType::work, 1));
}

TEST_CASE("jitter is between zero and its maximum, and only timed statuses get longer") {
  for (std::uint64_t n = 0; n < 1000; ++n) {
    const auto jitter = Draws(1, "jane", EmailType::work, n).processing_jitter(10us);
    CHECK(jitter >= 0us);
    CHECK(jitter <= 10us);
  }
  Scenario scenario;
  scenario.lookup.jitter = 1s;
  scenario.lookup.processing = Polls{2};
  const auto plan = plan_lookup(scenario, nullptr, kJane, 1, 0);
  CHECK(std::get<Duration>(plan.pending) > 100ms);
  CHECK(std::get<Polls>(plan.processing).count == 2);
}

TEST_CASE("durations that vary are drawn for each request, and independently of each other") {
  const Latency latency{200ms, 3s, 10s};
  Scenario scenario;
  scenario.lookup.pending = scenario.lookup.processing = latency;
  std::vector<Duration> pending, processing;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    const auto plan = plan_lookup(scenario, nullptr, kJane, 1, n);
    pending.push_back(std::get<Duration>(plan.pending));
    processing.push_back(std::get<Duration>(plan.processing));
    CHECK(pending.back() == std::get<Duration>(plan_lookup(scenario, nullptr, kJane, 1, n).pending));
  }
  CHECK(std::ranges::count_if(pending, [](Duration each) { return each > 200ms; }) ==
        doctest::Approx(500).epsilon(0.1));
  CHECK(std::ranges::count_if(pending, [](Duration each) { return each > 3s; }) < 20);
  CHECK(pending != processing);
  CHECK(std::ranges::max(pending) <= 10s);
}

TEST_CASE("a jitter that varies is drawn for each timed status") {
  Scenario scenario;
  scenario.lookup.jitter = Latency{7ms, 7ms, 7ms};
  scenario.lookup.processing = Polls{2};
  const auto plan = plan_lookup(scenario, nullptr, kJane, 1, 0);
  CHECK(std::get<Duration>(plan.pending) == 107ms);
  CHECK(std::get<Polls>(plan.processing).count == 2);
}

TEST_CASE("each copy of a callback has a delay of its own if the delay varies") {
  Callback callback{.delay = Latency{200ms, 3s, 10s}};
  const auto plan = plan_lookup({}, nullptr, kJane, 1, 0), next = plan_lookup({}, nullptr, kJane, 1, 1);
  CHECK(callback_delay(callback, plan.callback_draw, 0) == callback_delay(callback, plan.callback_draw, 0));
  CHECK(callback_delay(callback, plan.callback_draw, 0) != callback_delay(callback, plan.callback_draw, 1));
  CHECK(callback_delay(callback, plan.callback_draw, 0) != callback_delay(callback, next.callback_draw, 0));
  callback.delay = Duration(2s);
  CHECK(callback_delay(callback, plan.callback_draw, 1) == 2s);
}

TEST_CASE("the delay of a response depends only on seed, username, kind of call and count") {
  const auto delay = [](std::uint64_t seed, std::string_view name, CallKind call, std::uint64_t n) {
    return response_delay({200ms, 3s, 10s}, seed, name, call, n);
  };
  const auto base = delay(1, "jane", CallKind::poll, 0);
  CHECK(base == delay(1, "jane", CallKind::poll, 0));
  CHECK(base != delay(2, "jane", CallKind::poll, 0));
  CHECK(base != delay(1, "john", CallKind::poll, 0));
  CHECK(base != delay(1, "jane", CallKind::request, 0));
  CHECK(base != delay(1, "jane", CallKind::poll, 1));
}

// So that a seed keeps its meaning from one build to the next.
TEST_CASE("draws are the same in every build") {
  const Draws draws(7, "jane", EmailType::work, 3);
  CHECK(draws.outcome(OutcomeWeights{1, 1, 1}) == Outcome::not_found);
  CHECK(draws.pending_jitter(1h) == 2'024'320'712us);
  CHECK(draws.processing_jitter(1h) == 3'473'902'753us);
  CHECK(std::get<Duration>(draws.pending(Latency{200ms, 3s, 10s})) == 335'938us);
  CHECK(std::get<Duration>(draws.processing(Latency{200ms, 3s, 10s})) == 328'571us);
  CHECK(draws.callback() == 4'030'498'051);
  CHECK(response_delay({200ms, 3s, 10s}, 7, "jane", CallKind::request, 3) == 32'987us);
}

TEST_CASE("a scenario without weights, jitter and durations that vary needs no draws") {
  Scenario scenario;
  CHECK_FALSE(uses_draws(scenario));
  scenario.rules = Rules({{.name = "plain", .steps = {{}}}});
  CHECK_FALSE(uses_draws(scenario));
  Step jittery;
  jittery.lookup.jitter = 1ms;
  scenario.rules = Rules({{.name = "plain", .steps = {{}}}, {.name = "jittery", .steps = {{}, jittery}}});
  CHECK(uses_draws(scenario));
  const Latency latency{1s, 1s, 1s};
  const auto needs_draws = [](auto change) {
    Scenario changed;
    change(changed);
    return uses_draws(changed);
  };
  CHECK(needs_draws([&](Scenario& s) { s.lookup.pending = latency; }));
  CHECK(needs_draws([&](Scenario& s) { s.lookup.processing = latency; }));
  CHECK(needs_draws([&](Scenario& s) { s.lookup.jitter = latency; }));
  CHECK(needs_draws([&](Scenario& s) { s.callback = std::make_shared<const Callback>(Callback{.delay = latency}); }));
  Step varying;
  varying.lookup.processing = latency;
  CHECK(uses_draws(Rule{.name = "varying", .steps = {varying}}));
}

TEST_CASE("a username is percent-decoded, then in lower case") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {"JaneDoe", "janedoe"},
      {"jane%20doe", "jane doe"},
      {"%4A%61ne", "jane"},
      {"j%C3%A9r%c3%89", "j\xC3\xA9r\xC3\x89"},
      {"100%", "100%"},
      {"a%2", "a%2"},
      {"a%zzB", "a%zzb"},
      {"%%41", "%a"},
      {"%2541", "%41"},
  };
  for (const auto& row : table) {
    CAPTURE(row.first);
    CHECK(fold_username(row.first) == row.second);
  }
}
