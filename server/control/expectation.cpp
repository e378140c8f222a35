#include "control/expectation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/request_matcher.h"

namespace enrichment_mock::control {

namespace {

using scenario::Fields;
using scenario::Value;

constexpr std::uint64_t kMost = 1'000'000'000'000;

auto count_reader() { return scenario::whole_number<std::uint64_t>(0, kMost); }

// What has happened, as far as it is known.
struct Evidence {
  journal::Journal::Contents journal;
  runner::TeamRunner& team;
  const Rewritten& rewritten;
};

// Checks one expectation after the other.
class Checks {
 public:
  explicit Checks(const Evidence& evidence) : evidence_(evidence) {}

  Verdict take() { return std::move(verdict_); }

  void check(const Value& value) {
    Fields fields(value);
    std::size_t kinds = 0;
    const auto kind = [&](std::string_view key, auto check_one) {
      if (const auto member = fields.find(key)) {
        ++kinds;
        check_one(*member);
      }
    };
    kind("requests", [&](const Value& member) { check_requests(member, fields); });
    kind("sequence", [&](const Value& member) { check_sequence(member); });
    kind("callback", [&](const Value& member) { check_callback(member, fields); });
    kind("outcomes", [&](const Value& member) { check_outcomes(member); });
    kind("credits", [&](const Value& member) { check_credits(member); });
    kind("unmatched", [&](const Value& member) { check_unmatched(member); });
    fields.finish();
    if (kinds != 1)
      value.unexpected(R"(one of "requests", "sequence", "callback", "outcomes", "credits" and "unmatched")");
    ++index_;
  }

 private:
  void fail(std::string message, Json nearest = nullptr) {
    verdict_.failures.push_back({index_, std::move(message), std::move(nearest)});
  }

  // So much for certain; entries that were pushed out could make it more.
  void compare(const std::string& what, std::uint64_t found, std::optional<std::uint64_t> least,
               std::optional<std::uint64_t> most, const std::string& expected, const Json& nearest) {
    const auto lost = evidence_.journal.evicted;
    if (most && found > *most)
      return fail(what + ": expected " + expected + ", found " + std::to_string(found), nearest);
    const bool too_few = least && found < *least;
    const bool could_be_more = lost > 0 && (too_few || most);
    if (could_be_more) {
      verdict_.undecided = std::to_string(lost) +
                           " requests have been pushed out of the journal and could change the verdict on " + what +
                           "; raise --journal-size";
      return;
    }
    if (too_few) fail(what + ": expected " + expected + ", found " + std::to_string(found), nearest);
  }

  void check_requests(const Value& value, Fields& fields) {
    const auto matcher = read_request_matcher(value);
    std::optional<std::uint64_t> count, at_least, at_most;
    fields.read("count", count_reader(), count);
    fields.read("at_least", count_reader(), at_least);
    fields.read("at_most", count_reader(), at_most);
    if (count && (at_least || at_most)) value.problem("\"count\" says it all; expected no \"at_least\" or \"at_most\"");
    if (!matcher || !value.document.problems.empty()) return;
    if (!count && !at_least && !at_most) at_least = 1;
    const auto& entries = evidence_.journal.entries;
    const auto found = static_cast<std::uint64_t>(
        std::ranges::count_if(entries, [&](const auto& entry) { return matcher->differences(entry).empty(); }));
    std::string expected = count ? std::to_string(*count) : "";
    if (at_least) expected = "at least " + std::to_string(*at_least);
    if (at_most) expected += (expected.empty() ? "" : " and ") + std::string("at most ") + std::to_string(*at_most);
    compare(matcher->describe(), found, count ? count : at_least, count ? count : at_most, expected + " requests",
            nearest(*matcher, entries));
  }

  void check_sequence(const Value& value) {
    const auto matchers = scenario::read_list(value, read_request_matcher);
    if (!matchers || !value.document.problems.empty()) return;
    auto next = matchers->begin();
    for (const auto& entry : evidence_.journal.entries)
      if (next != matchers->end() && next->differences(entry).empty()) ++next;
    if (next == matchers->end()) return;
    const auto position = std::to_string(next - matchers->begin());
    compare("sequence, from its place " + position + " on: " + next->describe(), 0, 1, std::nullopt, "a request",
            nearest(*next, evidence_.journal.entries));
  }

  void check_unmatched(const Value& value) {
    const auto count = count_reader()(value);
    if (!count) return;
    const auto& entries = evidence_.journal.entries;
    const auto found =
        static_cast<std::uint64_t>(std::ranges::count_if(entries, [](const auto& entry) { return !entry.matched; }));
    const auto first = std::ranges::find_if(entries, [](const auto& entry) { return !entry.matched; });
    const Json nearest =
        first == entries.end() ? Json(nullptr) : Json{{"request", first->number}, {"reason", first->reason}};
    compare("unmatched", found, count, count, std::to_string(*count), nearest);
  }

  void expect_number(const std::string& what, const std::optional<std::uint64_t>& expected, std::uint64_t found) {
    if (expected && *expected != found)
      fail(what + ": expected " + std::to_string(*expected) + ", found " + std::to_string(found));
  }

