// The control API under /__admin/, with which tests inspect and steer the emulated API. No clock, fault or scenario
// affects it. Errors have the same shape as in the emulated API.
#pragma once
#include <atomic>
#include <chrono>

#include "control/call.h"
#include "control/guard.h"
#include "net/message.h"

namespace enrichment_mock::control {

// What callbacks to the sink have in their path, and the header with Sink::Mark::text().
inline constexpr std::string_view kSinkPath = "/__admin/sink/", kSinkMark = "X-Enrichment-Mock-Mark";

class Control {
 public:
  static constexpr std::string_view kPrefix = "/__admin/";

  Control(Services services, GuardSettings guard) : services_(std::move(services)), guard_(std::move(guard)) {}

  // A call that neither shows nor changes anything of a team. It takes no longer than one of the emulated API.
  static bool shows_no_state(const net::Request& request);

  // Handles a request with a path that begins with kPrefix. Thread-safe.
  net::Response handle(const net::Request& request);

  // How many bytes the body of a request may have, if they may be more than usual; else 0. Decided before the body is
  // read. Thread-safe.
  std::size_t body_limit(const net::Request& request) const;

  // After this, `ready` responds with 503.
  void drain() {
    draining_ = true;
    services_.events.close();
  }

 private:
  net::Response dispatch(const net::Request& request, std::string_view path);
  void publish_event(const Call& call);
  net::Response health() const;
  net::Response ready() const;

  Services services_;
  const GuardSettings guard_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const base::Instant started_at_ = std::chrono::floor<base::Duration>(std::chrono::system_clock::now());
  std::atomic<bool> draining_ = false;
};

}  // namespace enrichment_mock::control
