#include "engine/callback_book.h"

#include <algorithm>

namespace enrichment_mock::engine {

void CallbackBook::open(const Enrichment& enrichment, std::uint32_t copy, std::uint64_t creation, Instant due) {
  Callback callback;
  callback.number = static_cast<std::uint32_t>(callbacks_.size());
  callback.enrichment = enrichment.number;
  callback.copy = copy;
  callback.creation = creation;
  const bool dropped = enrichment.callback->drop;
  if (dropped) callback.state = CallbackState::dropped;
  callbacks_.push_back(std::move(callback));
  if (dropped) return;
  ++open_;
  schedule(callbacks_.back(), due);
}

void CallbackBook::schedule(Callback& callback, Instant due) {
  callback.due = due;
  schedule_.push({due, callback.creation, callback.number});
}

std::optional<Due> CallbackBook::next() {
  while (!schedule_.empty()) {
    const Due due = schedule_.top();
    if (callbacks_[due.number].due == due.at) return due;
    schedule_.pop();
  }
  return std::nullopt;
}

void CallbackBook::begin_next() {
  Callback& callback = callbacks_[schedule_.top().number];
  schedule_.pop();
  callback.attempts.push_back({callback.due, {}});
  callback.state = CallbackState::delivering;
  callback.due = kNever;
  ++delivering_;
}

void CallbackBook::finish(std::uint32_t number, const scenario::Callback& settings, AttemptResult result, Instant now) {
  Callback& callback = callbacks_[number];
  if (callback.state != CallbackState::delivering) return;
  --delivering_;
  const bool success = result.status >= 200 && result.status < 300;
  callback.attempts.back().result = std::move(result);
  const std::size_t made = callback.attempts.size();
  if (!success && made < static_cast<std::size_t>(settings.max_attempts)) {
    callback.state = CallbackState::retrying;
    const auto& backoff = settings.backoff;
    schedule(callback, now + (backoff.empty() ? Duration::zero() : backoff[std::min(made, backoff.size()) - 1]));
    return;
  }
  callback.state = success ? CallbackState::delivered : CallbackState::exhausted;
  --open_;
}

}  // namespace enrichment_mock::engine
