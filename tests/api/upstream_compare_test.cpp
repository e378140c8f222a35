// compare, against this mock and against an API that differs on purpose.
#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <set>

#include "base/text.h"
#include "enrichment_mock/emulator.h"
#include "support/patience.h"
#include "support/second_upstream.h"
#include "support/temporary_directory.h"
#include "upstream/compare.h"
#include "upstream/comparison_text.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using upstream::CompareOptions;
using upstream::Comparison;

namespace {

// Without pauses.
CompareOptions options_for(const std::string& url, std::string key = SecondUpstream::kKey) {
  return {.upstream = {.url = url, .ca_file = {}, .connection_timeout = kPatience, .timeout = kPatience},
          .key = std::move(key),
          .mock = {},
          .spend = 0,
          .least_gap = {},
          .first_poll_gap = {},
          .longest_poll_gap = {},
          .lookup_limit = std::chrono::minutes(1),
          .longest_retry_after = {}};
}

std::set<std::string> differing(const Comparison& comparison) {
  std::set<std::string> ids;
  for (const auto& line : comparison.lines)
    if (!line.agrees()) ids.emplace(line.question->id);
  return ids;
}

std::string why_not_asked(const Comparison& comparison, std::string_view id) {
  const auto found =
      std::ranges::find_if(comparison.not_asked, [&](const auto& each) { return each.question->id == id; });
  return found == comparison.not_asked.end() ? "" : found->why;
}

std::string all_texts(const Comparison& comparison) {
  std::string text = "\n";
  for (const auto& line : comparison.lines) text += line_text(line);
  return text + summary_text(comparison) + to_json(comparison) + scenario_text(comparison, "upstream", "today");
}

bool has_profile(const ReceivedRequest& request) { return request.body.find("\"linkedin_url\"") != std::string::npos; }

std::string header_of(const ReceivedRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (base::same_text(key, name)) return value;
  return "";
}

}  // namespace

TEST_CASE("compare: this mock agrees fully with itself, and loses no credit") {
  Emulator upstream({.time_scale = 1000});
  const auto comparison = compare(options_for(upstream.url()));
  CHECK(differing(comparison).empty());
  CHECK(comparison.agrees());
  CHECK(comparison.balance_before == 250);
  CHECK(comparison.balance_after == 250);
  CHECK(comparison.lines.size() + comparison.not_asked.size() == upstream::questions().size());
}

TEST_CASE(
    "compare: an API that was written a second time agrees, at no cost, with a few requests that name themselves") {
  const SecondUpstream upstream;
  const auto comparison = compare(options_for(upstream.url()));
  CHECK(differing(comparison).empty());
  CHECK(comparison.agrees());
  CHECK(upstream.balance() == 250);
  CHECK(upstream::questions().size() < 60);
  std::size_t posts = 0;
  for (const auto& request : upstream.requests()) {
    CHECK(header_of(request, "User-Agent") == "enrichment-mock/" + version() + " (compare)");
    if (request.method != "POST") continue;
    ++posts;
    // A username of LinkedIn has no underscore.
    const bool names_none = !has_profile(request) || request.body.find("linkedin.com/in/\"") != std::string::npos;
    CHECK((names_none || request.body.find("not-found__enrichment-mock-compare__") != std::string::npos));
  }
  CHECK(posts > 30);
  CHECK(why_not_asked(comparison, "charge") == "costs a credit: see --spend");
}

TEST_CASE("compare: finds exactly the planted difference, under its name") {
  struct Planted {
    const char* difference;
    std::set<std::string> found;
  };
  const Planted all[] = {
      {"balance-as-text", {"credits"}},
      {"blank-key-accepted", {"key-blank"}},
      {"other-keys-refused", {"key-wrong"}},
      {"route-before-key", {"key-before-route"}},
      {"slash-ignored", {"route-slash"}},
      {"letter-case-ignored", {"route-letter-case"}},
      {"wrong-method-is-404", {"method-get"}},
      {"no-allow", {"allow"}},
      {"no-head", {"head-credits"}},
      {"unknown-id-is-410", {"id-unknown"}},
      {"malformed-id-is-400", {"id-malformed"}},
      {"json-before-content", {"content-before-json"}},
      {"any-content-type", {"content-before-json", "content-type-text"}},
      {"content-type-required", {"content-type-missing"}},
      {"100-kb", {"size-200-kb"}},
      {"bom-refused", {"json-bom"}},
      {"key-twice", {"json-key-twice"}},
      {"any-depth", {"json-deep"}},
      {"type-optional", {"type-missing"}},
      {"long-url", {"url-long"}},
      {"scheme-optional", {"url-no-scheme"}},
      {"port-accepted", {"url-port"}},
      {"other-domain-accepted", {"url-other-domain"}},
      {"https-only", {"url-http"}},
      {"www-only", {"url-subdomain"}},
      {"letter-case-of-hosts", {"url-letter-case"}},
      {"no-slash-in-urls", {"url-slash-query"}},
      {"ftp", {"callback-ftp"}},
      {"code-units", {"external-id-emoji"}},
      {"null-refused", {"null-fields"}},
      {"unknown-field-refused", {"unknown-field"}},
      {"first-problem-only", {"several-problems"}},
      {"messages-as-list", {"error-400"}},
      {"external-id-in-201", {"accepted"}},
      {"created-at", {"poll-running"}},
      {"not-found-without-email", {"poll-not-found"}},
      {"external-id-as-null", {"no-external-id"}},
  };
  for (const auto& [difference, found] : all) {
    CAPTURE(difference);
    const SecondUpstream upstream({difference});
    const auto comparison = compare(options_for(upstream.url()));
    CHECK(differing(comparison) == found);
    CHECK_FALSE(comparison.agrees());
    CHECK(upstream.balance() == 250);
    for (const auto& id : found) CHECK(all_texts(comparison).find("\ndiffers  " + id + ": ") != std::string::npos);
  }
}

