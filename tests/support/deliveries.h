// Collects the outcomes of attempts, for tests of senders. Thread-safe.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "callbacks/sender.h"
#include "support/patience.h"

namespace enrichment_mock::support {

class Deliveries {
 public:
  callbacks::Sender::Done done() {
    return [this](callbacks::Delivery delivery) {
      const std::lock_guard lock(mutex_);
      all_.push_back(std::move(delivery));
      changed_.notify_all();
    };
  }

  // False if the generous limit has passed.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this, count] { return all_.size() >= count; });
  }

  std::vector<callbacks::Delivery> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<callbacks::Delivery> all_;
};

// Sends one and waits for its outcome.
inline callbacks::Delivery deliver(callbacks::Sender& sender, callbacks::OutboundRequest outbound) {
  Deliveries deliveries;
  sender.send(std::move(outbound), deliveries.done());
  return deliveries.wait_for(1) ? deliveries.all()[0] : callbacks::Delivery{.error = "no outcome"};
}

}  // namespace enrichment_mock::support
