#include "runner/event_outbox.h"

#include <algorithm>
#include <iterator>
#include <mutex>

namespace enrichment_mock::runner {

engine::Events* EventOutbox::open_batch() {
  batch_.clear();
  if (has_listeners()) return &batch_;
  waiting_.clear();  // the last listener has left meanwhile
  return list_ ? &batch_ : nullptr;
}

void EventOutbox::close_batch(Cause cause) {
  if (batch_.empty()) return;
  if (list_ && cause == Cause::fell_due) list_->insert(list_->end(), batch_.begin(), batch_.end());
  if (has_listeners()) std::ranges::move(batch_, std::back_inserter(waiting_));
  batch_.clear();
}

void EventOutbox::clear() {
  batch_.clear();
  waiting_.clear();
  list_ = nullptr;
}

void EventOutbox::deliver(PassableMutex& team_mutex) noexcept {
  if (!has_listeners()) return;
  std::lock_guard delivery(delivery_mutex_);
  {
    std::lock_guard lock(team_mutex);
    delivered_.swap(waiting_);
  }
  tell();
}

void EventOutbox::deliver_unless_busy(PassableMutex& team_mutex) noexcept {
  if (!has_listeners() || !delivery_mutex_.try_lock_or_be_called()) return;
  std::lock_guard delivery(delivery_mutex_, std::adopt_lock);
  if (!team_mutex.try_lock_or_be_called()) return;
  delivered_.swap(waiting_);
  team_mutex.unlock();
  tell();
}

void EventOutbox::tell() noexcept {
  try {
    if (!delivered_.empty()) observer_->on_events(team_id_, delivered_);
  } catch (...) {  // no memory
  }
  delivered_.clear();
}

}  // namespace enrichment_mock::runner
