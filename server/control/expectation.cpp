#include "control/expectation.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "control/slices.h"
#include "engine/verify.h"

namespace enrichment_mock::control {

namespace {

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

template <class Element>
bool begins_with(const std::vector<Element>& list, const std::vector<Element>& beginning) {
  return beginning.size() <= list.size() && std::equal(beginning.begin(), beginning.end(), list.begin());
}

// Collects differences of a callback.
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

// The selected callbacks.
struct FoundCallbacks {
  std::size_t count = 0;
  bool has_match = false, can_still_match = false;
  std::vector<std::string> differs = {};  // the differences of the nearest one
  Object nearest = {};
  bool can_be_more = true;      // a callback that is not there yet could be selected
  std::uint64_t forgotten = 0;  // enrichments that are no longer kept
};

// Checks expectations of all kinds and collects the failures.
class Checks {
 public:
  Checks(runner::TeamRunner& team, const Rewritten& rewritten, Nearest nearest)
      : team_(team),
        rewritten_(rewritten),
        shows_nearest_(nearest == Nearest::included),
        journal_(team.journal().contents()),
        keys_(team.masker()) {}

  Verdict check_all(std::span<const Expectation> expectations) {
    for (const auto& each : expectations) {
      std::visit([this](const auto& expected) { check(expected); }, each);
      ++index_;
    }
    return std::move(verdict_);
  }

 private:
  void fail(std::string message, Json nearest, bool can_still_hold) {
    verdict_.failures.push_back({index_, std::move(message), std::move(nearest), can_still_hold});
  }

  // Matching requests. `possible`: requests with a truncated body, which may match.
  struct Found {
    std::uint64_t certain = 0, possible = 0;
  };

  // How many more requests may match, or may have matched.
  std::uint64_t unknown(const Found& found) const {
    return team_.journal().on() && !journal_.lost_at_start ? journal_.evicted + found.possible : UINT64_MAX / 2;
  }

  // Why some are unknown, and what helps.
  std::string uncertainty(const Found& found, const std::string& what) const {
    if (!team_.journal().on()) return "There is no journal (--journal-size 0), so this cannot be checked: " + what;
    if (journal_.lost_at_start)
      return "The journal of what was before the start of the mock is lost and could change the result of: " + what +
             "; reset the team to start again";
    if (journal_.evicted > 0)
      return std::to_string(journal_.evicted) +
             " requests were evicted from the journal and could change the result of: " + what +
             "; increase --journal-size or --journal-bytes";
    return std::to_string(found.possible) + " requests have a truncated body (only the first " +
           std::to_string(base::kMaxKeptBody) + " bytes are kept) and could change the result of: " + what +
           "; do not check the body of such requests";
  }

  // `what` describes the requests; `nearest` finds the nearest match. Both are called only if there is something to
  // report.
  template <class Describe, class FindNearest>
  void compare(Describe what, Found found, const scenario::Bounds& count, const std::string& expected,
               FindNearest nearest) {
    const auto least = count.at_least.value_or(0), most = count.at_most.value_or(UINT64_MAX);
    const bool too_few = found.certain<least, too_many = found.certain> most;
    if (!too_many && (too_few ? found.certain + unknown(found) >= least : found.certain + unknown(found) > most)) {
      verdict_.undecided = uncertainty(found, what());
      return;
    }
    if (!too_few && !too_many) return;
    fail(what() + ": expected " + expected + ", found " + std::to_string(found.certain),
         shows_nearest_ ? nearest() : Json(), !too_many);
    if (too_few && least + unknown(found) > most) verdict_.undecidable = uncertainty(found, what());
  }

  void check(const ExpectedRequests& expected) {
    const auto& matcher = expected.which;
    Found found;
    for (const auto& entry : journal_.entries)
      if (matcher.matches(*entry)) ++(matcher.is_undecided(*entry) ? found.possible : found.certain);
    compare([&] { return matcher.describe(keys_); }, found, expected.count,
            engine::to_words(expected.count) + " requests",
            [&] { return control::nearest(matcher, journal_.entries, keys_); });
  }

