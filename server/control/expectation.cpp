#include "control/expectation.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "control/request_matcher.h"
#include "control/slices.h"

namespace enrichment_mock::control {

namespace {

using json_text::Fields;
using json_text::Value;

auto count_reader() { return json_text::whole_number<std::uint64_t>(0, base::kMaxExpectedCount); }

// What the team has done, as far as it is kept.
struct Evidence {
  runner::Journal::Contents journal;
  runner::TeamRunner& team;
  KeyMasker keys;
  const Rewritten& rewritten;
};

// Checks the expectations and collects the failures.
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
      json_text::unexpected(value,
                            R"(one of "requests", "sequence", "callback", "outcomes", "credits" and "unmatched")");
    ++index_;
  }

 private:
  void fail(std::string message, Json nearest = {}) {
    verdict_.failures.push_back({index_, std::move(message), std::move(nearest)});
  }

  // Matching requests. `possible`: requests with a truncated body, which may match.
  struct Found {
    std::uint64_t certain = 0, possible = 0;
  };

  void compare(const std::string& what, Found found, std::optional<std::uint64_t> least,
               std::optional<std::uint64_t> most, const std::string& expected, const Json& nearest) {
    const auto differs = [&] {
      fail(what + ": expected " + expected + ", found " + std::to_string(found.certain), nearest);
    };
    if (most && found.certain > *most) return differs();
    const bool too_few = least && found.certain < *least;
    const auto could_be = [&](std::uint64_t more) {
      return too_few ? found.certain + more >= *least : most && found.certain + more > *most;
    };
    const auto lost = evidence_.journal.evicted;
    if (!evidence_.team.journal().on() && (too_few || most))
      verdict_.undecided = "There is no journal (--journal-size 0), so this cannot be checked: " + what;
    else if (!could_be(lost + found.possible))
      return too_few ? differs() : void();
    else if (lost > 0)
      verdict_.undecided = std::to_string(lost) +
                           " requests were evicted from the journal and could change the result of: " + what +
                           "; increase --journal-size or --journal-bytes";
    else
      verdict_.undecided = std::to_string(found.possible) + " requests have a truncated body (only the first " +
                           std::to_string(base::kMaxKeptBody) +
                           " bytes are kept) and could change the result of: " + what +
                           "; do not check the body of such requests";
  }

  void check_requests(const Value& value, Fields& fields) {
    const auto matcher = read_request_matcher(value);
    std::optional<std::uint64_t> count, at_least, at_most;
    fields.read("count", count_reader(), count);
    fields.read("at_least", count_reader(), at_least);
    fields.read("at_most", count_reader(), at_most);
    if (count && (at_least || at_most)) value.problem("\"count\" cannot be used with \"at_least\" or \"at_most\"");
    if (at_least && at_most && *at_least > *at_most) value.problem("\"at_least\" is above \"at_most\"");
    if (!matcher || !value.document().problems().empty()) return;
    if (!count && !at_least && !at_most) at_least = 1;
    const auto& entries = evidence_.journal.entries;
    Found found;
    for (const auto& entry : entries)
      if (matcher->matches(*entry)) ++(matcher->is_undecided(*entry) ? found.possible : found.certain);
    std::string expected = count ? std::to_string(*count) : "";
    if (at_least) expected = "at least " + std::to_string(*at_least);
    if (at_most) expected += (expected.empty() ? "" : " and ") + std::string("at most ") + std::to_string(*at_most);
    compare(matcher->describe(evidence_.keys), found, count ? count : at_least, count ? count : at_most,
            expected + " requests", nearest(*matcher, entries, evidence_.keys));
  }

