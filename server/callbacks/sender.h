// Sends callback attempts over HTTP and HTTPS and reports their results. Teams and retries are the engine's. Each
// attempt uses a new connection, does not follow redirects, and is never sent again.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/exchange.h"
#include "base/waiting.h"
#include "callbacks/target_policy.h"

namespace enrichment_mock::net {
class Identity;
class ListenAddresses;
}  // namespace enrichment_mock::net

namespace enrichment_mock::callbacks {

// One POST request. (All members have initialisers, so that designated ones may leave any out without a warning.)
struct OutboundRequest {
  std::string url;  // absolute, http or https
  std::string body = {};
  // If set, makes the body when the attempt begins, so that attempts that wait for a thread need no memory for it.
  std::function<std::string()> make_body = {};
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};
  // A header that is sent only to the own receiver (SenderOptions::own). No name: there is none.
  std::pair<std::string, std::string> own_header = {};
  // Real time from the start of the attempt to the last byte of the response: name lookup, connect, TLS, request and
  // response. Does not include the time that the attempt waits for a thread.
  std::chrono::milliseconds timeout{10'000};
  std::string_view timeout_setting = "--callback-timeout";  // a literal, for the error of an attempt that times out
  // If it is raised, the attempt ends at once with an error. May be null.
  std::shared_ptr<const base::StopSignal> cut = {};
  // If set, the attempt begins when all earlier sequential attempts with the same `cut` have ended.
  bool sequential = false;
};

// The result of an attempt. A 2xx `status` is a success. Without a response, `status` is 0 and `error` is set.
struct Delivery {
  int status = 0;
  // "connection refused", "TLS: …". Names the setting that helps, if there is one.
  std::string error = {};
  std::chrono::microseconds latency{0};
  bool is_configuration_error = false;  // the cause is in the settings of this program, not in the receiver
  base::Exchange exchange = {};         // what was sent and received until the attempt ended
};

// A receiver of callbacks in this program. It is an allowed target whatever the policy says, and its certificate is
// trusted. A connection counts as one to this receiver by the address to which it is really connected.
struct OwnReceiver {
  std::shared_ptr<const net::ListenAddresses> addresses = {};  // of its server; null: there is no such receiver
  std::string path = {};                                       // paths of its URLs begin with this
  std::shared_ptr<const net::Identity> identity = {};          // of its server; null: no TLS
};

struct SenderOptions {
  std::string ca_file = {};  // PEM file; empty: the system's certificate authorities
  bool verify_certificate = true;
  std::size_t max_workers = 4096;  // the largest number of threads; idle ones end
  TargetPolicy targets = {};       // by default everything is allowed
  OwnReceiver own = {};
  bool in_container = false;  // errors of callbacks to loopback then say how to reach the container's host
};

// The interface to a sender. Tests use a fake.
class Sender {
 public:
  using Done = std::function<void(Delivery)>;
  virtual ~Sender() = default;
  // Returns at once. `done` is called exactly once, on another thread, unless the sender is stopped before. `done` may
  // call send(), and must not throw.
  virtual void send(OutboundRequest outbound, Done done) = 0;
};

// The error of an attempt that was not complete in time: "timed out after 10s (see --callback-timeout)".
std::string timeout_error(const OutboundRequest& outbound);

class WorkerPool;

// Sends over the network. Thread-safe. A slow or hanging receiver does not delay other deliveries, see WorkerPool.
class HttpSender final : public Sender {
 public:
  // Throws std::invalid_argument if `ca_file` has no certificates, std::system_error if no thread can be created.
  explicit HttpSender(SenderOptions options = {});
  ~HttpSender() override;  // stops

  void send(OutboundRequest outbound, Done done) override;

  // Cuts off the attempts in progress and discards those that wait. After it returns, `done` is not called any more. It
  // waits only for calls of `done` on other threads, not for receivers or name servers. May be called more than once,
  // and inside `done`. Later calls of send() are ignored.
  void stop();

 private:
  std::shared_ptr<WorkerPool> pool_;
};

}  // namespace enrichment_mock::callbacks
