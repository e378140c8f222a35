// The rules of advice that depend on times and connections. The other rules: tests/api/control_advice_test.cpp.
#include "control/advice.h"

#include <doctest/doctest.h>
#include <list>
#include <memory>
#include <string>
#include <vector>

using namespace enrichment_mock;
using namespace std::chrono_literals;
using control::AdviceEvidence;
using control::AdviceRule;

namespace {

constexpr base::Instant kStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
const std::string kId = "507f1f77bcf86cd799439011";

enum class Connection {
  same,   // all calls of a story use the same connection, unless they say otherwise
  fresh,  // opened just before the call
  old,    // opened before the story, and not used in it
};

void connect(runner::JournalEntry& entry, Connection connection) {
  if (connection == Connection::same) return;
  entry.connection = entry.number + 1;
  entry.connected_at = connection == Connection::fresh ? entry.real_at : kStart - 1h;
}

// One call after the other, on a clock that runs like real time.
struct Story {
  // `after`: since the call before.
  runner::JournalEntry& call(base::Duration after, std::string_view method, const std::string& path, int status) {
    auto entry = std::make_shared<runner::JournalEntry>();
    now += after;
    entry->number = evidence.calls.size() + 1;
    entry->at = entry->real_at = now;
    entry->key = "k";
    entry->method = method;
    entry->target = kept("/v1/api/enrichment/" + path);
    entry->status = status;
    entry->connection = 1;
    evidence.calls.push_back(entry);
    return *entry;
  }

