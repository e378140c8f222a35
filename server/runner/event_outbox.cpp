#include "runner/event_outbox.h"

#include <algorithm>
#include <iterator>
#include <mutex>

#include "base/memory.h"

namespace enrichment_mock::runner {

engine::Events* EventOutbox::open_batch() {
  batch_.clear();
  if (has_listeners()) return &batch_;
  waiting_.clear();  // events for listeners that have gone
  return list_ ? &batch_ : nullptr;
}

void EventOutbox::close_batch(Cause cause) {
  if (batch_.empty()) return;
  const bool is_listed = list_ && cause == Cause::fell_due, is_observed = has_listeners();
  engine::Events listed;
  if (is_listed) {
    listed = batch_;
    base::reserve_more(*list_, batch_.size());
  }
  if (is_observed) base::reserve_more(waiting_, batch_.size());
  if (is_listed) std::ranges::move(listed, std::back_inserter(*list_));
  if (is_observed) std::ranges::move(batch_, std::back_inserter(waiting_));
  batch_.clear();
}

void EventOutbox::clear() {
  batch_.clear();
  waiting_.clear();
  list_ = nullptr;
}

void EventOutbox::deliver(NotifyingMutex& team_mutex) noexcept {
  if (!has_listeners()) return;
  std::lock_guard delivery(delivery_mutex_);
  {
    std::lock_guard lock(team_mutex);
    delivered_.swap(waiting_);
  }
  notify_observer();
}

void EventOutbox::deliver_unless_busy(NotifyingMutex& team_mutex) noexcept {
  if (!has_listeners() || !delivery_mutex_.try_lock_or_notify()) return;
  std::lock_guard delivery(delivery_mutex_, std::adopt_lock);
  if (!team_mutex.try_lock_or_notify()) return;
  delivered_.swap(waiting_);
  team_mutex.unlock();
  notify_observer();
}

void EventOutbox::notify_observer() noexcept {
  try {
    if (!delivered_.empty()) observer_->on_events(team_id_, delivered_);
  } catch (...) {  // no memory
  }
  delivered_.clear();
}

}  // namespace enrichment_mock::runner