  void check_sequence(const Value& value) {
    const auto matchers = json_text::read_list(value, read_request_matcher);
    if (matchers && value.empty()) json_text::unexpected(value, "at least one request");
    if (!matchers || !value.document().problems().empty()) return;
    const auto& entries = evidence_.journal.entries;
    // The first matcher without a request. Undecided entries match only if `with_undecided`.
    const auto reached = [&](bool with_undecided) {
      auto next = matchers->begin();
      for (const auto& entry : entries)
        if (next != matchers->end() && next->matches(*entry) && (with_undecided || !next->is_undecided(*entry))) ++next;
      return next;
    };
    const auto next = reached(false);
    if (next == matchers->end()) return;
    const auto is_undecided = [&](const auto& entry) {
      return std::ranges::any_of(*matchers, [&](const RequestMatcher& each) {
        return each.is_undecided(*entry) && each.differences(*entry).empty();
      });
    };
    Found found;
    if (reached(true) == matchers->end())
      found.possible = static_cast<std::uint64_t>(std::ranges::count_if(entries, is_undecided));
    const auto position = std::to_string(next - matchers->begin());
    compare("sequence, from position " + position + ": " + next->describe(evidence_.keys), found, 1, std::nullopt,
            "a request", nearest(*next, entries, evidence_.keys));
  }

  void check_unmatched(const Value& value) {
    const auto count = count_reader()(value);
    if (!count) return;
    const auto& entries = evidence_.journal.entries;
    const auto is_unmatched = [](const auto& entry) { return !entry->matched; };
    const Found found{static_cast<std::uint64_t>(std::ranges::count_if(entries, is_unmatched))};
    const auto first = std::ranges::find_if(entries, is_unmatched);
    Json nearest;
    if (first != entries.end())
      nearest = Object{{"request", (*first)->number}, {"reason", evidence_.keys.hide((*first)->reason)}};
    compare("unmatched", found, count, count, std::to_string(*count), nearest);
  }

  // An empty expectation would always be met.
  static void expect_something(const Value& value, std::string_view keys) {
    if (value.is_object() && value.empty()) json_text::unexpected(value, keys);
  }

  template <class Number>
  void expect_number(const std::string& what, const std::optional<Number>& expected, Number found) {
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
    expect_something(value, R"("completed", "not-found" or "failed")");
    const auto counters = evidence_.team.catch_up_and_read([](const engine::Team& team) { return team.counters(); });
    expect_number("outcomes, completed", completed, counters.completed);
    expect_number("outcomes, not-found", not_found, counters.not_found);
    expect_number("outcomes, failed", failed, counters.failed);
  }

  void check_credits(const Value& value) {
    Fields fields(value);
    std::optional<std::int64_t> balance, charged;
    fields.read("balance", json_text::whole_number<std::int64_t>(0, kMaxBalance), balance);
    fields.read("charged", json_text::whole_number<std::int64_t>(0, kMaxBalance), charged);
    fields.finish();
    expect_something(value, R"("balance" or "charged")");
    const auto [left, taken] = evidence_.team.catch_up_and_read(
        [](const engine::Team& team) { return std::pair(team.ledger().balance(), team.ledger().charged()); });
    expect_number("credits, balance", balance, left);
    expect_number("credits, charged", charged, taken);
  }

  void check_callback(const Value& value, Fields& fields) {
    const auto expected = read_expected_callback(value, fields);
    if (!value.document().problems().empty()) return;

    std::size_t selected = 0;
    std::vector<std::string> differs;  // differences of the nearest callback
    Object nearest;
    const auto visit = [&](const engine::Callback& callback, const engine::Team& team) {
      if (!expected.selects(team.enrichments()[callback.enrichment])) return Visit::next;
      auto found = expected.differences(callback);
      if (++selected > 1 && found.size() >= differs.size()) return Visit::next;
      differs = std::move(found);
      nearest = render(callback, team, evidence_.rewritten, evidence_.keys);
      return differs.empty() ? Visit::stop : Visit::next;
    };
    if (!for_each_from(0, evidence_.team, callbacks_of, visit)) throw runner::Conflict("the team has been reset");
    const auto forgotten = evidence_.team.catch_up_and_read([](const engine::Team& team) { return team.forgotten(); });
    if (selected > 0 && differs.empty()) return;
    if (forgotten > 0) {
      verdict_.undecided = std::to_string(forgotten) +
                           " enrichments are no longer kept and could change the result of: callback; increase "
                           "--keep-resolved";
      return;
    }
    if (selected == 0) return fail("callback: there is no such callback");
    std::string sentences;
    for (const auto& difference : differs) sentences.append(sentences.empty() ? "" : "; ").append(difference);
    nearest.add("differs", Array::of(differs));
    fail("callback: found " + std::to_string(selected) + ", but not as expected: " + sentences, std::move(nearest));
  }