  runner::JournalEntry& post(base::Duration after, int status, const std::string& username = "jane") {
    auto& entry = call(after, "POST", "email", status);
    entry.body = kept(R"({"linkedin_url":"https://linkedin.com/in/)" + username + R"(","type":"work"})");
    if (status == 201) entry.enrichment = engine::parse_id(kId);
    return entry;
  }

  runner::JournalEntry& poll(base::Duration after, const std::string& status = "pending") {
    auto& entry = call(after, "GET", "email/" + kId, 200);
    entry.enrichment = engine::parse_id(kId);
    entry.answer = kept(R"({"_id":")" + kId + R"(","status":")" + status + R"(","linkedin_url":""})");
    return entry;
  }

  runner::JournalEntry& credits(base::Duration after, int status) { return call(after, "GET", "credits", status); }

  // The lookup that is requested with 201.
  control::AdviceLookup& lookup(engine::Status status) {
    evidence.lookups = {
        {.id = *engine::parse_id(kId), .linkedin_url = "https://linkedin.com/in/jane", .status = status}};
    if (engine::is_resolved(status)) evidence.lookups[0].resolved_at = kStart;
    return evidence.lookups[0];
  }

  std::vector<AdviceRule> rules(base::Duration later = 0ms) {
    evidence.always_real = true;
    evidence.real_now = evidence.team_now = now + later;
    std::vector<AdviceRule> rules;
    for (const auto& finding : advise(evidence, {}).findings) rules.push_back(finding.rule);
    return rules;
  }

  bool breaks(AdviceRule rule) { return rules() == std::vector{rule}; }
  bool is_fine() { return rules().empty(); }

  // Keeps a text for the entries, which only have views.
  std::string_view kept(std::string text) { return texts.emplace_back(std::move(text)); }

  base::Instant now = kStart;
  AdviceEvidence evidence;
  std::list<std::string> texts;
};

}  // namespace

TEST_CASE("retry-after-ignored counts from the end of the delay, and allows for timers that are not exact") {
  struct Case {
    base::Duration delay, pause;
    Connection connection;
    bool is_broken;
  };
  for (const auto& [delay, pause, connection, is_broken] :
       {Case{0ms, 1ms, Connection::same, true},
        {0ms, 1'790ms, Connection::same, true},
        {0ms, 1'810ms, Connection::same, false},
        {500ms, 1'810ms, Connection::same, true},
        {500ms, 2'310ms, Connection::same, false},
        {0ms, 40ms, Connection::fresh, false},  // may have been under way
        {0ms, 60ms, Connection::fresh, true},
        {0ms, 1'790ms, Connection::old, false}}) {
    CAPTURE(pause.count());
    Story story;
    auto& refused = story.post(0ms, 429);
    refused.retry_after = 2;
    refused.delay = std::chrono::duration_cast<std::chrono::milliseconds>(delay);
    connect(story.post(pause, 201), connection);
    story.lookup(engine::Status::pending);
    CHECK(story.breaks(AdviceRule::retry_after_ignored) == is_broken);
    CHECK(story.is_fine() == !is_broken);
  }
}

TEST_CASE("retry-after-ignored: workers may read the credits without knowing of each other") {
  Story workers;
  workers.credits(0ms, 429).retry_after = 2;
  connect(workers.credits(100ms, 200), Connection::fresh);
  CHECK(workers.is_fine());
  Story one;
  one.credits(0ms, 429).retry_after = 2;
  one.credits(100ms, 200);
  CHECK(one.breaks(AdviceRule::retry_after_ignored));
}

TEST_CASE("retry-after-ignored: a response that the client has not received tells it nothing") {
  Story story;
  auto& lost = story.credits(0ms, 429);
  lost.retry_after = 2;
  lost.client_left = true;
  story.credits(100ms, 200);
  CHECK(story.is_fine());
  lost.client_left = false;
  lost.awaited = std::make_shared<std::atomic<bool>>(false);
  CHECK(story.is_fine());
  lost.awaited = std::make_shared<std::atomic<bool>>(true);
  CHECK(story.breaks(AdviceRule::retry_after_ignored));
}

TEST_CASE("no-backoff looks for short gaps that do not grow") {
  struct Case {
    std::vector<int> gaps;  // in milliseconds
    bool of_polls, of_retries;
  };
  for (const auto& [gaps, of_polls, of_retries] : {Case{{10, 10, 10, 10, 10}, true, true},
                                                   {{0, 0, 0, 0, 0}, true, true},
                                                   {{10, 10, 10, 10}, false, true},
                                                   {{10, 10}, false, false},
                                                   {{10, 10, 500, 10, 10, 500, 10, 10}, false, false},
                                                   {{40, 41, 42, 43, 44}, true, false},
                                                   {{55, 55, 55, 55, 55, 55, 55}, false, false},
                                                   {{1, 2, 4, 8, 16, 32, 64, 128}, false, false},
                                                   {{10, 20, 40, 80, 160}, false, false},
                                                   {{1000, 1000, 5, 5, 5, 5, 5, 1000}, true, true}}) {
    CAPTURE(gaps.size());
    CAPTURE(gaps[0]);
    Story polls, retries;
    polls.lookup(engine::Status::pending);
    polls.poll(0ms);
    retries.post(0ms, 503);
    for (const auto gap : gaps) {
      polls.poll(std::chrono::milliseconds(gap));
      retries.post(std::chrono::milliseconds(gap), 503);
    }
    CHECK(polls.breaks(AdviceRule::no_backoff) == of_polls);
    CHECK(polls.is_fine() == !of_polls);
    CHECK(retries.breaks(AdviceRule::no_backoff) == of_retries);
    CHECK(retries.is_fine() == !of_retries);
    polls.evidence.lookups[0].counts_polls = true;  // then polls drive the lookup, and a test polls fast
    CHECK(polls.is_fine());
  }
}

TEST_CASE("no-backoff: polls of several components at the same time, or credits of several workers, are no loop") {
  Story polls, credits;
  polls.lookup(engine::Status::pending);
  for (int i = 1; i <= 7; ++i) {
    connect(polls.poll(5ms), Connection::fresh);
    connect(credits.credits(5ms, 503), Connection::fresh);
  }
  CHECK(polls.is_fine());
  CHECK(credits.is_fine());
  for (int i = 8; i <= 14; ++i) connect(polls.poll(5ms), Connection::fresh);  // for longer than calls are under way
  CHECK(polls.breaks(AdviceRule::no_backoff));

  Story slow_pollers;  // three components, each with a pause of 90 ms
  slow_pollers.lookup(engine::Status::pending);
  for (int i = 0; i < 30; ++i) {
    auto& poll = slow_pollers.poll(30ms);
    connect(poll, Connection::old);
    poll.connection = 100 + i % 3;
  }
  CHECK(slow_pollers.is_fine());

  Story failures;
  for (int i = 1; i <= 5; ++i) connect(failures.post(5ms, 503), Connection::fresh);
  CHECK(failures.is_fine());
  for (int i = 6; i <= 14; ++i) connect(failures.post(5ms, 503), Connection::fresh);
  CHECK(failures.breaks(AdviceRule::no_backoff));
}

TEST_CASE("client-error-retried, polled-after-final: not for calls that were under way at the same time") {
  for (const auto gap : {10ms, 60ms}) {
    CAPTURE(gap.count());
    Story errors, polls;
    polls.lookup(engine::Status::completed);
    for (int i = 1; i <= 3; ++i) {
      connect(errors.post(gap, 400), Connection::fresh);
      connect(polls.poll(gap, "completed"), Connection::fresh);
    }
    CHECK(errors.is_fine() == (gap == 10ms));
    CHECK(errors.breaks(AdviceRule::client_error_retried) == (gap == 60ms));
    CHECK(polls.is_fine() == (gap == 10ms));
    CHECK(polls.breaks(AdviceRule::polled_after_final) == (gap == 60ms));
  }
}

TEST_CASE("server-error-not-retried waits until the client has given up, and a client without credits may stop") {
  Story story;
  story.credits(0ms, 503);
  CHECK(story.rules(4min).empty());
  CHECK(story.rules(6min) == std::vector{AdviceRule::server_error_not_retried});
  story.credits(0ms, 200);
  CHECK(story.rules(6min).empty());
  Story waits;
  waits.credits(0ms, 503).retry_after = 600;
  CHECK(waits.rules(14min).empty());
  CHECK(waits.rules(16min) == std::vector{AdviceRule::server_error_not_retried});
  Story poor;
  poor.post(0ms, 503, "jane");
  poor.post(10ms, 402, "joe");
  CHECK(poor.rules(6min).empty());
}

TEST_CASE("result-lost waits until the client has given up") {
  Story story;
  auto& lookup = story.lookup(engine::Status::completed);
  story.post(0ms, 201);
  CHECK(story.rules(4min).empty());
  CHECK(story.rules(6min) == std::vector{AdviceRule::result_lost});
  story.poll(6min);
  CHECK(story.rules(4min).empty());
  CHECK(story.rules(6min) == std::vector{AdviceRule::result_lost});
  lookup.status = engine::Status::processing;
  CHECK(story.rules(6min).empty());
}

TEST_CASE("result-lost: a scripted response to a poll may have shown the result") {
  Story story;
  story.lookup(engine::Status::completed);
  story.post(0ms, 201);
  auto& poll = story.poll(1s);
  CHECK(story.rules(6min) == std::vector{AdviceRule::result_lost});
  poll.reason = "scripted by the rule";
  CHECK(story.rules(6min).empty());
}

TEST_CASE("credits-unchecked: what may have been under way at the first 402 does not count") {
  struct Case {
    base::Duration gap;
    Connection connection;
    bool is_broken;
  };
  // A slow machine may take long to handle the requests of many workers, on connections that are there.
  for (const auto& [gap, connection, is_broken] : {Case{1ms, Connection::fresh, false},
                                                   {60ms, Connection::fresh, true},
                                                   {200ms, Connection::old, false},
                                                   {900ms, Connection::old, true}}) {
    CAPTURE(gap.count());
    Story many;
    for (int i = 1; i <= 8; ++i) connect(many.post(gap, 402, "p" + std::to_string(i)), connection);
    CHECK(many.is_fine() == !is_broken);
    CHECK(many.breaks(AdviceRule::credits_unchecked) == is_broken);
  }
  Story one;  // each response has come before the next request
  for (int i = 1; i <= 4; ++i) one.post(1ms, 402, "p" + std::to_string(i));
  CHECK(one.breaks(AdviceRule::credits_unchecked));
}

TEST_CASE("calls of two keys of a team are calls of two clients") {
  Story story;
  story.lookup(engine::Status::completed);
  story.post(0ms, 201);
  story.post(100ms, 201).key = "other";
  story.poll(0ms, "completed");
  CHECK(story.is_fine());
  story.evidence.calls[1] = story.evidence.calls[0];
  CHECK(story.breaks(AdviceRule::duplicate_lookup));
}