  void check_outcomes(const Value& value) {
    Fields fields(value);
    std::optional<std::uint64_t> completed, not_found, failed;
    fields.read("completed", count_reader(), completed);
    fields.read("not-found", count_reader(), not_found);
    fields.read("failed", count_reader(), failed);
    fields.finish();
    const auto tally = evidence_.team.inspect([](const engine::Team& team) { return team.tally(); });
    expect_number("outcomes, completed", completed, tally.completed);
    expect_number("outcomes, not-found", not_found, tally.not_found);
    expect_number("outcomes, failed", failed, tally.failed);
  }

  void check_credits(const Value& value) {
    Fields fields(value);
    std::optional<std::uint64_t> balance, charged;
    fields.read("balance", count_reader(), balance);
    fields.read("charged", count_reader(), charged);
    fields.finish();
    const auto [left, taken] = evidence_.team.inspect(
        [](const engine::Team& team) { return std::pair(team.ledger().balance(), team.ledger().charged()); });
    expect_number("credits, balance", balance, static_cast<std::uint64_t>(left));
    expect_number("credits, charged", charged, static_cast<std::uint64_t>(taken));
  }

  // Which callback is meant, and what is to have become of it.
  struct ExpectedCallback {
    std::optional<std::string> enrichment_id, external_id, url;
    std::optional<std::size_t> state;
    std::optional<std::size_t> attempts;
    std::optional<std::vector<int>> statuses;
    std::optional<std::vector<scenario::Duration>> gaps;
  };

  static constexpr std::array<std::string_view, 6> kStates = {"scheduled", "delivering", "retrying",
                                                              "delivered", "exhausted",  "dropped"};

  static bool is_meant(const ExpectedCallback& expected, const engine::Enrichment& enrichment) {
    return (!expected.enrichment_id || *expected.enrichment_id == engine::to_text(enrichment.id)) &&
           (!expected.external_id || expected.external_id == enrichment.external_id) &&
           (!expected.url || expected.url == enrichment.callback_url);
  }

  static bool is_as(const ExpectedCallback& expected, const engine::Callback& callback) {
    const auto& attempts = callback.attempts;
    if (expected.state && static_cast<std::size_t>(callback.state) != *expected.state) return false;
    if (expected.attempts && attempts.size() != *expected.attempts) return false;
    const auto status = [](const engine::Attempt& attempt) { return attempt.result.status; };
    if (expected.statuses && !std::ranges::equal(attempts, *expected.statuses, {}, status)) return false;
    if (!expected.gaps) return true;
    if (attempts.size() != expected.gaps->size() + 1) return false;
    for (std::size_t i = 0; i < expected.gaps->size(); ++i)
      if (attempts[i + 1].at - attempts[i].ended != (*expected.gaps)[i]) return false;
    return true;
  }

  void check_callback(const Value& value, Fields& fields) {
    Fields which(value);
    ExpectedCallback expected;
    which.read("enrichment_id", scenario::read_filled_string, expected.enrichment_id);
    which.read("external_id", scenario::read_filled_string, expected.external_id);
    which.read("url", scenario::read_filled_string, expected.url);
    which.finish();
    if (!expected.enrichment_id && !expected.external_id && !expected.url)
      value.unexpected(R"("enrichment_id", "external_id" or "url")");
    fields.read(
        "state", [](const Value& word) { return scenario::read_word(word, kStates); }, expected.state);
    fields.read("attempts", scenario::whole_number<std::size_t>(0, 1000), expected.attempts);
    const auto statuses = [](const Value& list) { return scenario::read_list(list, scenario::whole_number(0, 599)); };
    fields.read("statuses", statuses, expected.statuses);
    const auto gaps = [](const Value& list) { return scenario::read_list(list, scenario::read_duration); };
    fields.read("gaps", gaps, expected.gaps);
    if (!value.document.problems.empty()) return;

    Json meant = Json::array();
    std::uint64_t forgotten = 0;
    const bool holds = evidence_.team.inspect([&](const engine::Team& team) {
      forgotten = team.forgotten();
      for (const auto& callback : team.callbacks().all()) {
        if (!is_meant(expected, team.enrichments()[callback.enrichment])) continue;
        if (is_as(expected, callback)) return true;
        meant.push_back(render(callback, team, evidence_.rewritten));
      }
      return false;
    });
    if (holds) return;
    if (forgotten > 0) {
      verdict_.undecided = std::to_string(forgotten) +
                           " enrichments have been forgotten and could change the verdict on callback; raise "
                           "--keep-resolved";
      return;
    }
    if (meant.empty()) return fail("callback: there is none such");
    fail("callback: " + std::to_string(meant.size()) + " such, and not as expected", meant.front());
  }

  const Evidence& evidence_;
  std::size_t index_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict verify(Body& body, runner::TeamRunner& team, const Rewritten& rewritten) {
  const Evidence evidence{team.journal().contents(), team, rewritten};
  Checks checks(evidence);
  auto fields = body.fields();
  std::vector<bool> read;
  const auto check = [&](const Value& value) {
    checks.check(value);
    return std::optional(true);
  };
  fields.require(
      "expect", [&](const Value& list) { return scenario::read_list(list, check); }, read);
  body.finish(fields);
  return checks.take();
}

}  // namespace enrichment_mock::control
