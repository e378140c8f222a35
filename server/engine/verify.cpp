#include "engine/verify.h"

#include <optional>

namespace enrichment_mock::engine {

namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? " is" : "s are") + " still open";
}

// Collects the differences. `open`: why the number may still change.
class Comparison {
 public:
  // A number that never falls.
  void expect(const std::string& what, const std::optional<scenario::Bounds>& expected, std::uint64_t found,
              const std::string& open = {}) {
    if (expected) compare(what, *expected, found, open, found <= expected->at_most.value_or(found));
  }
  void expect_balance(const std::optional<scenario::Bounds>& expected, std::uint64_t found, const std::string& open) {
    if (expected) compare("credits", *expected, found, open, true);
  }
  std::vector<Difference> take() { return std::move(differences_); }

 private:
  void compare(const std::string& what, const scenario::Bounds& expected, std::uint64_t found, const std::string& open,
               bool can_still_hold) {
    if (expected.contains(found)) return;
    differences_.push_back({what + ": expected " + to_words(expected) + ", found " + std::to_string(found) +
                                (open.empty() ? "" : " (" + open + ")"),
                            can_still_hold});
  }

  std::vector<Difference> differences_;
};

}  // namespace

std::string to_words(const scenario::Bounds& bounds) {
  if (bounds.at_least == bounds.at_most) return std::to_string(*bounds.at_least);
  std::string text;
  if (bounds.at_least) text = "at least " + std::to_string(*bounds.at_least);
  if (bounds.at_most) text += (text.empty() ? "" : " and ") + ("at most " + std::to_string(*bounds.at_most));
  return text;
}

std::vector<Difference> differences(const scenario::Expectation& expected, const Team& team) {
  const Counters& counters = team.counters();
  const CallbackStore::Totals& callbacks = team.callbacks().totals();
  const std::string lookups = team.unresolved() == 0 ? "" : counted(team.unresolved(), "lookup");
  const std::size_t open = team.callbacks().open_count();
  const std::string deliveries = open == 0 ? lookups : counted(open, "callback");

  Comparison comparison;
  comparison.expect("requests", expected.requests, counters.requests);
  for (const auto& [status, bounds] : expected.rejected) {
    const auto found = counters.rejected.find(status);
    comparison.expect("rejected " + std::to_string(status), bounds,
                      found == counters.rejected.end() ? 0 : found->second);
  }
  comparison.expect("completed", expected.completed, counters.completed, lookups);
  comparison.expect("not-found", expected.not_found, counters.not_found, lookups);
  comparison.expect("failed", expected.failed, counters.failed, lookups);
  comparison.expect("callbacks delivered", expected.delivered, callbacks.delivered, deliveries);
  comparison.expect("callbacks exhausted", expected.exhausted, callbacks.exhausted, deliveries);
  comparison.expect("callbacks dropped", expected.dropped, callbacks.dropped, lookups);
  comparison.expect_balance(expected.credits, static_cast<std::uint64_t>(team.ledger().balance()), lookups);
  comparison.expect("unmatched", expected.unmatched, counters.unmatched);
  return comparison.take();
}

}  // namespace enrichment_mock::engine
