#include "control/event_feed.h"

#include <algorithm>
#include <utility>

namespace enrichment_mock::control {

namespace {
// In one line: what a client sent may have line breaks between its values.
std::string in_one_line(const Object& data) {
  std::string text = data.text();
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}
}  // namespace

std::optional<std::string> EventFeed::Listener::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return ended_ || !queue_.empty(); });
  if (queue_.empty()) return ended_ ? std::nullopt : std::optional<std::string>("");
  std::string event = std::move(queue_.front());
  queue_.pop_front();
  return event;
}

std::shared_ptr<EventFeed::Listener> EventFeed::listen(std::string team_id) {
  auto listener = std::make_shared<Listener>();
  listener->team_ = std::move(team_id);
  std::lock_guard lock(mutex_);
  listener->ended_ = closed_;
  listeners_.push_back(listener);
  listeners_count_ = listeners_.size();
  return listener;
}

void EventFeed::leave(const std::shared_ptr<Listener>& listener) {
  std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
  listeners_count_ = listeners_.size();
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

void EventFeed::publish(std::string_view type, const std::string& team_id, Object data) {
  if (!has_listeners()) return;
  if (!team_id.empty()) data.add("team", team_id);
  const auto text = in_one_line(data);
  std::lock_guard lock(mutex_);
  const auto event = next_event(type, text);
  for (const auto& listener : listeners_)
    if (listener->team_.empty() || listener->team_ == team_id) push(*listener, event);
}

void EventFeed::publish_to_all(std::string_view type, const Object& data) {
  if (!has_listeners()) return;
  std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) {
    Object own = data;
    if (!listener->team_.empty()) own.add("team", listener->team_);
    push(*listener, next_event(type, in_one_line(own)));
  }
}

std::string EventFeed::next_event(std::string_view type, std::string_view text) {
  return "id: " + std::to_string(++number_) + "\nevent: " + std::string(type) + "\ndata: " + std::string(text) + "\n\n";
}

void EventFeed::push(Listener& listener, const std::string& event) {
  std::lock_guard lock(listener.mutex_);
  if (listener.ended_) return;
  if (listener.queue_.size() >= kMaxQueued)
    listener.drop();
  else
    listener.queue_.push_back(event);
  listener.changed_.notify_one();
}

void EventFeed::on_events(const std::string& team_id, const engine::Events& events) {
  for (const auto& event : events) publish(kind_of(event), team_id, render(event));
}

}  // namespace enrichment_mock::control