  void check(const ExpectedSequence& expected) {
    const auto& matchers = expected.requests;
    const auto& entries = journal_.entries;
    // The first matcher without a request. Undecided entries match only if `with_undecided`.
    const auto reached = [&](bool with_undecided) {
      auto next = matchers.begin();
      for (const auto& entry : entries)
        if (next != matchers.end() && next->matches(*entry) && (with_undecided || !next->is_undecided(*entry))) ++next;
      return next;
    };
    const auto next = reached(false);
    if (next == matchers.end()) return;
    const auto is_undecided = [&](const auto& entry) {
      return std::ranges::any_of(
          matchers, [&](const RequestMatcher& each) { return each.is_undecided(*entry) && each.matches(*entry); });
    };
    Found found;
    if (reached(true) == matchers.end())
      found.possible = static_cast<std::uint64_t>(std::ranges::count_if(entries, is_undecided));
    const auto describe = [&] {
      return "sequence, from position " + std::to_string(next - matchers.begin()) + ": " + next->describe(keys_);
    };
    compare(describe, found, {.at_least = 1}, "a request", [&] { return control::nearest(*next, entries, keys_); });
  }

  void check(const ExpectedUnmatched& expected) {
    const auto& entries = journal_.entries;
    const auto is_unmatched = [](const auto& entry) { return !entry->matched; };
    const Found found{static_cast<std::uint64_t>(std::ranges::count_if(entries, is_unmatched))};
    const auto first_unmatched = [&]() -> Json {
      const auto first = std::ranges::find_if(entries, is_unmatched);
      if (first == entries.end()) return {};
      return Object{{"request", (*first)->number}, {"reason", keys_.hide((*first)->reason)}};
    };
    compare([] { return std::string("unmatched"); }, found, scenario::Bounds::exactly(expected.count),
            std::to_string(expected.count), first_unmatched);
  }

  // How the team can change a number.
  enum class Change { grows, any };

  template <class Number>
  void expect_number(const std::string& what, const std::optional<Number>& expected, Number found, Change change) {
    if (expected && *expected != found)
      fail(what + ": expected " + std::to_string(*expected) + ", found " + std::to_string(found), {},
           change == Change::any || found < *expected);
  }

  void check(const ExpectedOutcomes& expected) {
    const auto counters = team_.catch_up_and_read([](const engine::Team& team) { return team.counters(); });
    expect_number("outcomes, completed", expected.completed, counters.completed, Change::grows);
    expect_number("outcomes, not-found", expected.not_found, counters.not_found, Change::grows);
    expect_number("outcomes, failed", expected.failed, counters.failed, Change::grows);
  }

  void check(const ExpectedCredits& expected) {
    const auto [left, taken] = team_.catch_up_and_read(
        [](const engine::Team& team) { return std::pair(team.ledger().balance(), team.ledger().charged()); });
    expect_number("credits, balance", expected.balance, left, Change::any);
    expect_number("credits, charged", expected.charged, taken, Change::grows);
  }

  void add(const ExpectedCallback& expected, const engine::Callback& callback, const engine::Team& team,
           FoundCallbacks& to) {
    auto differs = expected.differences(callback);
    to.has_match = to.has_match || differs.empty();
    to.can_still_match = to.can_still_match || expected.can_still_match(callback);
    if (++to.count > 1 && differs.size() >= to.differs.size()) return;
    to.differs = std::move(differs);
    if (shows_nearest_ && !to.has_match) to.nearest = render(callback, team, team_.journal(), rewritten_, keys_);
  }

  // Only a lookup that has not resolved yet can add callbacks of one enrichment.
  FoundCallbacks callbacks_of_enrichment(const ExpectedCallback& expected) {
    return team_.catch_up_and_read([&](const engine::Team& team) {
      FoundCallbacks found{.forgotten = team.forgotten()};
      const auto id = engine::parse_id(*expected.enrichment_id);
      found.can_be_more = id.has_value();
      const auto* enrichment = id ? team.find(*id) : nullptr;
      if (!enrichment || !expected.selects(*enrichment)) return found;
      found.can_be_more = !engine::is_resolved(enrichment->status);
      const auto& all = team.callbacks().all();
      for (auto number = enrichment->first_callback; number < all.end_number(); ++number) {
        const auto* callback = all.find(number);
        if (!callback || callback->enrichment != enrichment->number) break;
        add(expected, *callback, team, found);
      }
      return found;
    });
  }

