#include "control/event_feed.h"

#include <algorithm>
#include <utility>

namespace enrichment_mock::control {

namespace {
std::string text_of(const Json& data) { return data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }
}  // namespace

std::optional<std::string> EventFeed::Listener::next(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return over_ || !waiting_.empty(); });
  if (waiting_.empty()) return over_ ? std::nullopt : std::optional<std::string>("");
  std::string event = std::move(waiting_.front());
  waiting_.pop_front();
  return event;
}

std::shared_ptr<EventFeed::Listener> EventFeed::listen(std::string team_id) {
  auto listener = std::make_shared<Listener>();
  listener->team_ = std::move(team_id);
  std::lock_guard lock(mutex_);
  listener->over_ = closed_;
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
    listener->over_ = true;
    listener->changed_.notify_all();
  }
}

void EventFeed::publish(std::string_view type, const std::string& team_id, Json data) {
  if (!present()) return;
  if (!team_id.empty()) data["team"] = team_id;
  const auto text = text_of(data);
  std::lock_guard lock(mutex_);
  const auto event = next_event(type, text);
  for (const auto& listener : listeners_)
    if (listener->team_.empty() || listener->team_ == team_id) tell(*listener, event);
}

void EventFeed::publish_to_all(std::string_view type, const Json& data) {
  if (!present()) return;
  std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) {
    Json own = data;
    if (!listener->team_.empty()) own["team"] = listener->team_;
    tell(*listener, next_event(type, text_of(own)));
  }
}

std::string EventFeed::next_event(std::string_view type, std::string_view text) {
  return "id: " + std::to_string(++number_) + "\nevent: " + std::string(type) + "\ndata: " + std::string(text) + "\n\n";
}

void EventFeed::tell(Listener& listener, const std::string& event) {
  std::lock_guard lock(listener.mutex_);
  if (listener.over_) return;
  if (listener.waiting_.size() >= kMostWaiting)
    listener.drop();
  else
    listener.waiting_.push_back(event);
  listener.changed_.notify_one();
}

void EventFeed::hear(const std::string& team_id, const std::vector<engine::News>& news) {
  for (const auto& [at, what] : news) {
    Json data = render_news(at, what);
    const std::string type = data["kind"];
    publish(type, team_id, std::move(data));
  }
}

}  // namespace enrichment_mock::control
