#include "runner/event_outbox.h"

#include <algorithm>
#include <iterator>

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

void EventOutbox::deliver(std::mutex& team_mutex) {
  if (!has_listeners()) return;
  std::lock_guard delivery(delivery_mutex_);
  {
    std::lock_guard lock(team_mutex);
    delivered_.clear();
    delivered_.swap(waiting_);
  }
  if (!delivered_.empty()) observer_->on_events(team_id_, delivered_);
}

}  // namespace enrichment_mock::runner
