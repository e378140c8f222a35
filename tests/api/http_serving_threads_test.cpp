// Connections served by few threads: in which order, and what happens to slow ones.
#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <future>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/waiting.h"
#include "support/http_test_server.h"

namespace enrichment_mock::support {
namespace {

using namespace std::chrono_literals;

TEST_CASE("many connections are served by few threads") {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  HttpServer server([&](const net::Request& request) {
    std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    return echo(request);
  });
  std::vector<RawSocket> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(server.connect());
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) client.send(kGet);
    for (auto& client : clients) REQUIRE(client.receive().status == 200);
  }
  CHECK(threads.size() <
        clients.size() / 2);  // each time that none of them makes progress for a moment another one starts
}

TEST_CASE("a request that arrives during the response to the previous one is answered, too") {
  std::latch first_arrived(1);
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> count = 0;
  HttpServer server([&](const net::Request& request) {
    if (count++ == 0) {
      first_arrived.count_down();
      const base::Blocking blocking;
      released.wait();
    }
    return echo(request);
  });
  auto client = server.connect();
  client.send(kGet);
  first_arrived.wait();
  client.send(kGet);
  client.send("GET /in-pieces HTTP/1.1\r\n");
  server.connect().exchange(kGet);  // by now all pieces have been announced
  release.set_value();
  CHECK(client.receive().status == 200);
  CHECK(client.receive().status == 200);
  client.send("Host: mock\r\n\r\n");
  CHECK(client.receive().status == 200);
  CHECK(count == 4);
}

TEST_CASE("requests that fill more than one receive are all answered") {
  HttpServer server;
  auto client = server.connect();
  constexpr int kRequests = 2000;  // 70 KB
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += kGet;
  std::thread sending([&] { client.send(requests); });
  for (int i = 0; i < kRequests; ++i) REQUIRE(client.receive().status == 200);
  sending.join();
}

TEST_CASE("a request that arrives between two turns of its connection is answered, too") {
  std::latch first_arrived(1);
  std::promise<void> release;
  auto released = release.get_future().share();
  HttpServer server(
      [&](const net::Request& request) {
        if (request.path == "/first") {
          first_arrived.count_down();
          released.wait();
          for (const auto end = base::Clock::now() + 1ms; base::Clock::now() < end;) continue;  // the turn is over
        }
        return echo(request);
      },
      {.idle = 10min});  // idle connections are looked at, too
  auto client = server.connect();
  client.send("GET /first HTTP/1.1\r\nHost: mock\r\n\r\n" + std::string(kGet));
  first_arrived.wait();
  client.send(kGet);
  release.set_value();
  for (int i = 0; i < 3; ++i) CHECK(client.receive().status == 200);
}

TEST_CASE("a client that sends many requests at once gives others their turn") {
  constexpr int kRequests = 400;
  constexpr auto kEach = 200us;  // all of them take less than the moment after which another thread helps anyway
  std::latch first_arrived(1);
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> count = 0, others_came_after = -1;
  HttpServer server([&](const net::Request& request) {
    if (request.method == "POST") {
      others_came_after = count.load();
      return echo(request);
    }
    if (count++ == 0) {
      first_arrived.count_down();
      released.wait();
    }
    for (const auto end = base::Clock::now() + kEach; base::Clock::now() < end;) continue;
    return echo(request);
  });
  auto busy = server.connect(), other = server.connect();
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += kGet;
  busy.send(requests);
  first_arrived.wait();
  other.send(post(""));
  release.set_value();
  CHECK(other.receive().status == 200);
  CHECK(others_came_after < kRequests);
  for (int i = 0; i < kRequests; ++i) REQUIRE(busy.receive().status == 200);
}

TEST_CASE("responses that could be sent together do not wait for a handler that blocks") {
  std::latch first_arrived(1);
  std::promise<void> begin, release;
  auto begun = begin.get_future().share(), released = release.get_future().share();
  HttpServer server([&](const net::Request& request) {
    if (request.path == "/first") {
      first_arrived.count_down();
      begun.wait();
    } else if (request.path == "/block") {
      const base::Blocking blocking;
      released.wait();
    }
    return echo(request);
  });
  auto first = server.connect(), quick = server.connect(), blocked = server.connect();
  first.send("GET /first HTTP/1.1\r\nHost: mock\r\n\r\n");
  first_arrived.wait();
  quick.send(kGet);  // these two are reported together, unless another thread has helped meanwhile
  blocked.send("GET /block HTTP/1.1\r\nHost: mock\r\n\r\n");
  begin.set_value();
  CHECK(first.receive().status == 200);
  CHECK(quick.receive().status == 200);
  release.set_value();
  CHECK(blocked.receive().status == 200);
}

TEST_CASE("while a handler works for long, others are answered") {
  std::atomic<int> begun = 0, may_end = 0;
  HttpServer server([&](const net::Request& request) {
    if (request.path == "/long") {
      base::Blocking::expect_long_work();
      for (const int number = ++begun; may_end < number;) std::this_thread::yield();
    }
    return echo(request);
  });
  auto busy = server.connect(), other = server.connect();
  for (int i = 1; i <= 20; ++i) {
    busy.send("GET /long HTTP/1.1\r\nHost: mock\r\n\r\n");
    while (begun < i) std::this_thread::yield();
    CHECK(other.exchange(kGet).status == 200);
    may_end = i;
    CHECK(busy.receive().status == 200);
  }
}

TEST_CASE("a client that closes its sending side after its last request gets the response, then the connection ends") {
  HttpServer server;
  auto client = server.connect();
  client.exchange(kGet);
  client.send(std::string(kGet).append(kGet));
  client.finish_sending();
  CHECK(client.receive().status == 200);
  CHECK(client.receive().status == 200);
  CHECK(client.receive_rest().empty());
}

TEST_CASE("clients that send a request slowly delay no other") {
  HttpServer server;
  std::vector<RawSocket> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(server.connect());
    slow.back().send("GET / HTTP/1.1\r\n");
  }
  auto prompt = server.connect();
  for (int i = 0; i < 20; ++i) REQUIRE(prompt.exchange(kGet).status == 200);
  for (auto& client : slow) client.send("Host: mock\r\n\r\n");
  for (auto& client : slow) REQUIRE(client.receive().status == 200);
}

}  // namespace
}  // namespace enrichment_mock::support
