#include <doctest/doctest.h>
#include <map>

#include "scenarios/plays.h"

using namespace std::chrono_literals;

namespace enrichment_mock::stage {

namespace {

std::vector<std::string> history(const Enrichment& enrichment) {
  std::vector<std::string> statuses;
  for (const auto& entry : enrichment.history) statuses.emplace_back(to_text(entry.status));
  return statuses;
}

Duration duration(const Enrichment& resolved) { return resolved.history.back().at - resolved.history.front().at; }

void default_scenario(Stage& stage) {
  std::map<std::string, std::string> ids;
  for (const auto* name :
       {"ada", "not-found-1", "failed-1", "stuck-1", "slow-1", "callback-lost-1", "callback-twice-1"})
    ids[name] = stage.submit(name);
  CHECK(stage.request("server-error-1").status == 500);
  CHECK(stage.request("no-credits-1").status == 402);
  const auto limited = stage.request("rate-limited-1");
  CHECK(limited.status == 429);
  CHECK(limited.header("Retry-After") == "1");

  stage.team.advance(500ms);
  CHECK(stage.status(ids["ada"]) == "completed");
  CHECK(stage.status(ids["not-found-1"]) == "not-found");
  CHECK(stage.status(ids["failed-1"]) == "failed");
  CHECK(stage.status(ids["slow-1"]) == "processing");
  CHECK(stage.called_back() ==
        std::vector{ids["ada"], ids["not-found-1"], ids["callback-twice-1"], ids["callback-twice-1"]});

  const auto settled = stage.team.settle();
  CHECK(stage.status(ids["slow-1"]) == "completed");
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].id == ids["stuck-1"]);
  CHECK(stage.status(ids["stuck-1"]) == "processing");
  CHECK(stage.api.credits() == 246);
}

void happy_path(Stage& stage) {
  const auto ids = stage.submit_three();
  CHECK(stage.statuses(ids) == times(3, "pending"));
  stage.team.advance(100ms);
  CHECK(stage.statuses(ids) == times(3, "processing"));
  CHECK(stage.api.credits() == 250);
  stage.team.advance(400ms);
  CHECK(stage.statuses(ids) == times(3, "completed"));
  CHECK(stage.poll(ids[0])["email"] == json{{"email", "ada@example.com"}, {"type", "work"}});
  CHECK(stage.called_back() == ids);
  CHECK(stage.callbacks()[1] == json{{"request_id", ids[1]},
                                     {"status", "completed"},
                                     {"enrichment_type", "work_email"},
                                     {"email", {{"email", "grace@example.com"}, {"type", "work"}}},
                                     {"linkedin_url", "https://www.linkedin.com/in/grace"},
                                     {"external_id", "lead-grace"}});
  CHECK(stage.api.credits() == 247);
}

void not_found(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.settle();
  CHECK(stage.statuses(ids) == times(3, "not-found"));
  CHECK(stage.poll(ids[0])["email"].is_null());
  CHECK(stage.called_back() == ids);
  CHECK(stage.callbacks()[0]["status"] == "not-found");
  CHECK(stage.callbacks()[0]["email"].is_null());
  CHECK(stage.api.credits() == 250);
}

void lookup_failed(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.settle();
  CHECK(stage.statuses(ids) == times(3, "failed"));
  CHECK(stage.receiver.requests().empty());
  CHECK(stage.api.credits() == 250);
}

void stuck(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.advance(24h);
  CHECK(stage.statuses(ids) == times(3, "processing"));
  CHECK(stage.receiver.requests().empty());
  for (const auto& open : stage.team.settle().open) CHECK(open.why == OpenReason::forever);
}

void slow_lookup(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.advance(5s - 1us);
  CHECK(stage.statuses(ids) == times(3, "pending"));
  stage.team.advance(10s + 1us);
  CHECK(stage.statuses(ids) == times(3, "processing"));
  stage.team.advance(15s - 1us);
  CHECK(stage.statuses(ids) == times(3, "processing"));
  CHECK(stage.receiver.requests().empty());
  stage.team.advance(20s + 1us);
  CHECK(stage.statuses(ids) == times(3, "completed"));
  CHECK(stage.receiver.requests().size() == 3);
  const auto all = stage.team.enrichments();
  CHECK(duration(all[0]) != duration(all[1]));
}

void poll_driven(Stage& stage) {
  const auto id = stage.submit("ada");
  stage.team.advance(24h);
  std::vector<std::string> seen;
  while (seen.size() < 5) seen.push_back(stage.status(id));
  CHECK(seen == std::vector<std::string>{"pending", "pending", "processing", "processing", "processing"});
  CHECK(stage.status(id) == "completed");
  CHECK(stage.status(id) == "completed");
  stage.team.settle();
  CHECK(stage.called_back() == std::vector{id});

  stage.submit("grace");
  const auto settled = stage.team.settle();
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].why == OpenReason::polls);
}

void out_of_credits(Stage& stage) {
  CHECK(stage.api.credits() == 0);
  const auto refused = stage.request("ada");
  CHECK(refused.status == 402);
  CHECK(refused.body()["message"] == "Insufficient enrichment credits");
  CHECK(stage.request("grace").status == 402);
  CHECK(stage.team.enrichments().empty());
}

