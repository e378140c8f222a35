#include "control/metrics.h"

#include <utility>

namespace enrichment_mock::control {

namespace {

struct Sums {
  engine::Totals totals;
  std::uint64_t open_lookups = 0, open_callbacks = 0;
};

Sums sums_of(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams, engine::Totals closed) {
  Sums sums{.totals = std::move(closed)};
  for (const auto& team : teams) {
    team->catch_up_and_read([&](const engine::Team& state) {
      sums.open_lookups += state.unresolved();
      sums.open_callbacks += state.callbacks().open_count();
    });
    sums.totals.add(team->totals());
  }
  return sums;
}

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

std::string metrics_text(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams, engine::Totals closed) {
  const auto sums = sums_of(teams, std::move(closed));
  const auto& [counters, callbacks, charged] = sums.totals;
  std::string text;
  Metric(text, "teams", "gauge", "Teams that are kept.").sample(teams.size());
  Metric(text, "requests_total", "counter", "Requests for an enrichment.").sample(counters.requests);
  Metric rejected(text, "rejected_requests_total", "counter",
                  "Requests for an enrichment that were refused, by status.");
  for (const auto& [status, count] : counters.rejected) rejected.sample("status", std::to_string(status), count);
  Metric(text, "lookups_total", "counter", "Lookups that have resolved, by outcome.")
      .sample("outcome", "completed", counters.completed)
      .sample("outcome", "not-found", counters.not_found)
      .sample("outcome", "failed", counters.failed);
  Metric(text, "open_lookups", "gauge", "Lookups that have not resolved.").sample(sums.open_lookups);
  Metric(text, "callbacks_total", "counter", "Callbacks that have come to an end, by state.")
      .sample("state", "delivered", callbacks.delivered)
      .sample("state", "exhausted", callbacks.exhausted)
      .sample("state", "dropped", callbacks.dropped);
  Metric(text, "open_callbacks", "gauge", "Callbacks with an attempt still to come or under way.")
      .sample(sums.open_callbacks);
  Metric(text, "credits_charged_total", "counter", "Credits charged.").sample(charged);
  Metric(text, "unmatched_requests_total", "counter", "Calls that no endpoint of the API answers.")
      .sample(counters.unmatched);
  return text;
}

}  // namespace enrichment_mock::control