  FoundCallbacks all_callbacks(const ExpectedCallback& expected) {
    FoundCallbacks found;
    const auto visit = [&](const engine::Callback& callback, const engine::Team& team) {
      if (expected.selects(team.enrichments()[callback.enrichment])) add(expected, callback, team, found);
      return found.has_match ? Visit::stop : Visit::next;
    };
    if (!for_each_from(0, team_, callbacks_of, visit)) throw runner::Conflict("the team has been reset");
    found.forgotten = team_.catch_up_and_read([](const engine::Team& team) { return team.forgotten(); });
    return found;
  }

  void check(const ExpectedCallback& expected) {
    auto found = expected.enrichment_id ? callbacks_of_enrichment(expected) : all_callbacks(expected);
    if (found.has_match) return;
    if (found.forgotten > 0) {
      verdict_.undecided = std::to_string(found.forgotten) +
                           " enrichments are no longer kept and could change the result of: callback; increase "
                           "--keep-resolved";
      return;
    }
    const bool can_still_hold = found.can_be_more || found.can_still_match;
    if (found.count == 0) return fail("callback: there is no such callback", {}, can_still_hold);
    std::string sentences;
    for (const auto& difference : found.differs) sentences.append(sentences.empty() ? "" : "; ").append(difference);
    Json nearest;
    if (shows_nearest_) {
      found.nearest.add("differs", Array::of(found.differs));
      nearest = std::move(found.nearest);
    }
    fail("callback: found " + std::to_string(found.count) + ", but not as expected: " + sentences, std::move(nearest),
         can_still_hold);
  }

  runner::TeamRunner& team_;
  const Rewritten& rewritten_;
  const bool shows_nearest_;
  const runner::Journal::Contents journal_;
  const KeyMasker keys_;
  std::size_t index_ = 0;
  Verdict verdict_;
};

// The nearest matches are looked for once, at the end.
template <class Verify>
Verdict wait_for_verdict(std::chrono::milliseconds timeout, runner::TeamRunner& team, Verify verify_once) {
  Verdict verdict;
  team.wait_until_checked(timeout, [&](bool is_last) {
    verdict = verify_once(Nearest::omitted);
    if (!is_last && !verdict.is_final()) return false;
    if (!verdict.failures.empty()) verdict = verify_once(Nearest::included);
    return true;
  });
  if (!verdict.undecided) verdict.undecided = std::move(verdict.undecidable);
  if (verdict.undecided && !verdict.has_failed()) verdict.failures.clear();
  return verdict;
}

}  // namespace

bool Verdict::has_failed() const { return !std::ranges::all_of(failures, &Failure::can_still_hold); }

Verdict verify(std::span<const Expectation> expectations, runner::TeamRunner& team, const Rewritten& rewritten,
               Nearest nearest) {
  if (auto lost = team.lost_state()) return {.undecided = std::move(lost)};
  return Checks(team, rewritten, nearest).check_all(expectations);
}

Verdict verify_scenario(runner::TeamRunner& team) {
  if (auto lost = team.lost_state()) return {.undecided = std::move(lost)};
  Verdict verdict;
  for (auto& [text, can_still_hold] :
       team.catch_up_and_read([](const engine::Team& state) { return differences(state.scenario().expect, state); }))
    verdict.failures.push_back({verdict.failures.size(), std::move(text), {}, can_still_hold});
  return verdict;
}

Verdict verify_within(std::chrono::milliseconds timeout, std::span<const Expectation> expectations,
                      runner::TeamRunner& team, const Rewritten& rewritten) {
  return wait_for_verdict(timeout, team,
                          [&](Nearest nearest) { return verify(expectations, team, rewritten, nearest); });
}

Verdict verify_scenario_within(std::chrono::milliseconds timeout, runner::TeamRunner& team) {
  return wait_for_verdict(timeout, team, [&](Nearest) { return verify_scenario(team); });
}

bool ExpectedCallback::selects(const engine::Enrichment& enrichment) const {
  return (!enrichment_id || base::same_text(*enrichment_id, engine::to_text(enrichment.id))) &&
         (!external_id || external_id == enrichment.external_id()) &&
         (!url || (enrichment.callback_url() && has_callback_url(enrichment, *url)));
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

bool ExpectedCallback::can_still_match(const engine::Callback& callback) const {
  const auto made = engine::ended_attempts(callback);
  return engine::is_open(callback.state) && made.size() <= attempts.value_or(made.size()) &&
         (!statuses || begins_with(*statuses, statuses_of(made))) && (!gaps || begins_with(*gaps, gaps_of(made)));
}

}  // namespace enrichment_mock::control
