// The bytes of one accepted socket. Every call gives up at its deadline. What goes over the wire bare
// here is encrypted by TlsWire, which overrides it. The socket is its owner's to close. For one thread.
#pragma once
#include <cstddef>
#include <string_view>
#include <sys/types.h>

#include "base/waiting.h"

namespace enrichment_mock::net {

using base::Clock;

class Wire {
 public:
  // What a receive brought; nothing at all when the peer has ended or is gone.
  struct Received {
    std::size_t size = 0;
    bool late = false;  // nothing within the deadline
  };

  Wire(int socket, const base::StopSignal& stop);
  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  enum class Opening {
    ready,    // for requests
    none,     // the peer has not begun
    not_tls,  // the peer does not speak TLS, as it is to here; what is sent goes out bare
    gone,     // the peer is gone, or agrees to nothing
  };

  // Before all else: once the peer begins, has it agree on how to go on.
  virtual Opening open(Clock::time_point /*begins_by*/, std::chrono::milliseconds /*handshake*/) {
    return Opening::ready;
  }

  // What has arrived, without waiting; `late`: nothing yet. In one system call, as every request passes here.
  virtual Received receive_first(char* to, std::size_t size);

  // Whether more may have arrived than was received: else whoever waits for the socket hears of what comes next.
  virtual bool may_have_more() const { return may_have_more_; }

  virtual Received receive(char* to, std::size_t size, Clock::time_point deadline);

  // False: the peer is gone or doesn't take them in time.
  virtual bool send(std::string_view bytes, std::chrono::milliseconds timeout);

  // An orderly end: says that nothing follows, then reads on until the peer leaves, since closing over unread bytes
  // would reset what was just sent.
  virtual void finish(Clock::time_point deadline);

  // Says nothing until then, or until the peer leaves or the server stops. What it sends is lost.
  void idle(Clock::time_point deadline);

  // Says nothing until then, or until the server stops or the peer is known to be gone: it has reset the connection.
  // One that has only ended its sending may still want an answer, and one that has closed its socket looks the same
  // until it is written to. What it sends stays to be received.
  void hold(Clock::time_point deadline);

  // Whether the peer has closed its socket, or has only ended its sending: nothing tells them apart.
  bool peer_has_ended() const;

  // Closing is to reset the connection, and what was not sent yet is lost.
  void reset_on_close();

 protected:
  bool resets() const { return resets_; }

  // False: too late. True: ready, or worth a try.
  bool await(short events, Clock::time_point deadline) const;

  const int socket_;

 private:
  ssize_t receive_now(char* to, std::size_t size);
  bool await_bytes(Clock::time_point deadline);

  const base::StopSignal& stop_;
  bool may_have_more_ = true;
  bool resets_ = false;
};

}  // namespace enrichment_mock::net
