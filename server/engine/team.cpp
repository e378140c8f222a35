#include "engine/team.h"

#include <stdexcept>
#include <utility>

#include "scenario/plan.h"

namespace enrichment_mock::engine {

Team::Team(TeamSetup setup, Instant now)
    : setup_(std::move(setup)),
      seed_(setup_.scenario->seed.value_or(setup_.secret)),
      counts_profiles_(scenario::uses_draws(*setup_.scenario)),
      ids_(setup_.scenario->seed, setup_.identity, setup_.secret),
      ledger_(setup_.credits, now) {}

RequestResult Team::request(Instant now, EnrichmentRequest request) {
  const scenario::RequestFacts facts{request.username, request.type, request.external_id,
                                     request.callback_url.has_value(), setup_.name};
  const scenario::Rule* rule = scenario::first_match(*setup_.scenario, facts);
  const scenario::Step* step = rule ? &rule->steps.front() : nullptr;
  auto reply = step ? step->response : nullptr;
  if (reply && reply->status) return {RequestResult::Kind::scripted, {}, std::move(reply)};
  if (ledger_.balance() < 1) return {RequestResult::Kind::no_credits, {}, std::move(reply)};
  return {RequestResult::Kind::accepted, accept(now, std::move(request), step).id, std::move(reply)};
}

Enrichment& Team::accept(Instant now, EnrichmentRequest request, const scenario::Step* step) {
  const scenario::RequestFacts facts{request.username, request.type, request.external_id,
                                     request.callback_url.has_value(), setup_.name};
  auto plan = scenario::plan_lookup(*setup_.scenario, step, facts, seed_, count_accepted(request.username));
  Enrichment& added = enrichments_.emplace_back();
  added.id = ids_.next(now);
  added.number = static_cast<std::uint32_t>(enrichments_.size() - 1);
  added.creation = creations_++;
  added.type = request.type;
  added.outcome = plan.outcome;
  added.email = std::move(plan.email);
  added.processing = plan.processing;
  added.pending_at = now;
  added.linkedin_url = std::move(request.linkedin_url);
  added.callback_url = std::move(request.callback_url);
  added.external_id = std::move(request.external_id);
  added.callback = step && step->callback ? step->callback : setup_.scenario->callback;
  ++unresolved_;
  plan_exit(added, plan.pending, now);
  return added;
}

std::uint64_t Team::count_accepted(const std::string& username) { return counts_profiles_ ? accepted_[username]++ : 0; }

std::optional<EnrichmentView> Team::poll(Instant now, const EnrichmentId& id) {
  Enrichment* enrichment = find(id);
  if (!enrichment) return std::nullopt;
  auto view = view_of(*enrichment);
  if (enrichment->polls_left > 0 && --enrichment->polls_left == 0) move_on(*enrichment, now);
  return view;
}

Enrichment* Team::find(const EnrichmentId& id) {
  for (auto number = ids_.count_in(id); number < enrichments_.size(); number += ids_.period())
    if (enrichments_[number].id == id) return &enrichments_[number];
  return nullptr;
}

std::optional<Due> Team::next_transition() {
  while (!transitions_.empty()) {
    const Due due = transitions_.top();
    if (enrichments_[due.number].due == due.at) return due;
    transitions_.pop();
  }
  return std::nullopt;
}

std::optional<Instant> Team::next_due(FireWhat what) {
  const auto transition = next_transition();
  const auto attempt = what == FireWhat::everything ? callbacks_.next() : std::nullopt;
  if (transition && attempt) return std::min(transition->at, attempt->at);
  if (transition) return transition->at;
  return attempt ? std::optional(attempt->at) : std::nullopt;
}

std::optional<Fired> Team::fire_next(Instant limit, FireWhat what) {
  const auto transition = next_transition();
  const auto attempt = what == FireWhat::everything ? callbacks_.next() : std::nullopt;
  const bool attempt_first = attempt && (!transition || *transition > *attempt);
  if (attempt_first) return attempt->at <= limit ? std::optional(fire_attempt()) : std::nullopt;
  return transition && transition->at <= limit ? std::optional(fire_transition()) : std::nullopt;
}

std::vector<DueAttempt> Team::advance(Instant limit) {
  std::vector<DueAttempt> attempts;
  while (auto fired = fire_next(limit))
    if (auto* attempt = std::get_if<DueAttempt>(&fired->what)) attempts.push_back(std::move(*attempt));
  return attempts;
}

Fired Team::fire_transition() {
  const Due due = transitions_.top();
  transitions_.pop();
  Enrichment& enrichment = enrichments_[due.number];
  enrichment.due = kNever;
  --timed_;
  move_on(enrichment, due.at);
  return {due.at, due.number, enrichment.status};
}

Fired Team::fire_attempt() {
  const Due due = *callbacks_.next();
  callbacks_.begin_next();
  const Callback& callback = callbacks_.at(due.number);
  const Enrichment& enrichment = enrichments_[callback.enrichment];
  if (callback.attempts.size() <= static_cast<std::size_t>(enrichment.callback->fail_first)) {
    finish_attempt(due.number, {0, "failed by the scenario, not sent", {}}, due.at);
    return {due.at, enrichment.number, Fired::Unsent{due.number}};
  }
  return {due.at, enrichment.number,
          DueAttempt{due.number, *enrichment.callback_url, view_of(enrichment), enrichment.callback}};
}

void Team::finish_attempt(std::uint32_t callback, AttemptResult result, Instant now) {
  const Enrichment& enrichment = enrichments_[callbacks_.at(callback).enrichment];
  callbacks_.finish(callback, *enrichment.callback, std::move(result), now);
}

void Team::plan_exit(Enrichment& enrichment, const scenario::Lasting& lasting, Instant from) {
  if (const auto* timed = std::get_if<Duration>(&lasting)) {
    enrichment.due = from + *timed;
    ++timed_;
    transitions_.push({enrichment.due, enrichment.creation, enrichment.number});
  } else if (const auto* polls = std::get_if<scenario::Polls>(&lasting)) {
    enrichment.polls_left = static_cast<std::uint32_t>(polls->count);
  }
}

void Team::move_on(Enrichment& enrichment, Instant at) {
  if (enrichment.status != Status::pending) return resolve(enrichment, at);
  change(enrichment, Status::processing);
  enrichment.processing_at = at;
  plan_exit(enrichment, enrichment.processing, at);
}

void Team::resolve(Enrichment& enrichment, Instant at) {
  Status to = status_of(enrichment.outcome);
  if (to == Status::completed) {
    enrichment.charged = ledger_.charge(enrichment.number, at);
    if (enrichment.charged)
      ++completed_;
    else
      to = Status::failed;  // our decision: no credit left by then, so it fails uncharged
  }
  change(enrichment, to);
  enrichment.resolved_at = at;
  --unresolved_;
  if (!enrichment.callback_url || (to == Status::failed && !enrichment.callback->on_failed)) return;
  for (int copy = 0; copy < enrichment.callback->copies; ++copy)
    callbacks_.open(enrichment, static_cast<std::uint32_t>(copy), creations_++, at + enrichment.callback->delay);
}

void Team::change(Enrichment& enrichment, Status to) {
  if (!is_legal(enrichment.status, to)) throw std::logic_error("an enrichment cannot change that way");
  enrichment.status = to;
}

}  // namespace enrichment_mock::engine
