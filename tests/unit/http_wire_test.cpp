#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "http/listener.h"
#include "http/wire.h"
#include "support/raw_socket.h"

namespace enrichment_mock::http {
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

TEST_CASE("waiting for a request ends with the idle limit, and with the peer") {
  Pair pair;
  char bytes[16];
  CHECK(pair.wire.receive_first(bytes, sizeof bytes, 5ms).size == 0);
  pair.client.send("x");
  CHECK(pair.wire.receive_first(bytes, sizeof bytes, 1h).size == 1);
  pair.client.finish_sending();
  CHECK(pair.wire.receive_first(bytes, sizeof bytes, 1h).size == 0);
}

TEST_CASE("once the server stops there is no waiting for a request, but what has arrived is received") {
  Pair pair;
  char bytes[16];
  pair.stop.raise();
  CHECK(pair.wire.receive_first(bytes, sizeof bytes, 1h).size == 0);
  pair.client.send("x");
  pair.client.finish_sending();
  CHECK(pair.wire.receive_first(bytes, sizeof bytes, 1h).size == 1);
}

TEST_CASE("whoever waits for a request when the server stops is woken") {
  Pair pair;
  std::thread waiting([&] {
    char bytes[16];
    CHECK(pair.wire.receive_first(bytes, sizeof bytes, 1h).size == 0);
  });
  pair.stop.raise();
  pair.wire.end_if_idle();
  waiting.join();
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
}  // namespace enrichment_mock::http
