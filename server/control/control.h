// The control API under /__admin/: what a test needs beside the emulated API (design: "Control API"). No clock, fault
// or scenario touches it. Errors have the shape of the emulated API's.
#pragma once
#include <atomic>
#include <chrono>

#include "control/call.h"
#include "control/guard.h"
#include "net/message.h"

namespace enrichment_mock::control {

class Control {
 public:
  static constexpr std::string_view kPrefix = "/__admin/";

  Control(World world, GuardSettings guard) : world_(std::move(world)), guard_(std::move(guard)) {}

  // Answers a request whose path begins with kPrefix. Safe to call from many threads.
  net::Response handle(const net::Request& request);

  // From here on `ready` answers 503: the server takes no new work.
  void drain() {
    draining_ = true;
    world_.events.close();
  }

 private:
  net::Response dispatch(const net::Request& request, std::string_view path);
  void tell_of(const Call& call);
  net::Response health() const;
  net::Response ready() const;

  World world_;
  const GuardSettings guard_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const base::Instant started_at_ = std::chrono::floor<base::Duration>(std::chrono::system_clock::now());
  std::atomic<bool> draining_ = false;
};

}  // namespace enrichment_mock::control
