#include "scenario/plan.h"

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

TEST_CASE("a scenario without weights and jitter needs no draws") {
  Scenario scenario;
  CHECK_FALSE(uses_draws(scenario));
  scenario.rules = Rules({{.name = "plain", .steps = {{}}}});
  CHECK_FALSE(uses_draws(scenario));
  Step jittery;
  jittery.lookup.jitter = 1ms;
  scenario.rules = Rules({{.name = "plain", .steps = {{}}}, {.name = "jittery", .steps = {{}, jittery}}});
  CHECK(uses_draws(scenario));
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