TEST_CASE("compare: finds several differences together") {
  const SecondUpstream upstream(
      {"error-as-code", "type-optional", "slash-ignored", "other-keys-refused", "code-units"});
  const auto comparison = compare(options_for(upstream.url()));
  CHECK(differing(comparison) == std::set<std::string>{"error-400", "error-401", "error-404", "external-id-emoji",
                                                       "key-wrong", "route-slash", "several-problems", "type-missing"});
}

TEST_CASE("compare: with the scenario that was written, a second run agrees on what a scenario can change") {
  const SecondUpstream upstream({"error-as-code", "other-keys-refused", "first-problem-only", "slash-ignored"});
  const auto first = compare(options_for(upstream.url()));
  CHECK(differing(first).size() == 6);
  const TemporaryDirectory directory;
  const auto text = scenario_text(first, "upstream", "today");
  CHECK(text.find("//   route-slash: unknown routes (our decision): upstream 200\n") != std::string::npos);
  const auto file = directory.write("upstream.json", text);
  CHECK(validate_scenario_file(file).empty());
  auto options = options_for(upstream.url());
  options.mock.scenario_files = {file};
  const auto second = compare(options);
  CHECK(second.scenario == "upstream");
  CHECK(differing(second) == std::set<std::string>{"route-slash"});
}

TEST_CASE("compare: stops when the balance falls, and asks no request after that") {
  const SecondUpstream upstream({"not-found-costs"});
  const auto comparison = compare(options_for(upstream.url()));
  CHECK(upstream.balance() == 249);
  CHECK(comparison.stopped == "the balance has fallen from 250 to 249 during accepted");
  CHECK(why_not_asked(comparison, "unknown-field") == comparison.stopped);
  CHECK(differing(comparison) == std::set<std::string>{"uncharged"});
  CHECK_FALSE(comparison.agrees());
}

TEST_CASE("compare: makes no request for a lookup if the balance cannot be read") {
  const SecondUpstream upstream({"no-balance"});
  const auto comparison = compare(options_for(upstream.url()));
  for (const auto& request : upstream.requests()) CHECK(request.method != "POST");
  CHECK(differing(comparison).contains("credits"));
  CHECK(comparison.stopped == "the balance cannot be read, so a charge would not be seen");
}

TEST_CASE("compare: begins no other lookup if one does not end, or has no id to poll") {
  for (const char* difference : {"never-ends", "no-id-in-201"}) {
    CAPTURE(difference);
    const SecondUpstream upstream({difference});
    auto options = options_for(upstream.url());
    options.lookup_limit = {};
    const auto comparison = compare(options);
    CHECK(why_not_asked(comparison, "null-fields") == comparison.stopped);
    CHECK_FALSE(comparison.agrees());
    std::size_t accepted = 0;
    for (const auto& request : upstream.requests())
      if (request.body.find("compare__accepted") != std::string::npos) ++accepted;
    CHECK(accepted == 1);
  }
}

TEST_CASE("compare: a team without credits gets 402, and only what needs credits is not asked") {
  const SecondUpstream upstream({}, 0);
  const auto comparison = compare(options_for(upstream.url()));
  CHECK(differing(comparison).empty());
  CHECK(comparison.agrees());
  CHECK(why_not_asked(comparison, "error-402").empty());
  CHECK(why_not_asked(comparison, "null-fields") == "upstream does not accept the profile of accepted");
}

TEST_CASE("compare: asks again if upstream is busy, and polls again after an error") {
  for (const char* problem : {"busy", "poll-fails-once"}) {
    CAPTURE(problem);
    const SecondUpstream upstream({problem});
    const auto comparison = compare(options_for(upstream.url()));
    CHECK(differing(comparison).empty());
    CHECK(comparison.stopped.empty());
    CHECK(why_not_asked(comparison, "poll-not-found").empty());
  }
}

