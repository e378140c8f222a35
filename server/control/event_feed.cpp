#include "control/event_feed.h"

#include <utility>

namespace enrichment_mock::control {

std::optional<std::string> EventFeed::Listener::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return ended_ || !queue_.empty(); });
  if (queue_.empty()) return ended_ ? std::nullopt : std::optional<std::string>("");
  const auto event = std::move(queue_.front());
  queue_.pop_front();
  bytes_ -= event->size();
  return *event;
}

std::size_t EventFeed::Listener::push(const EventText& event) {
  std::lock_guard lock(mutex_);
  if (ended_) return 0;
  if (queue_.size() == kMaxEvents || bytes_ + event->size() > kMaxBytes) {
    drop();
  } else {
    queue_.push_back(event);
    bytes_ += event->size();
  }
  changed_.notify_one();
  return bytes_;
}

std::size_t EventFeed::Listener::bytes() {
  std::lock_guard lock(mutex_);
  return bytes_;
}

void EventFeed::Listener::drop() {
  queue_.clear();
  bytes_ = 0;
  ended_ = true;
}

std::shared_ptr<EventFeed::Listener> EventFeed::listen(std::string team_id, std::optional<std::uint64_t> last_id) {
  auto listener = std::make_shared<Listener>();
  listener->team_ = std::move(team_id);
  std::lock_guard lock(mutex_);
  if (!has_listeners()) {  // events were not recorded; the skipped id makes this a gap
    recent_.clear();
    ++next_id_;
  }
  if (last_id)
    for (const auto& event : recent_.since(*last_id, listener->team_, next_id_)) listener->push(event);
  listener->begins_after_ = last_id.value_or(next_id_ - 1);
  listener->ended_ = closed_;
  listeners_.push_back(listener);
  listeners_count_ = listeners_.size();
  return listener;
}

void EventFeed::remove(const std::shared_ptr<Listener>& listener) {
  std::lock_guard lock(mutex_);
  if (std::erase(listeners_, listener) == 0) return;
  if (listeners_.empty()) recording_until_ = (Clock::now() + recording_time_).time_since_epoch().count();
  listeners_count_ = listeners_.size();
}

bool EventFeed::is_recording() const {
  const auto until = recording_until_.load();
  return until != 0 && Clock::now().time_since_epoch().count() < until;
}

void EventFeed::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& listener : listeners_) {
    std::lock_guard listener_lock(listener->mutex_);
    listener->ended_ = true;
    listener->changed_.notify_all();
  }
}

void EventFeed::publish(std::string_view type, const std::string& team_id, const Object& data) {
  if (!has_listeners()) return;
  std::lock_guard lock(mutex_);
  const auto id = next_id_++;
  const auto event = event_text(id, type, data);
  recent_.add(id, team_id, event);
  push_to_each(
      [&](const Listener& listener) { return listener.team_.empty() || listener.team_ == team_id ? event : nullptr; });
}

void EventFeed::publish_to_all(std::string_view type, const Object& data) {
  if (!has_listeners()) return;
  std::lock_guard lock(mutex_);
  const auto id = next_id_++;
  recent_.add_for_all(id, type, data);
  push_to_each([&](const Listener& listener) {
    Object own = data;
    if (!listener.team_.empty()) own.add("team", listener.team_);
    return event_text(id, type, own);
  });
}

// `event_for` returns null for a listener that does not get the event. If all queues together are too large, the
// listener with the largest queue is dropped.
template <class EventFor>
void EventFeed::push_to_each(EventFor event_for) {
  std::size_t waiting = 0, most = 0;
  Listener* slowest = nullptr;
  for (const auto& listener : listeners_) {
    const EventText event = event_for(*listener);
    const auto bytes = event ? listener->push(event) : listener->bytes();
    waiting += bytes;
    if (bytes > most) {
      most = bytes;
      slowest = listener.get();
    }
  }
  if (waiting <= kMaxBytesOfAll) return;
  std::lock_guard lock(slowest->mutex_);
  slowest->drop();
  slowest->changed_.notify_one();
}

void EventFeed::on_events(const std::string& team_id, const engine::Events& events) {
  for (const auto& event : events) publish(kind_of(event), team_id, render(event, team_id));
}

}  // namespace enrichment_mock::control