  const Evidence& evidence_;
  std::size_t index_ = 0;
  Verdict verdict_;
};

// "[500, 200]"
template <class List, class Write>
std::string list_text(const List& list, Write write) {
  std::string text;
  for (const auto& each : list) text.append(text.empty() ? "" : ", ").append(write(each));
  return '[' + text + ']';
}

std::vector<int> statuses_of(std::span<const engine::Attempt> attempts) {
  std::vector<int> statuses;
  for (const auto& attempt : attempts) statuses.push_back(attempt.result.status);
  return statuses;
}

std::vector<base::Duration> gaps_of(std::span<const engine::Attempt> attempts) {
  std::vector<base::Duration> gaps;
  for (std::size_t i = 1; i < attempts.size(); ++i) gaps.push_back(attempts[i].at - attempts[i - 1].ended);
  return gaps;
}

// Collects differences.
class Comparison {
 public:
  template <class Part, class Write>
  void expect(const char* name, const std::optional<Part>& expected, const Part& found, Write write) {
    if (expected && *expected != found)
      differences_.push_back(std::string(name) + ": expected " + write(*expected) + ", found " + write(found));
  }
  std::vector<std::string> take() { return std::move(differences_); }

 private:
  std::vector<std::string> differences_;
};

}  // namespace

Verdict verify(Body& body, runner::TeamRunner& team, const Rewritten& rewritten) {
  const Evidence evidence{team.journal().contents(), team, team.masker(), rewritten};
  Checks checks(evidence);
  auto fields = body.fields();
  std::vector<bool> read;
  const auto check = [&](const Value& value) {
    checks.check(value);
    return std::optional(true);
  };
  const auto check_all = [&](const Value& list) {
    if (list.is_array() && list.empty()) json_text::unexpected(list, "at least one expectation");
    return json_text::read_list(list, check);
  };
  fields.require("expect", check_all, read);
  body.finish(fields);
  return checks.take();
}

bool ExpectedCallback::selects(const engine::Enrichment& enrichment) const {
  return (!enrichment_id || base::same_text(*enrichment_id, engine::to_text(enrichment.id))) &&
         (!external_id || external_id == enrichment.external_id) &&
         (!url || (enrichment.callback_url && has_callback_url(enrichment, *url)));
}

std::vector<std::string> ExpectedCallback::differences(const engine::Callback& callback) const {
  const auto number = [](auto value) { return std::to_string(value); };
  const auto made = engine::ended_attempts(callback);
  Comparison comparison;
  comparison.expect("state", state, callback.state,
                    [](engine::CallbackState value) { return std::string(engine::to_text(value)); });
  comparison.expect("attempts", attempts, made.size(), number);
  comparison.expect("statuses", statuses, statuses_of(made),
                    [&](const std::vector<int>& list) { return list_text(list, number); });
  comparison.expect("gaps", gaps, gaps_of(made),
                    [](const std::vector<base::Duration>& list) { return list_text(list, base::format_duration); });
  return comparison.take();
}

ExpectedCallback read_expected_callback(const Value& value, json_text::Fields& fields) {
  json_text::Fields which(value);
  ExpectedCallback expected;
  which.read("enrichment_id", json_text::read_filled_string, expected.enrichment_id);
  which.read("external_id", json_text::read_filled_string, expected.external_id);
  which.read("url", json_text::read_filled_string, expected.url);
  which.finish();
  if (!expected.enrichment_id && !expected.external_id && !expected.url)
    json_text::unexpected(value, R"("enrichment_id", "external_id" or "url")");
  fields.read("state", json_text::word_of(engine::kCallbackStateWords), expected.state);
  fields.read("attempts", json_text::whole_number<std::size_t>(0, 1000), expected.attempts);
  const auto statuses = [](const Value& list) { return json_text::read_list(list, json_text::whole_number(0, 599)); };
  fields.read("statuses", statuses, expected.statuses);
  const auto gaps = [](const Value& list) { return json_text::read_list(list, json_text::read_duration); };
  fields.read("gaps", gaps, expected.gaps);
  return expected;
}

}  // namespace enrichment_mock::control