TEST_CASE("compare: a request that may cost a credit is sent once, also if upstream says to try again") {
  const SecondUpstream upstream({"spend-fails"});
  auto options = options_for(upstream.url());
  options.spend = 2;
  CHECK(why_not_asked(compare(options), "charge") == "upstream answers with status 503");
  const auto requests = upstream.requests();
  CHECK(std::ranges::count_if(
            requests, [](const auto& each) { return each.body.find("/in/janedoe") != std::string::npos; }) == 1);
}

TEST_CASE("compare: with spend, at most that many lookups cost a credit, and the moment of the charge is compared") {
  for (const unsigned spend : {1U, 2U, 9U}) {
    CAPTURE(spend);
    const SecondUpstream upstream;
    auto options = options_for(upstream.url());
    options.spend = spend;
    const auto comparison = compare(options);
    CHECK(differing(comparison).empty());
    CHECK(why_not_asked(comparison, "charge").empty());
    CHECK(why_not_asked(comparison, "poll-completed").empty());
    CHECK(250 - upstream.balance() == std::min(spend, upstream::kMostSpent));
  }
  struct Planted {
    const char* difference;
    std::set<std::string> found;
    const char* charge;
  };
  const Planted all[] = {
      {"polls-cost", {"charge"}, "ended as completed: 1 credit, and 1 credit for a poll"},
      {"email-as-text", {"poll-completed"}, "ended as completed: 1 credit"},
  };
  for (const auto& [difference, found, charge] : all) {
    CAPTURE(difference);
    const SecondUpstream upstream({difference});
    auto options = options_for(upstream.url());
    options.spend = 1;
    const auto comparison = compare(options);
    CHECK(differing(comparison) == found);
    const auto line =
        std::ranges::find_if(comparison.lines, [](const auto& each) { return each.question->id == "charge"; });
    CHECK(line->upstream == charge);
  }
}

TEST_CASE("compare: the key goes only to upstream, in its header, and is in no text") {
  const SecondUpstream upstream({"key-in-401", "other-keys-refused"});
  const auto comparison = compare(options_for(upstream.url()));
  CHECK(differing(comparison).contains("error-401"));
  const auto texts = all_texts(comparison);
  CHECK(texts.find("not the key seco***") != std::string::npos);
  CHECK(texts.find(SecondUpstream::kKey) == std::string::npos);
  for (const auto& request : upstream.requests()) {
    CHECK((request.target + request.body).find(SecondUpstream::kKey) == std::string::npos);
    for (const auto& [name, value] : request.headers)
      CHECK((base::same_text(name, "x-api-key") || value.find(SecondUpstream::kKey) == std::string::npos));
  }
}

TEST_CASE("compare: a key that is refused, and an upstream that is not there, are errors without the key") {
  const auto fails = [](const std::string& url, const std::string& text) {
    CHECK_THROWS_WITH_AS(compare(options_for(url)), (url + text).c_str(), upstream::UpstreamError);
  };
  const SecondUpstream refusing({"no-key-is-accepted"});
  fails(refusing.url(), " refuses the key: it answers with status 401");
  const auto nowhere = "http://127.0.0.1:" + std::to_string(Receiver(hangs()).port());
  fails(nowhere, " does not answer");
  const Receiver closing(answers_bytes(""));
  fails(closing.url(""), " ended the connection without a complete response");
}

TEST_CASE("compare: an upstream that stops answering ends the run") {
  std::atomic<int> asked = 0;
  const Receiver upstream([&](Peer& peer) {
    if (peer.read_request() && ++asked <= 3)
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"balance\":1}");
  });
  CHECK_THROWS_WITH_AS(
      compare(options_for(upstream.url(""))),
      (upstream.url("") + " ended the connection without a complete response, to 3 requests in a row").c_str(),
      upstream::UpstreamError);
  CHECK(asked == 6);
}

TEST_CASE("compare: a scenario that refuses unknown keys must list the one of compare") {
  const SecondUpstream upstream;
  auto options = options_for(upstream.url());
  options.mock.default_scenario = "closed-teams";
  CHECK_THROWS_AS(compare(options), upstream::ScenarioRefusesKey);
  CHECK(upstream.requests().size() == 1);
}

TEST_CASE("compare: every fact has a question or a reason, and every question a fact") {
  std::set<std::string_view> names, ids;
  for (const auto& fact : upstream::facts()) CHECK(names.insert(fact.name).second);
  for (const auto& question : upstream::questions()) {
    CHECK(ids.insert(question.id).second);
    CHECK(names.contains(question.fact));
    CHECK((question.of.empty() || ids.contains(question.of)));
  }
}
