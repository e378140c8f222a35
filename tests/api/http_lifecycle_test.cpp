// Binding, too many connections, stopping.
#include <chrono>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <future>
#include <latch>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/waiting.h"
#include "support/http_test_server.h"

namespace enrichment_mock::support {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Clock::duration time_to_stop(HttpServer& server) {
  const auto start = Clock::now();
  server.server.stop();
  return Clock::now() - start;
}

std::string bind_error(const std::string& host, std::uint16_t port) {
  net::Server server(echo, refuse);
  try {
    server.start(host, port);
  } catch (const net::BindError& error) {
    return error.what();
  }
  return "bound";
}

TEST_CASE("two servers cannot share a port") {
  HttpServer first;
  CHECK(bind_error("127.0.0.1", first.port) == "127.0.0.1:" + std::to_string(first.port) + ": address already in use");
}

TEST_CASE("a port can be used again at once, although its last connections are in TIME_WAIT") {
  std::uint16_t port = 0;
  {
    HttpServer first;
    port = first.port;
    first.connect().exchange("GET / HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n");
  }
  CHECK(bind_error("127.0.0.1", port) == "bound");
}

TEST_CASE("addresses that cannot be bound are named with the cause") {
  CHECK(bind_error("192.0.2.1", 80) == "192.0.2.1:80: cannot assign requested address");
  CHECK(bind_error("no such host", 80).starts_with("no such host:80: "));
}

TEST_CASE("a server that was stopped, or never started, stops at once") {
  net::Server never(echo, refuse);
  never.stop();

  HttpServer server;
  server.server.stop();
  server.server.stop();
  CHECK_THROWS(server.connect());
}

TEST_CASE("several threads may stop a server, and each call returns when it has stopped") {
  HttpServer server;
  auto client = server.connect();
  client.exchange(kGet);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { server.server.stop(); });
  for (auto& thread : threads) thread.join();
  CHECK(client.receive_rest().empty());
}

TEST_CASE("idle connections do not delay the stop") {
  allow_sockets(2000);
  HttpServer server(echo, {.grace = 10min});
  std::vector<RawSocket> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(server.connect());
    if (i % 2 == 0) clients.back().send(kGet);
  }
  for (int i = 0; i < 1000; i += 2) clients[static_cast<std::size_t>(i)].receive();
  const auto time = time_to_stop(server);
  MESSAGE("stopped with 1,000 connections in ", std::chrono::duration_cast<std::chrono::milliseconds>(time).count(),
          " ms");
  CHECK(time < kPatience);
  for (auto& client : clients) CHECK(client.receive_rest().empty());
}

TEST_CASE("requests in flight are answered with Connection: close, delays are cut short") {
  std::latch arrived(8);
  HttpServer server(
      [&](const net::Request&) {
        arrived.count_down();
        return net::Response{.body = "{}", .delay = 1h};
      },
      {.grace = 10min});
  std::vector<RawSocket> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.connect());
    clients.back().send(kGet);
  }
  arrived.wait();
  CHECK(time_to_stop(server) < kPatience);
  for (auto& client : clients) {
    const auto response = client.receive();
    CHECK(response.status == 200);
    CHECK(response.header("Connection") == "close");
    CHECK(client.receive_rest().empty());
  }
}

TEST_CASE("requests that have arrived before the stop are answered even if they were not read yet") {
  HttpServer server(echo, {.grace = 10min});
  std::vector<RawSocket> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(server.connect());
    clients.back().send(kGet);
  }
  server.server.stop();
  for (auto& client : clients) REQUIRE(client.receive().status == 200);
}

TEST_CASE("a stall ends with the server") {
  HttpServer server(
      [](const net::Request&) {
        return net::Response{.body = "0123", .ending = {net::Ending::Kind::stalled, 2, 1h}};
      },
      {.grace = 10min});
  auto client = server.connect();
  client.send(kGet);
  CHECK(client.receives_within(kPatience));
  CHECK(time_to_stop(server) < kPatience);
  CHECK(client.receive_rest().ends_with("\r\n\r\n01"));
}

