// What answers under /__admin/: no clock, fault or scenario touches it.
#pragma once
#include <atomic>
#include <chrono>

#include "http/message.h"

namespace enrichment_mock::control {

class Control {
 public:
  static constexpr std::string_view kPrefix = "/__admin/";

  // Answers a request whose path begins with kPrefix. Safe to call from many threads.
  http::Response handle(const http::Request& request) const;

  // From here on `ready` answers 503: the server takes no new work.
  void drain() { draining_ = true; }

 private:
  http::Response health() const;
  http::Response ready() const;

  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<bool> draining_ = false;
};

}  // namespace enrichment_mock::control
