// Between the runner and the sender: renders a due attempt as the documented callback and has it sent where the
// rewrites say. Tells once of each way in which the settings here are in a callback's way.
#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "callbacks/rewrite.h"
#include "callbacks/sender.h"
#include "runner/deliverer.h"

namespace enrichment_mock {

class CallbackDeliverer final : public runner::Deliverer {
 public:
  struct Settings {
    callbacks::Rewrites rewrites = {};
    std::chrono::milliseconds timeout{10'000};  // where a scenario says none
    std::function<void(std::string_view)> warn;
  };

  CallbackDeliverer(callbacks::Sender& sender, Settings settings) : sender_(sender), settings_(std::move(settings)) {}

  // The sender is stopped before this is destroyed.
  void deliver(engine::DueAttempt attempt, Cut cut, Done done) override;

 private:
  void tell(const std::string& url, const std::string& error);

  callbacks::Sender& sender_;
  const Settings settings_;
  std::mutex told_mutex_;  // guards told_
  std::set<std::string> told_;
};

}  // namespace enrichment_mock