TEST_CASE("when the server stops, the rest of a dribbled response is sent at once") {
  HttpServer server(
      [](const net::Request&) {
        return net::Response{.body = std::string(100'000, 'x'),
                             .ending = {.kind = net::Ending::Kind::dribbled, .over = 1h}};
      },
      {.grace = 10min});
  auto client = server.connect();
  client.send(kGet);
  CHECK(client.receives_within(kPatience));
  CHECK(time_to_stop(server) < kPatience);
  CHECK(client.receive().body.size() == 100'000);
  CHECK(client.receive_rest().empty());
}

TEST_CASE("an incomplete request may be completed in the grace period, then its connection is closed") {
  HttpServer server(echo, {.grace = 30ms});
  auto client = server.connect();
  client.send("GET /");
  server.connect().exchange(kGet);
  CHECK(time_to_stop(server) < kPatience);
  CHECK(client.receive_rest().empty());
}

TEST_CASE("a client that reads nothing of its response does not delay the stop") {
  HttpServer server([](const net::Request&) { return net::Response{.body = std::string(100'000'000, 'x')}; },
                    {.grace = 30ms});
  auto client = server.connect();
  client.send(kGet);
  CHECK(client.receives_within(kPatience));
  CHECK(time_to_stop(server) < kPatience);
}

TEST_CASE("clients that connect again and again do not delay the stop") {
  HttpServer server;
  std::latch busy(4);
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      try {
        server.connect().exchange(kGet);
        busy.count_down();
        for (;;) server.connect().send(kGet);
      } catch (const std::exception&) {  // refused in the end
      }
    });
  }
  busy.wait();
  CHECK(time_to_stop(server) < kPatience);
  for (auto& client : clients) client.join();
}

TEST_CASE("a blocked handler does not block other requests") {
  std::promise<void> release;
  auto released = release.get_future().share();
  HttpServer server([&](const net::Request& request) {
    if (request.path != "/block") return echo(request);
    const base::Blocking blocking;
    released.wait();
    return echo(request);
  });
  std::vector<RawSocket> blocked;
  for (int i = 0; i < 50; ++i) {
    blocked.push_back(server.connect());
    blocked.back().send("GET /block HTTP/1.1\r\nHost: mock\r\n\r\n");
  }
  CHECK(server.connect().exchange(kGet).status == 200);
  release.set_value();
  for (auto& client : blocked) CHECK(client.receive().status == 200);
}

TEST_CASE("handlers that block without base::Blocking delay others for a moment only") {
  std::promise<void> release;
  auto released = release.get_future().share();
  HttpServer server([&](const net::Request& request) {
    if (request.path == "/block") released.wait();
    return echo(request);
  });
  std::vector<RawSocket> blocked;
  std::vector<int> statuses;
  for (int i = 0; i < 6; ++i) {
    blocked.push_back(server.connect());
    blocked.back().send("GET /block HTTP/1.1\r\nHost: mock\r\n\r\n");
    auto other = server.connect();
    other.send(kGet);
    if (!other.receives_within(kPatience)) break;
    statuses.push_back(other.receive().status);
  }
  release.set_value();
  CHECK(statuses == std::vector(6, 200));
  for (auto& client : blocked) CHECK(client.receive().status == 200);
}

TEST_CASE("connections past the limit get 503 and are closed, and later ones are accepted again") {
  HttpServer server(echo, {.connections = 2});
  auto first = server.connect();
  {
    auto second = server.connect();
    first.exchange(kGet);
    second.exchange(kGet);
    auto third = server.connect();
    const auto response = third.exchange(kGet);
    CHECK(response.status == 503);
    CHECK(response.body == "refused: there are too many connections");
    CHECK(response.header("Connection") == "close");
    CHECK(third.receive_rest().empty());
  }
  int status = 503;
  while (status == 503) status = server.connect().exchange(kGet).status;
  CHECK(status == 200);
}

TEST_CASE("the server survives a lack of descriptors") {
  HttpServer server;
  auto client = server.connect();
  client.exchange(kGet);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit one_left{static_cast<rlim_t>(next) + 1, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &one_left) == 0);
  auto waiting = server.connect();  // it takes the last descriptor, so that none is left for the server
  waiting.send(kGet);
  CHECK(client.exchange(kGet).status == 200);
  CHECK_FALSE(waiting.receives_within(60ms));  // meanwhile the server tries three times to accept it
  ::setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(waiting.receive().status == 200);
}

}  // namespace
}  // namespace enrichment_mock::support
