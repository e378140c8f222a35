// Serves one connection: its requests one after the other, each read, answered and ended as its handler asked, until
// the client leaves, something is wrong with a request, or the server stops. For one thread at a time, except
// shut_down().
#pragma once
#include <memory>

#include "base/waiting.h"
#include "net/head.h"
#include "net/message.h"
#include "net/request_reader.h"
#include "net/stream.h"

namespace enrichment_mock::net {

// What all connections of a server share. Thread-safe.
struct Service {
  const Handler handler;
  const Refusal refusal;
  const Observer observer;
  const CutObserver cut_observer;
  const Limits limits;
  const std::shared_ptr<const Identity> identity;  // null: no TLS
  base::StopSignal stop{};
};

class Connection final : private base::Caller {
 public:
  // Why it is served now.
  enum class Event {
    readable,   // something may have arrived
    ended,      // the same, up to the end: no other event follows
    last_call,  // the same, but if nothing has arrived, the connection ends
  };

  // Of an accepted socket, which it owns unless this throws. `too_many`: its client is only told that there are too
  // many connections.
  Connection(int socket, Service& service, bool too_many);

  enum class Outcome {
    waits,    // for the next event
    goes_on,  // more requests have arrived than one turn takes: it is served again, for the same event
    ended,
  };

  // Requests that have arrived, for about as long as one turn takes. After `ended` and `last_call` it never waits.
  Outcome serve(Event event) noexcept;

  // Ends it under whatever it is doing. On any thread.
  void shut_down() { stream_.shut_down(); }

  int socket() const { return stream_.socket(); }

 private:
  enum class Turn { answered, none, last };

  Outcome serve_turn(Event event);
  void turn_away(Fault fault);
  Turn begin();
  Turn serve_next();
  void refuse(Fault fault);
  bool respond(Fault fault);
  Response handled();
  Response refused() const;
  bool is_last() const;
  bool send_response();
  bool send(std::string_view head, std::string_view body);
  void note_cut(std::string_view what) const;
  std::string_view write_head();
  void go_on();
  bool to_head() const { return reader_.request().method == "HEAD"; }
  bool has_left() const override { return stream_.peer_has_ended(); }

  Service& service_;
  RequestReader reader_;
  Stream stream_;  // made after all that may throw: the socket is the caller's to close then
  HeadWriter head_;
  const bool too_many_;
  bool open_ = false;
  // Of the current request:
  Clock::time_point first_byte_;
  Fault fault_;
  Response response_;
  bool closing_ = false;
};

}  // namespace enrichment_mock::net
