#include "net/socket_poller.h"

#include <array>
#include <doctest/doctest.h>
#include <unistd.h>

#include "net/listener.h"
#include "support/raw_socket.h"

namespace enrichment_mock::net {
namespace {

using namespace std::chrono_literals;

// A watched connection and its client.
struct WatchedConnection {
  base::StopSignal stop;
  Listener listener{"127.0.0.1", 0};
  support::RawSocket client{listener.port()};
  int socket = listener.accept(stop);
  SocketPoller poller;
  std::array<SocketPoller::Event, 8> events;

  ~WatchedConnection() { ::close(socket); }
  std::size_t wait(std::chrono::milliseconds time = 1h) { return poller.wait(events, base::deadline_in(time)); }
};

TEST_CASE("an arrival is reported once, with the id of the socket") {
  WatchedConnection watched;
  REQUIRE(watched.poller.watch(watched.socket, 7));
  CHECK(watched.wait(0ms) == 0);
  watched.client.send("x");
  REQUIRE(watched.wait() == 1);
  CHECK(watched.events[0].id == 7);
  CHECK_FALSE(watched.events[0].ended);
  CHECK(watched.wait(0ms) == 0);
  watched.client.send("y");
  CHECK(watched.wait() == 1);
}

TEST_CASE("data that arrived earlier is reported, too, and so is the end") {
  WatchedConnection watched;
  watched.client.send("x");
  watched.client.finish_sending();
  REQUIRE(watched.poller.watch(watched.socket, 1));
  bool ended = false;
  while (!ended) {
    REQUIRE(watched.wait() == 1);
    ended = watched.events[0].ended;
  }
}

TEST_CASE("a wait that polls reports the same, and sleeps if nothing comes") {
  WatchedConnection watched;
  REQUIRE(watched.poller.watch(watched.socket, 7));
  const auto wait = [&](std::chrono::microseconds polling, std::chrono::milliseconds time = 1h) {
    return watched.poller.wait(watched.events, base::deadline_in(time), polling);
  };
  watched.client.send("x");
  REQUIRE(wait(1h) == 1);
  CHECK(watched.events[0].id == 7);
  CHECK(wait(1us, 0ms) == 0);
  watched.poller.wake();
  CHECK(wait(1h) == 0);
  watched.client.send("y");
  CHECK(wait(1us) == 1);
}

TEST_CASE("waking ends a wait, also one that starts later, and reports no socket") {
  WatchedConnection watched;
  REQUIRE(watched.poller.watch(watched.socket, 1));
  watched.poller.wake();
  watched.poller.wake();
  CHECK(watched.wait() == 0);
  watched.client.send("x");
  CHECK(watched.wait() == 1);
}

TEST_CASE("a closed socket cannot be watched") {
  WatchedConnection watched;
  CHECK_FALSE(watched.poller.watch(-1, 1));
}

}  // namespace
}  // namespace enrichment_mock::net
