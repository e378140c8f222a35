#include "net/wire.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listener.h"
#include "support/raw_socket.h"

namespace enrichment_mock::net {
namespace {

using namespace std::chrono_literals;

// Both ends of a connection.
struct Pair {
  base::StopSignal stop;
  Listener listener{"127.0.0.1", 0};
  support::RawSocket client{listener.port()};
  int socket = listener.accept(stop);
  Wire wire{socket, stop};

  ~Pair() { ::close(socket); }
};

Clock::time_point soon() { return Clock::now() + 5ms; }
Clock::time_point late() { return Clock::now() + 1h; }

TEST_CASE("answers leave at once, without waiting for acknowledgements") {
  Pair pair;
  int on = 0;
  socklen_t size = sizeof on;
  REQUIRE(::getsockopt(pair.socket, IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0);
  CHECK(on != 0);
}

TEST_CASE("accepted sockets are not inherited") {
  Pair pair;
  CHECK((::fcntl(pair.socket, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a receive tells bytes, lateness and the end apart") {
  Pair pair;
  char bytes[16];
  const auto nothing = pair.wire.receive(bytes, sizeof bytes, soon());
  CHECK(nothing.size == 0);
  CHECK(nothing.late);

  pair.client.send("hello");
  CHECK(pair.wire.receive(bytes, sizeof bytes, late()).size == 5);

  pair.client.finish_sending();
  const auto end = pair.wire.receive(bytes, sizeof bytes, late());
  CHECK(end.size == 0);
  CHECK_FALSE(end.late);
}

TEST_CASE("a peer that takes nothing is given up") {
  Pair pair;
  CHECK_FALSE(pair.wire.send(std::string(64 * 1024 * 1024, 'x'), 5ms));
}

TEST_CASE("a peer that left is an error, not a signal") {
  Pair pair;
  pair.client.abort();
  char byte = 0;
  CHECK(pair.wire.receive(&byte, 1, late()).size == 0);
  CHECK_FALSE(pair.wire.send("x", 1h));
}

TEST_CASE("the first bytes of a request are received without waiting") {
  Pair pair;
  char bytes[16];
  CHECK(pair.wire.receive_first(bytes, sizeof bytes).late);
  pair.client.send("x");
  while (pair.wire.receive_first(bytes, sizeof bytes).late) {
  }
  CHECK_FALSE(pair.wire.may_have_more());
  pair.client.finish_sending();
  Wire::Received end{.late = true};
  while (end.late) end = pair.wire.receive_first(bytes, sizeof bytes);
  CHECK(end.size == 0);
}

TEST_CASE("a receive that was filled may have left something") {
  Pair pair;
  char bytes[4];
  CHECK(pair.wire.may_have_more());  // nobody has looked
  pair.client.send("hello");
  CHECK(pair.wire.receive(bytes, sizeof bytes, late()).size == 4);
  CHECK(pair.wire.may_have_more());
  CHECK(pair.wire.receive(bytes, sizeof bytes, late()).size == 1);
  CHECK_FALSE(pair.wire.may_have_more());
}

TEST_CASE("idling ends with its time, with the peer, or with the server") {
  Pair timed;
  timed.wire.idle(soon());

  Pair left;
  left.client.send("these bytes are of no interest");
  left.client.finish_sending();
  left.wire.idle(late());

  Pair stopped;
  stopped.stop.raise();
  stopped.wire.idle(late());
}

TEST_CASE(
    "holding ends with its time, with the server, and with a peer that resets, not with one that ends its sending") {
  Pair timed;
  timed.client.finish_sending();
  const auto deadline = soon();
  timed.wire.hold(deadline);
  CHECK(Clock::now() >= deadline);

  Pair stopped;
  stopped.stop.raise();
  stopped.wire.hold(late());

  Pair reset;
  reset.client.send("these bytes stay to be received");
  reset.client.abort();
  reset.wire.hold(late());
}

TEST_CASE("a wait for the stop ends when it comes, and never if its time is over first") {
  base::StopSignal stop;
  stop.wait_for(1ms);
  stop.wait_for(-1ms);
  CHECK_FALSE(stop.raised());
  stop.raise();
  stop.raise();
  stop.wait_for(std::chrono::milliseconds::max());
  CHECK(stop.raised());
}

}  // namespace
}  // namespace enrichment_mock::net
