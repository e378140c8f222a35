// Serves one connection: reads its requests one after the other, sends the responses, and ends each response as the
// handler says. The connection ends if the client disconnects, if a request is refused, or if the server stops. For one
// thread at a time, except shut_down().
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/waiting.h"
#include "net/head.h"
#include "net/message.h"
#include "net/request_reader.h"
#include "net/stream.h"

namespace enrichment_mock::net {

// Shared by all connections of a server. Thread-safe.
struct Service {
  const Handler handler;
  const Refusal refusal;
  const Observer observer;
  const CutObserver cut_observer;
  const Limits limits;
  const std::shared_ptr<const Identity> identity;  // null: no TLS
  base::StopSignal stop{};
  std::atomic<std::uint64_t> connections = 0;  // how many there have been
  LargeBodies large_bodies{};
};

class Connection final : private base::Caller {
 public:
  // Why the connection is served now.
  enum class Event {
    readable,       // something may have arrived
    ended,          // the same, and the client has finished sending; no other event follows
    close_if_idle,  // the same as readable, but if nothing has arrived, the connection ends
  };

  // Takes ownership of an accepted socket, unless it throws. `too_many`: serve() only sends a 503 response.
  Connection(int socket, Service& service, bool too_many);

  enum class Outcome {
    idle,      // waits for the next event
    waiting,   // its response waits for a barrier: call serve() again when resume() of ServingThreads was called
    held,      // its response can be sent: call serve() again
    has_more,  // kServeTime has passed, and more requests may have arrived: call serve() again with the same event
    ended,
  };

  // Serves the requests that have arrived, for about kServeTime. Never returns `idle` after the events `ended` and
  // `close_if_idle`. `may_hold`: a response may be left to be sent later, together with other connections' responses.
  Outcome serve(Event event, bool may_hold) noexcept;

  // Who is to be told when a response that has waited for its barrier can be sent, and by which number.
  void set_resumer(base::Resumer& resumer, std::uint64_t number) {
    resumer_ = &resumer;
    number_for_resumer_ = number;
  }

  // Shuts the socket down, whatever the connection is doing. May be called on any thread.
  void shut_down() {
    is_shut_down_ = true;
    stream_.shut_down();
  }

  int socket() const { return stream_.socket(); }

 private:
  enum class Step { answered, waiting, held, none, last };

  Outcome serve_requests(Event event);
  void reject(Fault fault);
  Step begin();
  Step serve_next();
  Step finish_response();
  bool can_be_held() const;
  void refuse(Fault fault);
  bool respond(Fault fault);
  bool send_when_ready();
  void wait_before_sending();
  Response call_handler();
  Response make_refusal() const;
  bool is_last() const;
  bool send_response();
  bool send(std::string_view head, std::string_view body);
  bool send_slowly(std::string_view head, std::string_view body);
  void report_cut(std::string_view what) const;
  std::string_view write_head();
  void stream_rest();
  bool is_head_request() const { return reader_.request().method == "HEAD"; }
  bool has_left() const override { return stream_.peer_has_ended(); }
  std::uint64_t number() const override { return number_; }
  std::chrono::system_clock::time_point since() const override { return since_; }
  bool had_left() const override { return had_left_; }

  Service& service_;
  RequestReader reader_;
  Stream stream_;  // made last, because if the constructor throws, the caller must close the socket
  HeadWriter head_;
  const bool too_many_;
  const std::uint64_t number_;
  const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
  bool had_left_ = false;  // the client has finished sending
  bool open_ = false;
  bool may_hold_ = false;
  bool is_waiting_ = false;  // the response waits for its barrier
  bool is_held_ = false;     // the response can be sent
  base::Resumer* resumer_ = nullptr;
  std::uint64_t number_for_resumer_ = 0;
  std::atomic<bool> is_shut_down_ = false;
  // For the current request:
  Clock::time_point first_byte_;
  Fault fault_;
  Response response_;
  bool closing_ = false;
};

}  // namespace enrichment_mock::net
