#include "control/metrics.h"

#include <map>

namespace enrichment_mock::control {

namespace {

struct Sums {
  std::uint64_t requests = 0, completed = 0, not_found = 0, failed = 0, unmatched = 0;
  std::uint64_t delivered = 0, exhausted = 0, dropped = 0, open_lookups = 0, open_callbacks = 0;
  std::int64_t charged = 0;
  std::map<int, std::uint64_t> rejected;

  void add(const engine::Team& team) {
    const auto& tally = team.tally();
    requests += tally.requests;
    completed += tally.completed;
    not_found += tally.not_found;
    failed += tally.failed;
    unmatched += tally.unmatched;
    for (const auto& [status, count] : tally.rejected) rejected[status] += count;
    const auto& callbacks = team.callbacks().totals();
    delivered += callbacks.delivered;
    exhausted += callbacks.exhausted;
    dropped += callbacks.dropped;
    open_lookups += team.unresolved();
    open_callbacks += team.callbacks().open_count();
    charged += team.ledger().charged();
  }
};

// One metric with its samples.
class Metric {
 public:
  Metric(std::string& text, std::string_view name, std::string_view type, std::string_view help)
      : text_(text), name_("enrichment_mock_" + std::string(name)) {
    text_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' + std::string(type) + '\n';
  }
  template <class Number>
  Metric& sample(std::string_view label, std::string_view value, Number number) {
    text_ += name_ + '{' + std::string(label) + "=\"" + std::string(value) + "\"} " + std::to_string(number) + '\n';
    return *this;
  }
  template <class Number>
  void sample(Number number) {
    text_ += name_ + ' ' + std::to_string(number) + '\n';
  }

 private:
  std::string& text_;
  std::string name_;
};

}  // namespace

std::string metrics_text(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams) {
  Sums sums;
  for (const auto& team : teams)
    team->inspect([&](const engine::Team& state) {
      sums.add(state);
      return true;
    });
  std::string text;
  Metric(text, "teams", "gauge", "Teams that are kept.").sample(teams.size());
  Metric(text, "requests_total", "counter", "Requests for an enrichment.").sample(sums.requests);
  Metric rejected(text, "rejected_requests_total", "counter",
                  "Requests for an enrichment that were refused, by status.");
  for (const auto& [status, count] : sums.rejected) rejected.sample("status", std::to_string(status), count);
  Metric(text, "lookups_total", "counter", "Lookups that have resolved, by outcome.")
      .sample("outcome", "completed", sums.completed)
      .sample("outcome", "not-found", sums.not_found)
      .sample("outcome", "failed", sums.failed);
  Metric(text, "open_lookups", "gauge", "Lookups that have not resolved.").sample(sums.open_lookups);
  Metric(text, "callbacks_total", "counter", "Callbacks that have come to an end, by state.")
      .sample("state", "delivered", sums.delivered)
      .sample("state", "exhausted", sums.exhausted)
      .sample("state", "dropped", sums.dropped);
  Metric(text, "open_callbacks", "gauge", "Callbacks with an attempt still to come or under way.")
      .sample(sums.open_callbacks);
  Metric(text, "credits_charged_total", "counter", "Credits charged.").sample(sums.charged);
  Metric(text, "unmatched_requests_total", "counter", "Calls that no endpoint of the API answers.")
      .sample(sums.unmatched);
  return text;
}

}  // namespace enrichment_mock::control
