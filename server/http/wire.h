// The bytes of one accepted socket. Every call gives up at its deadline. What goes over the wire bare
// here may be encrypted by a class that overrides it. The socket is its owner's to close. For one thread, but for
// end_if_idle().
#pragma once
#include <atomic>
#include <cstddef>
#include <string_view>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/stop_signal.h"

namespace enrichment_mock::http {

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

  // The first bytes of a request, in one system call, as every request passes here. Nothing: the peer has been idle for
  // that long or is gone, or the server stops; what has arrived before is received all the same.
  virtual Received receive_first(char* to, std::size_t size, std::chrono::milliseconds idle);

  // Ends a receive_first() that is waiting. The stop signal is raised before. From any thread.
  void end_if_idle();

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

  // Closing is to reset the connection, and what was not sent yet is lost.
  void reset_on_close();

 protected:
  // False: too late. True: ready, or worth a try.
  bool await(short events, Clock::time_point deadline) const;

  const int socket_;

 private:
  bool await_bytes(Clock::time_point deadline);

  const base::StopSignal& stop_;
  std::atomic<bool> idle_ = false;           // in receive_first()
  std::chrono::milliseconds idle_limit_{0};  // that the socket knows of; 0: none
  bool resets_ = false;
};

}  // namespace enrichment_mock::http
