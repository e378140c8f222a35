#include "net/stream.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "net/identity.h"
#include "net/listener.h"
#include "net/tls.h"
#include "support/raw_socket.h"
#include "support/scarce_memory.h"
#include "support/temporary_directory.h"

namespace enrichment_mock::net {
namespace {

using namespace std::chrono_literals;

// Both ends of a connection.
struct Pair {
  base::StopSignal stop;
  Listener listener{"127.0.0.1", 0};
  support::RawSocket client{listener.port()};
  Stream stream{listener.accept(stop)};

  int socket() const { return stream.socket(); }
};

Deadline soon() { return {Clock::now() + 5ms}; }
Deadline late() { return {Clock::now() + 1h}; }

TEST_CASE("responses are sent at once, without waiting for acknowledgements") {
  Pair pair;
  int on = 0;
  socklen_t size = sizeof on;
  REQUIRE(::getsockopt(pair.socket(), IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0);
  CHECK(on != 0);
}

TEST_CASE("accepted sockets are not inherited") {
  Pair pair;
  CHECK((::fcntl(pair.socket(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a receive distinguishes bytes, a timeout and the end") {
  Pair pair;
  char bytes[16];
  const auto nothing = pair.stream.receive(bytes, sizeof bytes, soon());
  CHECK(nothing.size == 0);
  CHECK(nothing.timed_out);

  pair.client.send("hello");
  CHECK(pair.stream.receive(bytes, sizeof bytes, late()).size == 5);

  pair.client.finish_sending();
  const auto end = pair.stream.receive(bytes, sizeof bytes, late());
  CHECK(end.size == 0);
  CHECK(end.ended);
  CHECK_FALSE(end.timed_out);
}

TEST_CASE("sending to a peer that reads nothing ends") {
  Pair pair;
  CHECK_FALSE(pair.stream.send(std::string(64 * 1024 * 1024, 'x'), soon()));
}

TEST_CASE("a peer that left is an error, not a signal") {
  Pair pair;
  pair.client.abort();
  char byte = 0;
  CHECK(pair.stream.receive(&byte, 1, late()).size == 0);
  CHECK_FALSE(pair.stream.send("x", late()));
}

TEST_CASE("the first bytes of a request are received without waiting") {
  Pair pair;
  char bytes[16];
  CHECK(pair.stream.receive_available(bytes, sizeof bytes).timed_out);
  pair.client.send("x");
  while (pair.stream.receive_available(bytes, sizeof bytes).timed_out) {
  }
  CHECK_FALSE(pair.stream.may_have_more());
  pair.client.finish_sending();
  Stream::Received end{.timed_out = true};
  while (end.timed_out) end = pair.stream.receive_available(bytes, sizeof bytes);
  CHECK(end.size == 0);
}

TEST_CASE("after a receive that filled the buffer there may be more") {
  Pair pair;
  char bytes[4];
  CHECK(pair.stream.may_have_more());  // nothing has been received yet
  pair.client.send("hello");
  CHECK(pair.stream.receive(bytes, sizeof bytes, late()).size == 4);
  CHECK(pair.stream.may_have_more());
  CHECK(pair.stream.receive(bytes, sizeof bytes, late()).size == 1);
  CHECK_FALSE(pair.stream.may_have_more());
}

TEST_CASE("idle ends at its deadline, when the peer leaves, or when the server stops") {
  Pair timed;
  timed.stream.discard_input(soon());

  Pair left;
  left.client.send("these bytes are of no interest");
  left.client.finish_sending();
  left.stream.discard_input(late());

  Pair stopped;
  stopped.stop.raise();
  stopped.stream.discard_input({late().time, &stopped.stop});
}

TEST_CASE("hold ends at its deadline, at the stop and at a reset, but not when the peer closes its sending side") {
  Pair timed;
  timed.client.finish_sending();
  const auto deadline = soon();
  timed.stream.wait_while_connected(deadline);
  CHECK(Clock::now() >= deadline.time);

  Pair stopped;
  stopped.stop.raise();
  stopped.stream.wait_while_connected({late().time, &stopped.stop});

  Pair reset;
  reset.client.send("these bytes stay to be received");
  reset.client.abort();
  reset.stream.wait_while_connected(late());
}

TEST_CASE("both signals end a receive, and nothing is received after its deadline") {
  Pair pair;
  base::StopSignal raised;
  raised.raise();
  char byte = 0;
  for (const Deadline& deadline :
       {Deadline{late().time, &raised, &pair.stop}, Deadline{late().time, &pair.stop, &raised}}) {
    const auto none = pair.stream.receive(&byte, 1, deadline);
    CHECK(none.size == 0);
    CHECK_FALSE(none.timed_out);
    CHECK_FALSE(none.ended);
    CHECK(pair.stream.error() == "stopped");
  }

  pair.client.send("x");
  CHECK(pair.stream.receive(&byte, 1, {Clock::now()}).timed_out);
  CHECK(pair.stream.timed_out());
  CHECK(pair.stream.error() == "timed out");
  CHECK(pair.stream.receive(&byte, 1, late()).size == 1);
}

TEST_CASE("a reset by the peer is reported in words") {
  Pair pair;
  CHECK(pair.stream.error() == "");
  pair.client.abort();
  char byte = 0;
  CHECK_FALSE(pair.stream.receive(&byte, 1, late()).ended);
  CHECK(pair.stream.error() == "connection reset");
}

// Both ends are streams: one has connected, the other was accepted.
struct Ends {
  base::StopSignal stop;
  Listener listener{"127.0.0.1", 0};
  std::vector<base::Address> addresses = base::resolve("127.0.0.1", listener.port());
  Stream client;
};

std::string receive_all(Stream& stream) {
  std::string all;
  char bytes[1024];
  for (;;) {
    const auto received = stream.receive(bytes, sizeof bytes, late());
    if (received.size == 0) return all + (received.ended ? "" : stream.error());
    all.append(bytes, received.size);
  }
}

TEST_CASE("a client's stream connects to the first address that accepts") {
  Ends ends;
  std::uint16_t closed = 0;
  { closed = Listener("127.0.0.1", 0).port(); }
  const auto refusing = base::resolve("127.0.0.1", closed);
  CHECK_FALSE(ends.client.connect(refusing, late()));
  CHECK(ends.client.error() == "connection refused");

  ends.addresses.insert(ends.addresses.begin(), refusing.begin(), refusing.end());
  REQUIRE(ends.client.connect(ends.addresses, late()));
  CHECK(ends.client.error() == "");
  Stream server(ends.listener.accept(ends.stop));
  CHECK(ends.client.send("head, ", "body", late()));
  ends.client.shut_down();
  CHECK(receive_all(server) == "head, body");
}

TEST_CASE("both ends of a TLS session") {
  const SelfSigned certificate = make_self_signed({"localhost"});
  support::TemporaryDirectory directory;
  const TlsContext tls(directory.write("ca.pem", certificate.authority), true);
  const auto identity = std::make_shared<const Identity>(certificate.certificate, certificate.key);
  Ends ends;
  REQUIRE(ends.client.connect(ends.addresses, late()));
  std::thread serving([&] {
    Stream server(ends.listener.accept(ends.stop), identity);
    if (server.open(late(), 1h) == Stream::Opening::ready) server.send("hello, ", std::string(100'000, 'x'), late());
    server.finish(late());
  });
  REQUIRE(ends.client.secure(tls, "localhost", late()));
  CHECK(receive_all(ends.client) == "hello, " + std::string(100'000, 'x'));
  ends.client.shut_down();
  serving.join();
}

TEST_CASE("a TLS session ends even without memory for its close message") {
  const SelfSigned certificate = make_self_signed({"localhost"});
  support::TemporaryDirectory directory;
  const TlsContext tls(directory.write("ca.pem", certificate.authority), true);
  const auto identity = std::make_shared<const Identity>(certificate.certificate, certificate.key);
  auto ends = std::make_unique<Ends>();
  REQUIRE(ends->client.connect(ends->addresses, late()));
  Stream server(ends->listener.accept(ends->stop), identity);
  std::thread serving([&] { server.open(late(), 1h); });
  REQUIRE(ends->client.secure(tls, "localhost", late()));
  serving.join();
  {
    const support::ScarceMemory none;
    ends.reset();
  }
  char byte = 0;
  CHECK(server.receive(&byte, 1, late()).size == 0);
}

TEST_CASE("a TLS client reports why it refuses a server") {
  const SelfSigned certificate = make_self_signed({"other.example"});
  support::TemporaryDirectory directory;
  const TlsContext tls(directory.write("ca.pem", certificate.authority), true);
  Ends ends;
  REQUIRE(ends.client.connect(ends.addresses, late()));
  std::thread serving([&] {
    Stream server(ends.listener.accept(ends.stop),
                  std::make_shared<const Identity>(certificate.certificate, certificate.key));
    server.open(late(), 1h);
    server.finish(late());
  });
  CHECK_FALSE(ends.client.secure(tls, "localhost", late()));
  CHECK(ends.client.error() == "TLS: certificate verify failed: hostname mismatch");
  ends.client.shut_down();
  serving.join();
}

TEST_CASE("an accepted stream with an identity recognises clients without TLS") {
  const SelfSigned certificate = make_self_signed({"localhost"});
  const auto identity = std::make_shared<const Identity>(certificate.certificate, certificate.key);
  Listener listener("127.0.0.1", 0);
  base::StopSignal stop;
  support::RawSocket client(listener.port());
  Stream server(listener.accept(stop), identity);
  CHECK(server.open({}, 1h) == Stream::Opening::none);
  client.send("GET / HTTP/1.1\r\n");
  CHECK(server.open(late(), 1h) == Stream::Opening::not_tls);
  CHECK(server.send("in the clear", late()));
  server.shut_down();
  CHECK(client.receive_rest() == "in the clear");

  support::RawSocket leaving(listener.port());
  Stream left(listener.accept(stop), identity);
  leaving.finish_sending();
  CHECK(left.open(late(), 1h) == Stream::Opening::gone);
}

TEST_CASE("a wait for the stop ends at its timeout, or when the stop is raised") {
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
