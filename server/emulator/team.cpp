// Emulator::Team: the library's view of one team, in the public header's plain values.
#include <utility>

#include "engine/verify.h"
#include "enrichment_mock/emulator.h"
#include "runner/team_runner.h"
#include "scenario/template.h"

namespace enrichment_mock {

namespace {

template <class Call>
auto translate_conflict(Call call) {
  try {
    return call();
  } catch (const runner::Conflict& conflict) {
    throw Conflict(conflict.what());
  }
}

std::string outcome_text(const engine::AttemptResult& result) {
  return result.status != 0 ? std::to_string(result.status) : result.error;
}

Fired plain(const runner::FiredEntry& entry) {
  if (const auto* status = std::get_if<engine::Status>(&entry.what))
    return {entry.at, "transition", to_text(entry.enrichment), std::string(to_text(*status))};
  if (const auto* result = std::get_if<engine::AttemptResult>(&entry.what))
    return {entry.at, "callback", to_text(entry.enrichment), outcome_text(*result)};
  const auto& moment = std::get<engine::ScheduleMoment>(entry.what);
  return {entry.at, "schedule", "",
          "schedule/" + std::to_string(moment.entry) + " " + std::string(to_text(moment.kind))};
}

std::vector<Fired> plain(const std::vector<runner::FiredEntry>& entries) {
  std::vector<Fired> fired;
  for (const auto& entry : entries) fired.push_back(plain(entry));
  return fired;
}

Enrichment plain(const engine::Enrichment& from) {
  Enrichment to{.id = to_text(from.id),
                .status = std::string(to_text(from.status)),
                .linkedin_url = from.linkedin_url,
                .type = std::string(to_text(from.type)),
                .external_id = from.external_id,
                .email = view_of(from).email,
                .charged = from.charged,
                .history = {}};
  for (const auto& [at, status] : history_of(from)) to.history.push_back({at, std::string(to_text(status))});
  return to;
}

CallbackInfo plain(const engine::Callback& from, const engine::Enrichment& enrichment) {
  CallbackInfo to{.id = callback_id(enrichment.id, from.copy),
                  .enrichment_id = to_text(enrichment.id),
                  .url = *enrichment.callback_url,
                  .state = std::string(to_text(from.state)),
                  .attempts = {}};
  for (const auto& [at, result, ended] : engine::ended_attempts(from))
    to.attempts.push_back({at, result.status, result.error, result.latency});
  return to;
}

}  // namespace

std::vector<Fired> Emulator::Team::advance(Duration by) {
  if (by < Duration::zero()) throw std::invalid_argument("a clock cannot go backwards");
  return translate_conflict([&] { return plain(runner_->advance(by)); });
}

Settled Emulator::Team::settle(std::chrono::milliseconds timeout) {
  const auto result = translate_conflict([&] { return runner_->settle(timeout); });
  Settled settled{result.complete, result.now, plain(result.fired), {}};
  for (const auto& open : result.open)
    settled.open.push_back({to_text(open.enrichment), std::string(to_text(open.why))});
  return settled;
}

Instant Emulator::Team::now() const { return runner_->now(); }

std::int64_t Emulator::Team::credits() const {
  return runner_->inspect([](const engine::Team& team) { return team.ledger().balance(); });
}

std::vector<std::string> Emulator::Team::verify() const {
  if (auto lost = runner_->lost_past()) return {*std::move(lost)};
  return runner_->inspect([](const engine::Team& team) { return differences(team.scenario().expect, team); });
}

std::vector<Enrichment> Emulator::Team::enrichments() const {
  return runner_->inspect([](const engine::Team& team) {
    std::vector<Enrichment> all;
    for (const auto& enrichment : team.enrichments()) all.push_back(plain(enrichment));
    return all;
  });
}

std::vector<CallbackInfo> Emulator::Team::callbacks() const {
  return runner_->inspect([](const engine::Team& team) {
    std::vector<CallbackInfo> all;
    for (const auto& callback : team.callbacks().all())
      all.push_back(plain(callback, team.enrichments()[callback.enrichment]));
    return all;
  });
}

std::vector<Movement> Emulator::Team::ledger() const {
  return runner_->inspect([](const engine::Team& team) {
    std::vector<Movement> all;
    for (const auto& from : team.ledger().movements()) {
      const bool charge = from.kind == engine::Movement::Kind::charge;
      all.push_back({from.at, std::string(to_text(from.kind)), from.amount, from.balance,
                     charge ? to_text(from.enrichment) : ""});
    }
    return all;
  });
}

}  // namespace enrichment_mock
