// Takes callback attempts in place of the sender: answers at once as told, or holds them until the test answers.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "runner/deliverer.h"

namespace enrichment_mock::support {

class FakeDeliverer final : public runner::Deliverer {
 public:
  using Receiver = std::function<engine::AttemptResult(const engine::DueAttempt&)>;

  // Without a receiver, attempts are held for take().
  explicit FakeDeliverer(Receiver receiver = {}) : receiver_(std::move(receiver)) {}

  void deliver(engine::DueAttempt attempt, Cut cut, Done done) override {
    if (receiver_) return done(receiver_(attempt));
    std::lock_guard lock(mutex_);
    held_.emplace_back(std::move(attempt), std::move(done));
    last_cut_ = std::move(cut);
    arrived_.notify_all();
  }

  // Of the latest attempt.
  Cut last_cut() {
    std::lock_guard lock(mutex_);
    return last_cut_;
  }

  // The next held attempt; blocks until there is one.
  std::pair<engine::DueAttempt, Done> take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !held_.empty(); });
    auto first = std::move(held_.front());
    held_.pop_front();
    return first;
  }

  std::size_t held() {
    std::lock_guard lock(mutex_);
    return held_.size();
  }

 private:
  const Receiver receiver_;
  std::mutex mutex_;  // guards all below
  std::condition_variable arrived_;
  Cut last_cut_;
  std::deque<std::pair<engine::DueAttempt, Done>> held_;
};

inline engine::AttemptResult ok(const engine::DueAttempt&) { return {200, "", std::chrono::milliseconds(1)}; }

}  // namespace enrichment_mock::support
