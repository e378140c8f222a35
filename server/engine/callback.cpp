#include "engine/callback.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/memory.h"

namespace enrichment_mock::engine {

namespace {

// After the first attempt, or none that counts, it is the first pause.
Duration pause_after(std::size_t attempts, const std::vector<Duration>& backoff) {
  return backoff.empty() ? Duration::zero() : backoff[std::clamp<std::size_t>(attempts, 1, backoff.size()) - 1];
}

}  // namespace

bool is_open(CallbackState state) {
  return state == CallbackState::scheduled || state == CallbackState::delivering || state == CallbackState::retrying;
}

std::span<const Attempt> ended_attempts(const Callback& callback) {
  const std::span<const Attempt> all = callback.attempts;
  return callback.state == CallbackState::delivering && !all.empty() ? all.first(all.size() - 1) : all;
}

std::string callback_id(const EnrichmentId& enrichment, std::uint32_t copy) {
  return to_text(enrichment) + "-" + std::to_string(copy + 1);
}

// Each callback that is delivering may be queued again, too.
void CallbackStore::reserve_more(std::size_t more) {
  queue_.reserve_more(delivering_ + more);
  callbacks_.reserve_more(more);
}

Number CallbackStore::open(const Enrichment& enrichment, std::uint32_t copy, std::uint64_t creation, Instant due) {
  const scenario::Callback& settings = *enrichment.callback;
  reserve_more(1);
  Callback& callback = callbacks_.add();
  callback.number = callbacks_.end_number() - 1;
  callback.enrichment = enrichment.number;
  callback.copy = copy;
  callback.creation = creation;
  if (settings.order == scenario::Order::reversed) callback.burst = settings.burst;
  if (settings.drop) {
    callback.state = CallbackState::dropped;
    count_end(CallbackState::dropped, true);
  } else {
    ++open_;
    schedule(callback, due, creation);
  }
  return callback.number;
}

void CallbackStore::schedule(Callback& callback, Instant due, std::uint64_t order) {
  callback.due = due;
  queue_.push({due, order, callback.number});
}

std::optional<Due> CallbackStore::next() {
  while (!queue_.empty()) {
    const Due due = queue_.top();
    const auto* callback = callbacks_.find(due.number);
    if (callback && callback->due == due.at) return due;
    queue_.pop();
  }
  return std::nullopt;
}

bool CallbackStore::hold_next() {
  Callback& callback = callbacks_[queue_.top().number];
  if (!callback.burst) return false;
  queue_.pop();
  if (callback.due > state_.burst_end) state_.burst_end = callback.due + *callback.burst;
  callback.burst.reset();
  // After everything else that is due at the end of the burst, in reverse order.
  schedule(callback, state_.burst_end, std::numeric_limits<std::uint64_t>::max() - held_++);
  return true;
}

Callback& CallbackStore::reserve_attempt(Number number) {
  Callback& callback = callbacks_[number];
  queue_.reserve_more(delivering_ + 1);
  base::reserve_more(callback.attempts, 1);
  return callback;
}

void CallbackStore::begin(Number number, Instant at) {
  Callback& callback = reserve_attempt(number);
  callback.attempts.push_back({.at = at, .result = {}});
  callback.state = CallbackState::delivering;
  callback.due = kNever;
  callback.burst.reset();
  if (callback.before) ++callback.manual_attempts;
  ++delivering_;
}

std::uint64_t* CallbackStore::counter_of(Totals& totals, CallbackState state) {
  switch (state) {
    case CallbackState::delivered:
      return &totals.delivered;
    case CallbackState::exhausted:
      return &totals.exhausted;
    case CallbackState::dropped:
      return &totals.dropped;
    case CallbackState::scheduled:
    case CallbackState::delivering:
    case CallbackState::retrying:
      return nullptr;
  }
  return nullptr;
}

void CallbackStore::count_end(CallbackState end, bool is_new) {
  ++*counter_of(state_.totals, end);
  if (is_new) ++*counter_of(state_.cumulative_totals, end);
}

void CallbackStore::close(Callback& callback, CallbackState end, bool is_new) {
  callback.state = end;
  count_end(end, is_new);
  --open_;
}

void CallbackStore::wait(Callback& callback, CallbackState state, Instant due) {
  callback.state = state;
  schedule(callback, due, callback.creation);
}

void CallbackStore::begin_manual(Number number, Instant at) {
  Callback& callback = reserve_attempt(number);
  callback.before = Callback::Before{callback.state, callback.due};
  if (auto* total = counter_of(state_.totals, callback.state)) {
    --*total;
    ++open_;
  }
  begin(number, at);
}

void CallbackStore::finish(Number number, const scenario::Callback& settings, AttemptResult result, Instant now,
                           std::uint32_t exchange) {
  Callback& callback = callbacks_[number];
  if (callback.state != CallbackState::delivering) return;
  --delivering_;
  const bool success = result.status >= 200 && result.status < 300;
  callback.attempts.back().result = std::move(result);
  callback.attempts.back().ended = now;
  callback.attempts.back().exchange = exchange;
  const auto before = std::exchange(callback.before, std::nullopt);
  if (success)
    close(callback, CallbackState::delivered, !before || before->state != CallbackState::delivered);
  else if (before && is_open(before->state))
    wait(callback, before->state, std::max(before->due, now));
  else if (before)
    close(callback, before->state, false);
  else if (callback.automatic_attempts() < static_cast<std::size_t>(settings.max_attempts))
    wait(callback, CallbackState::retrying, now + pause_after(callback.automatic_attempts(), settings.backoff));
  else
    close(callback, CallbackState::exhausted, true);
}

void CallbackStore::restore(Callback callback) {
  skip_to(callback.number);
  reserve_more(1);
  Callback& restored = callbacks_.add();
  restored = std::move(callback);
  if (!is_open(restored.state)) return;
  ++open_;
  if (restored.state == CallbackState::delivering) ++delivering_;
}

void CallbackStore::interrupt(Number number, Instant now) {
  Callback& callback = callbacks_[number];
  if (callback.state != CallbackState::delivering) return;
  --delivering_;
  Attempt& attempt = callback.attempts.back();
  attempt.result = {0, "interrupted", {}};
  attempt.ended = now;
  if (!callback.before) ++callback.interrupted;
  wait(callback, CallbackState::retrying, now);
}

void CallbackStore::end_restore(const std::vector<Number>& held) {
  const std::set<Number> later(held.begin(), held.end());
  for (const auto& callback : callbacks_)
    if (is_open(callback.state) && callback.state != CallbackState::delivering && !later.contains(callback.number))
      queue_.push({callback.due, callback.creation, callback.number});
  for (const auto number : held)
    queue_.push({callbacks_[number].due, std::numeric_limits<std::uint64_t>::max() - held_++, number});
}

std::vector<Number> CallbackStore::spread_overdue(Instant now, Duration step, Duration time) {
  std::vector<std::pair<Number, std::uint64_t>> overdue;  // with their order
  for (auto due = next(); due && due->at <= now; due = next()) {
    overdue.emplace_back(due->number, due->creation);
    queue_.pop();
  }
  if (!overdue.empty()) step = std::min(step, time / static_cast<Duration::rep>(overdue.size()));
  std::vector<Number> numbers;
  for (const auto& [number, order] : overdue) {
    schedule(callbacks_[number], now + step * static_cast<Duration::rep>(numbers.size()), order);
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace enrichment_mock::engine
