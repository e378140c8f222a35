// Sends callback attempts over HTTP and HTTPS and says how each went. It knows no team and no retry: those are the
// engine's. One fresh connection per attempt, redirects are not followed, nothing is resent.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/waiting.h"
#include "callbacks/target_policy.h"

namespace enrichment_mock::callbacks {

// One POST to make. (Initialisers throughout, so that designated ones may leave any of them out without a warning.)
struct Outbound {
  std::string url;  // absolute, http or https
  std::string body = {};
  // Makes the body once the attempt begins, instead, so that none is held by those that wait for a thread.
  std::function<std::string()> make_body = {};
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Real time, from the start of the attempt to the answer's last byte: name lookup, connect, TLS, request and answer.
  // What an attempt waits for a thread is not counted: the receiver cannot help it.
  std::chrono::milliseconds timeout{10'000};
  // Raised: the attempt ends at once, with an error. May be null.
  std::shared_ptr<const base::StopSignal> cut = {};
  // It begins once the attempts have ended that were sent in turn before it, with the same cut.
  bool in_turn = false;
};

// How it went. Success is a 2xx `status`; an attempt without an answer has status 0 and an error in words.
struct Delivery {
  int status = 0;
  std::string error = {};  // "connection refused", "timed out after 10s", "cannot resolve host app", "TLS: …"
  std::chrono::microseconds latency{0};
  bool misdirected = false;  // the cause is in the settings here, for the person who runs the server to read
};

struct SenderOptions {
  std::string ca_file = {};  // PEM; empty: the system's authorities
  bool verify_certificate = true;
  std::size_t max_workers = 4096;  // threads at the most; idle ones leave
  TargetPolicy targets = {};       // where callbacks may go; everywhere by default
  bool in_container = false;       // where loopback is another one than the receiver's: errors then say what to do
};

// The interface that the wiring sees; tests put a fake in its place.
class Sender {
 public:
  using Done = std::function<void(Delivery)>;
  virtual ~Sender() = default;
  // Returns at once. `done` is called exactly once, on another thread, unless the sender is stopped before. It may send
  // and must not throw.
  virtual void send(Outbound outbound, Done done) = 0;
};

// "timed out after 250ms", "timed out after 10s"
std::string timed_out_after(std::chrono::milliseconds timeout);

class WorkerPool;

// The real one. Thread-safe. A slow or hanging receiver delays no other delivery: work that takes longer than a moment
// no longer counts against the few threads that share the fresh work.
class HttpSender final : public Sender {
 public:
  // Throws std::invalid_argument if `ca_file` holds no certificates, std::system_error if it gets no thread.
  explicit HttpSender(SenderOptions options = {});
  ~HttpSender() override;  // stops

  void send(Outbound outbound, Done done) override;

  // Cuts what is under way and forgets what waits; `done` is not called any more once this has returned.
  // Waits for no receiver and no name server, only for calls of `done` that have begun on other threads.
  // Safe to call twice and within `done`; what is sent afterwards is ignored.
  void stop();

 private:
  std::shared_ptr<WorkerPool> pool_;
};

}  // namespace enrichment_mock::callbacks
