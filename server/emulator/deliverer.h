// Passes due attempts from the runner to the sender: renders the documented callback, applies the URL rewrites, and
// marks what goes to the sink. Warns once about each setting that prevents the delivery of callbacks.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "callbacks/rewrite.h"
#include "callbacks/sender.h"
#include "runner/deliverer.h"
#include "runner/sink.h"

namespace enrichment_mock {

class CallbackDeliverer final : public runner::Deliverer {
 public:
  struct Settings {
    callbacks::Rewrites rewrites = {};
    std::chrono::milliseconds timeout{10'000};  // if the scenario has none
    std::shared_ptr<runner::Sink> sink;
    std::function<void(std::string_view)> warn;
  };

  CallbackDeliverer(callbacks::Sender& sender, Settings settings) : sender_(sender), settings_(std::move(settings)) {}

  // Stop the sender before this object is destroyed.
  void deliver(engine::DueAttempt attempt, const runner::TeamProfile& team, Cut cut, Done done) override;

 private:
  void warn_once(const std::string& url, const std::string& error) noexcept;

  callbacks::Sender& sender_;
  const Settings settings_;
  std::mutex warned_mutex_;  // guards warned_
  std::set<std::string> warned_;
};

}  // namespace enrichment_mock
