#include "engine/team.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "base/memory.h"
#include "base/text.h"
#include "base/undo.h"
#include "scenario/plan.h"

namespace enrichment_mock::engine {

namespace {

scenario::RequestFacts facts_of(const Enrichment& enrichment, std::string_view username, std::string_view team) {
  return {username, enrichment.type, enrichment.external_id(), enrichment.callback_url().has_value(), team};
}

// Its texts with another email, from that template.
EnrichmentTexts with_email(const Enrichment& enrichment, std::string_view email) {
  auto parts = enrichment.texts.parts();
  const auto expanded = scenario::expand_email(email, scenario::username_in(parts.linkedin_url), enrichment.type);
  parts.email = expanded;
  return EnrichmentTexts(parts);
}

// The headers that the callbacks of a request carry on; null: none.
std::shared_ptr<const ForwardedHeaders> forwarded_headers(const scenario::Callback& settings,
                                                          const EnrichmentRequest& request) {
  if (settings.forward.empty() || !request.callback_url) return nullptr;
  ForwardedHeaders found;
  for (const auto& header : request.headers)
    if (std::ranges::any_of(settings.forward,
                            [&](const auto& wanted) { return base::same_text(wanted, header.first); }))
      found.emplace_back(header);
  return found.empty() ? nullptr : std::make_shared<const ForwardedHeaders>(std::move(found));
}

bool shows_status(const MatchedStep& script, bool has_fault) {
  if (!script.reply) return !has_fault;
  return !script.reply->status && !scenario::damages_response(script.reply->fault);
}

void reserve_events(const Context& context, std::size_t events) {
  if (context.events) base::reserve_more(*context.events, events);
}

void add_status_event(const Context& context, const Enrichment& enrichment) {
  if (context.events) context.events->push_back({context.now, enrichment.id, enrichment.status});
}

// The latest attempt of the callback has just ended. It counts even if there is no memory for the event.
void add_attempt_event(const Context& context, const EnrichmentId& enrichment, const Callback& callback) noexcept {
  if (!context.events) return;
  const Attempt& latest = callback.attempts.back();
  try {
    context.events->push_back(
        {context.now, enrichment,
         AttemptEnd{callback.copy, callback.attempts.size(), latest.at, latest.result, callback.state}});
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

Team::Team(TeamSetup setup, Instant now)
    : setup_(std::move(setup)),
      origin_(now),
      seed_(setup_.scenario->seed.value_or(setup_.secret)),
      counts_per_profile_(scenario::uses_draws(*setup_.scenario)),
      gate_(*setup_.scenario, origin_, now),
      rules_(setup_.scenario->rules),
      ledger_(setup_.credits, now),
      enrichments_(
          IdSource(setup_.scenario->seed, setup_.identity, setup_.secret, setup_.scenario->enrichments.size())) {
  const auto& seeds = setup_.scenario->enrichments;
  for (std::size_t i = 0; i < seeds.size(); ++i)
    if (seeds[i].id) enrichments_.reserve_id(*seeds[i].id, i);
  for (const auto& wanted : seeds)
    if (std::holds_alternative<SeedError>(seed(now, wanted)))
      throw std::invalid_argument("an enrichment of the scenario cannot be added");
}

Team::Team(TeamSetup setup, const TeamState& state)
    : setup_(std::move(setup)),
      origin_(state.origin),
      seed_(setup_.scenario->seed.value_or(setup_.secret)),
      counts_per_profile_(scenario::uses_draws(*setup_.scenario)),
      gate_(*setup_.scenario, origin_, state.gate),
      rules_(setup_.scenario->rules, state.rules_followed),
      ledger_(state.ledger),
      enrichments_(IdSource(state.ids)),
      callbacks_(state.callbacks),
      counters_(state.counters),
      forgotten_(state.forgotten),
      creations_(state.creations) {
  for (const auto& name : state.rule_names) rule_number(name);
  extra_rules_.restore(state.extra_rules_added);
}

void Team::restore(Enrichment enrichment, std::shared_ptr<const ForwardedHeaders> forwarded) {
  if (enrichment.rule != kNoRule && enrichment.rule >= rule_names_.size())
    throw std::invalid_argument("an enrichment was accepted by an unknown rule");
  if (forwarded) forwarded_.emplace(enrichment.number, std::move(forwarded));
  enrichments_.restore(std::move(enrichment));
}

void Team::restore(Callback callback) {
  const Enrichment& enrichment = enrichments_.at(callback.enrichment);
  if (enrichment.first_callback == kNoCallback || callback.number != enrichment.first_callback + callback.copy)
    throw std::invalid_argument("a callback is not one of its enrichment");
  callbacks_.restore(std::move(callback));
}

void Team::restore(const ProfileCount& count) {
  const auto& [of, index, profile] = count.key;
  switch (of) {
    case ProfileCount::Of::accepted:
      accepted_by_profile_[profile] = count.count;
      return;
    case ProfileCount::Of::delays:
      drawn_delays_[profile].at(index) = count.count;
      return;
    case ProfileCount::Of::rule:
      return rules_.restore(index, profile, count.count);
    case ProfileCount::Of::extra_rule:
      return extra_rules_.restore(index, profile, count.count);
  }
}

std::vector<Number> Team::end_restore(const TeamState& state, Instant now) {
  if (state.end_enrichment < enrichments_.all().end_number() || state.end_callback < callbacks_.all().end_number())
    throw std::invalid_argument("a record has a number that was not given yet");
  // The last records may have been forgotten.
  enrichments_.skip_to(state.end_enrichment);
  callbacks_.skip_to(state.end_callback);
  counts_per_profile_ = counts_per_profile_ || extra_rules_.use_draws();
  for (const auto& enrichment : enrichments_.all()) {
    if (enrichment.first_callback == kNoCallback) continue;
    const auto last = enrichment.first_callback + static_cast<Number>(enrichment.callback->copies) - 1;
    if (!callbacks_.all().find(enrichment.first_callback) || !callbacks_.all().find(last))
      throw std::invalid_argument("a callback of an enrichment is missing");
  }
  link_ended();
  callbacks_.end_restore(held_callbacks());
  std::vector<Number> interrupted;
  for (const auto& callback : callbacks_.all()) {
    if (callback.state != CallbackState::delivering) continue;
    interrupted.push_back(callback.number);
    callbacks_.interrupt(callback.number, now);
  }
  return interrupted;
}

// In the order in which they ended. Of those that ended at the same instant, ended_next says which one was next, if it
// was saved; otherwise numbers decide.
void Team::link_ended() {
  std::vector<std::pair<Instant, Number>> ended;
  for (const auto& enrichment : enrichments_.all())
    if (enrichment.ended_at != kNever) ended.emplace_back(enrichment.ended_at, enrichment.number);
  std::ranges::sort(ended);
  const auto next_of = [&](Number number) -> std::optional<Number> {
    const Enrichment& enrichment = enrichments_.at(number);
    const auto* next = enrichments_.all().find(enrichment.ended_next);
    return next && next->ended_at == enrichment.ended_at ? std::optional(next->number) : std::nullopt;
  };
  std::unordered_set<Number> later;  // not the first of those that were linked
  for (const auto& [at, number] : ended)
    if (const auto next = next_of(number)) later.insert(*next);
  std::vector<Number> order;
  std::unordered_set<Number> linked;
  for (const auto& [at, number] : ended) {
    if (later.contains(number)) continue;
    order.push_back(number);
    for (auto next = next_of(number); next && linked.insert(*next).second; next = next_of(*next))
      order.push_back(*next);
  }
  if (order.size() != ended.size()) throw std::invalid_argument("the order in which enrichments ended has a circle");
  for (const auto number : order) enrichments_.at(number).ended_next = kNotEnded;
  for (const auto number : order) mark_ended(enrichments_.at(number), enrichments_.at(number).ended_at);
}

// The callbacks whose first attempt waits for the end of its burst, in the order in which they were postponed.
std::vector<Number> Team::held_callbacks() const {
  std::vector<std::pair<Due, Number>> held;
  for (const auto& callback : callbacks_.all()) {
    if (callback.state != CallbackState::scheduled || callback.burst || !callback.attempts.empty()) continue;
    const Enrichment& enrichment = enrichments_.all()[callback.enrichment];
    if (enrichment.callback->order != scenario::Order::reversed) continue;
    const auto delay = scenario::callback_delay(*enrichment.callback, enrichment.callback_draw, callback.copy);
    held.emplace_back(Due{enrichment.resolved_at + delay, callback.creation, 0}, callback.number);
  }
  std::ranges::sort(held, [](const auto& a, const auto& b) { return b.first > a.first; });
  std::vector<Number> numbers;
  for (const auto& [due, number] : held) numbers.push_back(number);
  return numbers;
}

void Team::spread_overdue_callbacks(Instant now, Duration step, Duration time) {
  for (const auto number : callbacks_.spread_overdue(now, step, time)) mark_callback(number);
}

TeamState Team::state() const {
  return {.origin = origin_,
          .ids = enrichments_.ids().state(),
          .gate = gate_.state(),
          .ledger = ledger_.state(),
          .counters = counters_,
          .callbacks = callbacks_.state(),
          .rules_followed = rules_.all_followed(),
          .rule_names = rule_names_,
          .forgotten = forgotten_,
          .creations = creations_,
          .extra_rules_added = extra_rules_.added(),
          .end_enrichment = enrichments_.all().end_number(),
          .end_callback = callbacks_.all().end_number()};
}

std::shared_ptr<const ForwardedHeaders> Team::forwarded(Number enrichment) const {
  const auto found = forwarded_.find(enrichment);
  return found == forwarded_.end() ? nullptr : found->second;
}

std::vector<ProfileCount> Team::profile_counts() const {
  using Of = ProfileCount::Of;
  std::vector<ProfileCount> all;
  const auto add_all = [&all](Of of, std::uint64_t index, const RuleProgress::ProfileCounts& counts) {
    for (const auto& [profile, count] : counts) all.push_back({{of, index, profile}, count});
  };
  add_all(Of::accepted, 0, accepted_by_profile_);
  for (const auto& [profile, counts] : drawn_delays_)
    for (std::uint64_t call = 0; call < counts.size(); ++call)
      all.push_back({{Of::delays, call, profile}, counts[call]});
  for (std::size_t rule = 0; rule < setup_.scenario->rules.size(); ++rule)
    add_all(Of::rule, rule, rules_.profiles(rule));
  for (const auto& entry : extra_rules_.all()) add_all(Of::extra_rule, entry.number, entry.by_profile);
  return all;
}

std::uint64_t Team::profile_count(const ProfileCount::Key& key) const {
  const auto count_in = [&key](const RuleProgress::ProfileCounts& counts) {
    const auto found = counts.find(key.profile);
    return found == counts.end() ? 0 : found->second;
  };
  switch (key.of) {
    case ProfileCount::Of::accepted:
      return count_in(accepted_by_profile_);
    case ProfileCount::Of::delays: {
      const auto found = drawn_delays_.find(key.profile);
      return found == drawn_delays_.end() ? 0 : found->second.at(key.index);
    }
    case ProfileCount::Of::rule:
      return count_in(rules_.profiles(key.index));
    case ProfileCount::Of::extra_rule:
      for (const auto& entry : extra_rules_.all())
        if (entry.number == key.index) return count_in(entry.by_profile);
      return 0;
  }
  return 0;
}

void Team::replace(std::shared_ptr<const scenario::Scenario> scenario, Instant now) {
  Gate gate(*scenario, origin_, now + Duration(1));
  RuleProgress rules(scenario->rules);
  // The old scenario is destroyed last: the old gate and rules refer to it.
  const auto old = std::exchange(setup_.scenario, std::move(scenario));
  seed_ = setup_.scenario->seed.value_or(setup_.secret);
  counts_per_profile_ = scenario::uses_draws(*setup_.scenario) || extra_rules_.use_draws();
  gate_ = std::move(gate);
  rules_ = std::move(rules);
  if (changes_) changes_->mark_new_rules();
}

Admission Team::admit(Instant now, scenario::CallKind call) {
  auto admission = gate_.admit(now, call);
  if (setup_.scenario->rate_limit || admission.refuses()) mark();
  if (admission.refuses() && call == scenario::CallKind::request)
    counters_.count_request(admission.retry_after ? 429 : *admission.reply->status);
  // Who calls is not known yet.
  if (admission.reply) admission.delay = draw_delay(*admission.reply, call, {});
  return admission;
}

Duration Team::draw_delay(const scenario::Reply& reply, scenario::CallKind call, std::string_view username) {
  const auto* latency = std::get_if<scenario::Latency>(&reply.delay);
  if (!latency) return std::get<Duration>(reply.delay);
  auto& drawn = drawn_delays_[std::string(username)][static_cast<std::size_t>(call)];
  mark_profile(ProfileCount::Of::delays, static_cast<std::uint64_t>(call), username);
  return scenario::response_delay(*latency, seed_, username, call, drawn++);
}

scenario::RequestFacts Team::facts_of(const EnrichmentRequest& request) const {
  return {request.username, request.type, request.external_id, request.callback_url.has_value(), setup_.name};
}

MatchedStep Team::follow(scenario::CallKind call, const scenario::RequestFacts& facts) {
  MatchedStep script;
  if (const auto extra = extra_rules_.follow(call, facts)) {
    script.rule = MatchedStep::Rule{extra->rule->name, extra->step_number};
    script.step = extra->step;
    if (changes_) changes_->mark_extra_rules();
    if (extra->rule->count == scenario::CountBy::profile)
      mark_profile(ProfileCount::Of::extra_rule, extra->number, facts.username);
  } else if (const auto use = rules_.follow(call, facts)) {
    script.rule = MatchedStep::Rule{setup_.scenario->rules[use->rule].name, use->step};
    script.step = &rules_.step(*use);
    mark();
    if (!rules_.profiles(use->rule).empty()) mark_profile(ProfileCount::Of::rule, use->rule, facts.username);
  }
  if (script.step) script.reply = script.step->response;
  if (script.reply) script.delay = draw_delay(*script.reply, call, facts.username);
  return script;
}

RequestResult Team::request(Context context, const EnrichmentRequest& request) {
  mark();
  RequestResult result{.script = follow(scenario::CallKind::request, facts_of(request))};
  if (result.script.replaces_response()) {
    counters_.count_request(*result.script.reply->status);
    result.kind = RequestResult::Kind::scripted;
  } else if (ledger_.balance() < 1) {
    counters_.count_request(402);
    result.kind = RequestResult::Kind::no_credits;
  } else {
    Enrichment& accepted = accept(context.now, request, result.script);
    counters_.count_request(201);
    result.id = accepted.id;
    if (accepted.callback->before_response && accepted.callback_url())
      result.attempt_first = resolve_immediately(accepted, context);
    result.waits = result.attempt_first.has_value();
  }
  return result;
}

Enrichment& Team::accept(Instant now, const EnrichmentRequest& request, const MatchedStep& script) {
  const auto rule = script.rule ? rule_number(script.rule->name) : kNoRule;
  std::uint64_t* const accepted = counts_per_profile_ ? &accepted_by_profile_[request.username] : nullptr;
  if (accepted) mark_profile(ProfileCount::Of::accepted, 0, request.username);
  Enrichment& added = plan(now, request, script.step, accepted ? *accepted : 0, {});
  added.rule = rule;
  if (accepted) ++*accepted;
  return added;
}

std::uint32_t Team::rule_number(const std::string& name) {
  if (const auto known = rule_numbers_.find(name); known != rule_numbers_.end()) return known->second;
  rule_names_.push_back(name);
  base::Undo undo([this] { rule_names_.pop_back(); });
  const auto number = static_cast<std::uint32_t>(rule_names_.size() - 1);
  rule_numbers_.emplace(name, number);
  undo.cancel();
  return number;
}

// Adds an enrichment and plans its lookup by the scenario, with the n-th draw of its profile.
Enrichment& Team::plan(Instant now, const EnrichmentRequest& request, const scenario::Step* step, std::uint64_t n,
                       const std::optional<EnrichmentId>& id) {
  auto plan = scenario::plan_lookup(*setup_.scenario, step, facts_of(request), seed_, n);
  EnrichmentTexts texts({.linkedin_url = request.linkedin_url,
                         .email = plan.email,
                         .callback_url = request.callback_url,
                         .external_id = request.external_id});
  auto callback = step && step->callback ? step->callback : setup_.scenario->callback;
  const auto number = enrichments_.all().end_number();
  if (auto headers = forwarded_headers(*callback, request)) forwarded_.emplace(number, std::move(headers));
  base::Undo undo([&] { forwarded_.erase(number); });
  Enrichment& added = enrichments_.add(now, creations_++, id);
  mark(added);
  undo.cancel();
  added.type = request.type;
  added.outcome = plan.outcome;
  added.callback_draw = plan.callback_draw;
  added.processing = plan.processing;
  added.texts = std::move(texts);
  added.callback = std::move(callback);
  enrichments_.plan_status_end(added, plan.pending, now);
  return added;
}

std::optional<PollResult> Team::poll(Context context, const EnrichmentId& id, bool has_fault) {
  Enrichment* enrichment = enrichments_.find(id);
  if (!enrichment) return std::nullopt;
  PollResult result{.view = view_of(*enrichment), .script = {}};
  if (setup_.scenario->rules.any_on(scenario::CallKind::poll) || !extra_rules_.all().empty()) {
    const auto username = scenario::username_in(enrichment->linkedin_url());
    result.script = follow(scenario::CallKind::poll, engine::facts_of(*enrichment, username, setup_.name));
  }
  if (shows_status(result.script, has_fault) && enrichment->polls_left > 0) {
    mark_progress(*enrichment);
    if (enrichment->polls_left == 1)
      go_to_next_status(*enrichment, context);
    else
      --enrichment->polls_left;
  }
  return result;
}

CreditsResult Team::credits() {
  return {.balance = ledger_.balance(), .script = follow(scenario::CallKind::credits, {.team = setup_.name})};
}

// What is due next, and its kind.
struct Team::Next {
  Due due;
  enum class Kind { transition, callback, moment } kind;
};

std::optional<Team::Next> Team::find_next(FireWhat what) {
  std::optional<Next> first;
  const auto consider = [&first](const std::optional<Due>& due, Next::Kind kind) {
    if (due && (!first || first->due > *due)) first = Next{*due, kind};
  };
  consider(enrichments_.next(), Next::Kind::transition);
  if (what == FireWhat::everything) consider(callbacks_.next(), Next::Kind::callback);
  consider(gate_.next(), Next::Kind::moment);
  return first;
}

std::optional<Instant> Team::next_due(FireWhat what) {
  const auto next = find_next(what);
  return next ? std::optional(next->due.at) : std::nullopt;
}

bool Team::fire_next(Context limit, std::vector<DueAttempt>& attempts, FireWhat what) {
  for (;;) {
    const auto next = find_next(what);
    if (!next || next->due.at > limit.now) return false;
    switch (next->kind) {
      case Next::Kind::transition:
        go_to_next_status(enrichments_.at(next->due.number), {next->due.at, limit.events});
        return true;
      case Next::Kind::moment:
        fire_moment({next->due.at, limit.events});
        return true;
      case Next::Kind::callback:
        mark_callback(next->due.number);
        if (callbacks_.hold_next()) break;
        fire_callback(next->due, limit.events, attempts);
        return true;
    }
  }
}

std::vector<DueAttempt> Team::advance(Context limit) {
  std::vector<DueAttempt> attempts;
  while (fire_next(limit, attempts)) {
  }
  return attempts;
}

void Team::fire_callback(const Due& due, Events* events, std::vector<DueAttempt>& attempts) {
  base::reserve_more(attempts, 1);
  if (auto attempt = begin_attempt(due.number, {due.at, events})) attempts.push_back(*std::move(attempt));
}

void Team::fire_moment(Context context) {
  mark();
  const ScheduleMoment moment = gate_.next_moment();
  reserve_events(context, 1);
  if (moment.kind == ScheduleMoment::Kind::credits_added)
    ledger_.adjust(setup_.scenario->schedule[moment.entry].add_credits, context.now);
  gate_.pass_next();
  if (context.events) context.events->push_back({context.now, {}, moment});
}

// Empty: the scenario failed the attempt without sending it.
std::optional<DueAttempt> Team::begin_attempt(Number number, Context context) {
  const Callback& callback = callbacks_.at(number);
  const Enrichment& enrichment = enrichments_.at(callback.enrichment);
  if (!callback.before && callback.automatic_attempts() < static_cast<std::size_t>(enrichment.callback->fail_first)) {
    AttemptResult failed{0, "failed by the scenario, not sent", {}};
    callbacks_.begin(number, context.now);
    finish_attempt(number, std::move(failed), context);
    return std::nullopt;
  }
  std::optional<DueAttempt> attempt = attempt_of(callback);
  callbacks_.begin(number, context.now);
  return attempt;
}

DueAttempt Team::attempt_of(const Callback& callback) const {
  const Enrichment& enrichment = enrichments_.all()[callback.enrichment];
  DueAttempt attempt{.callback = callback.number,
                     .copy = callback.copy,
                     .number = callback.attempts.size() + 1,
                     .url = std::string(*enrichment.callback_url()),
                     .notification = view_of(enrichment),
                     .settings = enrichment.callback};
  if (const auto found = forwarded_.find(enrichment.number); found != forwarded_.end())
    attempt.forwarded = found->second;
  return attempt;
}

void Team::finish_attempt(Number number, AttemptResult result, Context context, std::uint32_t exchange) {
  const Callback& callback = callbacks_.at(number);
  if (callback.state != CallbackState::delivering) return;
  Enrichment& enrichment = enrichments_.at(callback.enrichment);
  mark_callback(number);
  callbacks_.finish(number, *enrichment.callback, std::move(result), context.now, exchange);
  add_attempt_event(context, enrichment.id, callback);
  if (!has_open_callback(enrichment)) mark_ended(enrichment, context.now);
}

void Team::process(Enrichment& enrichment, Context context) {
  mark_progress(enrichment);
  reserve_events(context, 1);
  enrichments_.process(enrichment, context.now);
  add_status_event(context, enrichment);
}

void Team::go_to_next_status(Enrichment& enrichment, Context context) {
  if (enrichment.status == Status::pending)
    process(enrichment, context);
  else
    resolve(enrichment, reserve_and_charge(enrichment, context), context);
}

// Does everything that may fail before an enrichment is resolved: reserves memory, and charges the credit of a
// completed lookup. Returns the status to resolve to.
Status Team::reserve_and_charge(Enrichment& enrichment, Context context) {
  reserve_events(context, 2);
  enrichments_.reserve_more();
  if (enrichment.callback_url()) callbacks_.reserve_more(static_cast<std::size_t>(enrichment.callback->copies));
  const Status planned = status_of(enrichment.outcome);
  if (planned != Status::completed) return planned;
  enrichment.charged = ledger_.charge(enrichment.id, context.now);
  return enrichment.charged ? planned : Status::failed;  // our decision: without a credit it fails
}

// `to`: the result of reserve_and_charge(). Returns the number of the first copy of the callback, if there is one.
std::optional<Number> Team::resolve(Enrichment& enrichment, Status to, Context context) {
  const Instant at = context.now;
  mark_progress(enrichment);
  enrichments_.resolve(enrichment, to, at);
  add_status_event(context, enrichment);
  counters_.count_outcome(to);
  if (!enrichment.callback_url() || (to == Status::failed && !enrichment.callback->on_failed)) {
    mark_ended(enrichment, at);
    return std::nullopt;
  }
  std::optional<Number> first;
  const auto copies = static_cast<std::uint32_t>(enrichment.callback->copies);
  for (std::uint32_t copy = 0; copy < copies; ++copy) {
    const auto delay = scenario::callback_delay(*enrichment.callback, enrichment.callback_draw, copy);
    const auto number = callbacks_.open(enrichment, copy, creations_++, at + delay);
    mark_callback(number);
    if (copy == 0) first = number;
  }
  if (first) enrichment.first_callback = *first;
  if (!has_open_callback(enrichment)) mark_ended(enrichment, at);
  return first;
}

std::optional<DueAttempt> Team::resolve_immediately(Enrichment& enrichment, Context context) {
  const Status to = reserve_and_charge(enrichment, context);
  process(enrichment, context);
  const auto first = resolve(enrichment, to, context);
  if (!first || !is_open(callbacks_.at(*first).state)) return std::nullopt;
  mark_callback(*first);
  return begin_attempt(*first, context);
}

Team::ForceResult Team::force(Context context, const EnrichmentId& id, scenario::Outcome outcome,
                              const std::optional<std::string>& email) {
  Enrichment* enrichment = enrichments_.find(id);
  if (!enrichment) return ForceResult::unknown_id;
  if (is_resolved(enrichment->status)) return ForceResult::already_resolved;
  const bool completes = outcome == scenario::Outcome::completed;
  if (completes && ledger_.balance() < 1) return ForceResult::no_credits;
  auto texts = enrichment->texts;
  if (completes && email) texts = with_email(*enrichment, *email);
  const auto planned = std::exchange(enrichment->outcome, outcome);
  base::Undo undo([&] { enrichment->outcome = planned; });
  const Status to = reserve_and_charge(*enrichment, context);
  undo.cancel();
  mark(*enrichment);
  enrichment->texts = std::move(texts);
  if (enrichment->status == Status::pending) process(*enrichment, context);
  resolve(*enrichment, to, context);
  return ForceResult::done;
}

std::variant<EnrichmentId, Team::SeedError> Team::seed(Instant now, const SeededEnrichment& wanted) {
  if (wanted.id && enrichments_.find(*wanted.id)) return SeedError::id_taken;
  if (wanted.charge && ledger_.balance() < 1) return SeedError::no_credits;
  Enrichment& added = plan(now, wanted.request, nullptr, 0, wanted.id);
  if (wanted.status == Status::pending) return added.id;
  base::Undo undo([&] { enrichments_.undo_add(added); });
  enrichments_.process(added, now);
  if (is_resolved(wanted.status)) {
    if (wanted.email) added.texts = with_email(added, *wanted.email);
    if (wanted.charge) added.charged = ledger_.charge(added.id, now);
  }
  undo.cancel();
  if (!is_resolved(wanted.status)) return added.id;
  enrichments_.resolve(added, wanted.status, now);
  if (added.charged) counters_.count_outcome(wanted.status);
  mark_ended(added, now);
  return added.id;
}

void Team::add_extra_rule(scenario::Rule rule, std::uint64_t times, RuleSource source) {
  if (changes_) changes_->mark_extra_rules();
  extra_rules_.add(std::move(rule), times, std::move(source));
  counts_per_profile_ = counts_per_profile_ || extra_rules_.use_draws();
}

std::size_t Team::clear_extra_rules() {
  if (changes_) changes_->mark_extra_rules();
  counts_per_profile_ = scenario::uses_draws(*setup_.scenario);
  return extra_rules_.clear();
}

std::optional<DueAttempt> Team::redeliver(Number number, Instant now) {
  const auto* callback = callbacks_.all().find(number);
  if (!callback || callback->state == CallbackState::delivering) return std::nullopt;
  std::optional<DueAttempt> attempt = attempt_of(*callback);
  mark_callback(number);
  callbacks_.begin_manual(number, now);
  return attempt;
}

bool Team::has_open_callback(const Enrichment& enrichment) const {
  if (enrichment.first_callback == kNoCallback) return false;
  const auto copies = static_cast<Number>(enrichment.callback->copies);
  for (Number copy = 0; copy < copies; ++copy)
    if (is_open(callbacks_.at(enrichment.first_callback + copy).state)) return true;
  return false;
}

// An enrichment that has ended before keeps its place: a manual attempt of its callback has ended.
void Team::mark_ended(Enrichment& enrichment, Instant at) {
  if (enrichment.ended_next != kNotEnded) return;
  mark_progress(enrichment);
  enrichment.ended_at = at;
  enrichment.ended_next = kLastEnded;
  (ended_ == 0 ? first_ended_ : enrichments_.at(last_ended_).ended_next) = enrichment.number;
  last_ended_ = enrichment.number;
  ++ended_;
}

void Team::forget(Instant now, std::size_t max_count) {
  for (; max_count > 0 && ended_ > 0; --max_count) {
    Enrichment& enrichment = enrichments_.at(first_ended_);
    if (ended_ <= setup_.keep.max_count && !is_too_old(setup_.keep, enrichment.ended_at, now)) break;
    mark(enrichment);
    first_ended_ = std::exchange(enrichment.ended_next, kNotEnded);
    --ended_;
    if (has_open_callback(enrichment)) continue;
    if (enrichment.first_callback != kNoCallback)
      for (int copy = 0; copy < enrichment.callback->copies; ++copy) {
        mark_callback(enrichment.first_callback + static_cast<Number>(copy));
        callbacks_.forget(enrichment.first_callback + static_cast<Number>(copy));
      }
    forwarded_.erase(enrichment.number);
    enrichments_.forget(enrichment.number);
    ++forgotten_;
  }
  const auto forgotten_movements = ledger_.forgotten();
  ledger_.forget(setup_.keep, now);
  if (ledger_.forgotten() != forgotten_movements) mark();
}

}  // namespace enrichment_mock::engine