void last_credit_race(Stage& stage) {
  std::vector<std::string> ids;
  for (const auto* name : {"ada", "grace", "alan", "kay", "edsger"}) ids.push_back(stage.submit(name));
  CHECK(stage.api.credits() == 3);
  stage.team.settle();
  CHECK(stage.statuses(ids) == std::vector<std::string>{"completed", "completed", "completed", "failed", "failed"});
  CHECK(stage.called_back() == std::vector(ids.begin(), ids.begin() + 3));
  CHECK(stage.api.credits() == 0);
  for (const auto& movement : stage.team.ledger()) CHECK(movement.balance >= 0);
  CHECK(stage.request("barbara").status == 402);
}

void closed_teams(Stage& stage) {
  const auto client = [&](const std::string& key) { return ApiClient(stage.emulator.url(), key); };
  for (const auto* key : {"closed-teams", "closed-teams.test-1"}) {
    const auto refused = client(key).send("GET", "/v1/api/enrichment/credits");
    CHECK(refused.status == 401);
    CHECK(refused.body()["message"] == "Invalid API key");
    CHECK(refused.header("X-Mock-Scenario") == "closed-teams");
  }
  const auto id = stage.submit("ada");
  auto staging = client("closed-teams-acme-staging"), globex = client("closed-teams-globex");
  CHECK(staging.poll(id).status == 200);
  CHECK(globex.poll(id).status == 404);
  CHECK(globex.credits() == 2);
  stage.team.settle();
  CHECK(staging.credits() == 249);

  for (const auto* name : {"grace", "alan", "kay"}) globex.submit(name);
  auto team = stage.emulator.team("closed-teams-globex");
  team.settle();
  CHECK(team.enrichments()[1].status == Status::completed);
  CHECK(team.enrichments()[2].status == Status::failed);
  CHECK(globex.credits() == 0);
  CHECK(staging.credits() == 249);
  CHECK(team.verify().passed);
}

// How many lookups had each outcome.
using Counts = std::map<std::string, int>;

Counts check_mixed_lookups(const std::vector<Enrichment>& all) {
  REQUIRE(all.size() == 36);  // of 40: every tenth is refused
  CHECK(all[0].email == "jane.doe@acme.example");
  CHECK(all[1].status == Status::not_found);
  CHECK(all[2].status == Status::not_found);
  CHECK(all[3].email == "john@example.net");
  Counts counts;
  for (const auto& enrichment : all) {
    ++counts[std::string(to_text(enrichment.status))];
    CHECK(history(enrichment) ==
          std::vector<std::string>{"pending", "processing", std::string(to_text(enrichment.status))});
    CHECK(duration(enrichment) >= 500ms);
    CHECK(duration(enrichment) <= 2500ms);
  }
  CHECK(counts["completed"] > counts["not-found"]);
  CHECK(counts["not-found"] > counts["failed"]);
  CHECK(counts["failed"] >= 1);
  return counts;
}

// If there are callbacks, four requests get a second attempt, and four others a second callback.
void check_mixed_callbacks(const std::vector<CallbackInfo>& all, std::size_t answered) {
  CHECK(all.size() > answered);
  CHECK(all.size() <= answered + 4);
  std::size_t tried_twice = 0;
  for (const auto& callback : all) {
    CHECK(callback.state == CallbackState::delivered);
    if (callback.attempts.size() == 2) ++tried_twice;
  }
  CHECK(tried_twice > 0);
  CHECK(tried_twice <= 4);
}

void mixed_traffic(Stage& stage) {
  for (const auto* name : {"jane-doe", "john-smith"})
    for (const auto* type : {"work", "personal"}) CHECK(stage.request(name, {{"type", type}}).status == 201);
  const auto refused = stage.request("ada");
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "1");
  for (int n = 0; n < 35; ++n) stage.request("person-" + std::to_string(n));
  stage.team.settle();

  auto counts = check_mixed_lookups(stage.team.enrichments());
  CHECK(stage.api.credits() == 250 - counts["completed"]);
  const auto callbacks = stage.team.callbacks();
  check_mixed_callbacks(callbacks, static_cast<std::size_t>(counts["completed"] + counts["not-found"]));
  CHECK(stage.receiver.requests().size() == callbacks.size());

  std::vector<int> polls;
  while (polls.size() < 5) polls.push_back(stage.api.poll(stage.team.enrichments()[0].id).status);
  CHECK(polls == std::vector{200, 200, 200, 200, 500});
}

}  // namespace

std::span<const Play> plays_of_lookups() {
  static constexpr Play plays[] = {
      {"default", default_scenario},
      {"happy-path", happy_path},
      {"not-found", not_found},
      {"lookup-failed", lookup_failed},
      {"stuck", stuck},
      {"slow-lookup", slow_lookup},
      {"poll-driven", poll_driven},
      {"out-of-credits", out_of_credits},
      {"last-credit-race", last_credit_race},
      {"closed-teams", closed_teams, "closed-teams-acme"},
      {"mixed-traffic", mixed_traffic},
  };
  return plays;
}

}  // namespace enrichment_mock::stage
