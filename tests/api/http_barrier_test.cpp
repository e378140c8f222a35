// Responses that wait for a barrier before they are sent.
#include <condition_variable>
#include <doctest/doctest.h>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/http_test_server.h"

namespace enrichment_mock::support {
namespace {

using namespace std::chrono_literals;

// Holds responses back until the test opens it.
class Gate final : public net::Barrier {
 public:
  bool passes(const base::Resumer::Waiting& response) override {
    std::lock_guard lock(mutex_);
    if (open_) return true;
    waiting_.push_back(response);
    arrived_.notify_all();
    return false;
  }

  void finish(net::Response& response) const override { response.body += " passed"; }

  void await(std::size_t responses) {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, kPatience, [&] { return waiting_.size() >= responses; }));
  }

  void open() {
    std::vector<base::Resumer::Waiting> over;
    {
      std::lock_guard lock(mutex_);
      open_ = true;
      over.swap(waiting_);
    }
    if (!over.empty()) over.front().resumer->resume(over);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool open_ = false;
  std::vector<base::Resumer::Waiting> waiting_;
};

// A server that holds back the responses to all requests except GET /free.
struct HoldingServer : HttpServer {
  explicit HoldingServer(net::Limits limits = {})
      : HttpServer(
            [this](const net::Request& request) {
              auto response = echo(request);
              {
                std::lock_guard lock(mutex);
                threads.insert(std::this_thread::get_id());
              }
              if (request.path != "/free") response.barrier = &gate;
              return response;
            },
            limits) {}

  Gate gate;
  std::mutex mutex;
  std::set<std::thread::id> threads;
};

TEST_CASE("a response is sent when it passes its barrier, which may change it; others do not wait") {
  HoldingServer server;
  auto held = server.connect();
  held.send(kGet);
  server.gate.await(1);
  CHECK(server.connect().exchange("GET /free HTTP/1.1\r\nHost: mock\r\n\r\n").body == "GET /free ");
  CHECK_FALSE(held.receives_within(50ms));
  server.gate.open();
  CHECK(held.receive().body == "GET /path  passed");
  CHECK(held.exchange(kGet).body == "GET /path  passed");
}

TEST_CASE("no thread waits for a barrier") {
  allow_sockets(1200);
  HoldingServer server;
  std::vector<RawSocket> clients;
  for (int i = 0; i < 500; ++i) {
    clients.push_back(server.connect());
    clients.back().send(kGet);
  }
  server.gate.await(clients.size());
  CHECK(server.threads.size() < 50);
  server.gate.open();
  for (auto& client : clients) CHECK(client.receive().status == 200);
}

TEST_CASE("requests behind a response that waits are answered after it, in their order") {
  HoldingServer server;
  auto client = server.connect();
  client.send(std::string(kGet) + "GET /free HTTP/1.1\r\nHost: mock\r\n\r\n");
  server.gate.await(1);
  client.send(kGet);
  client.finish_sending();
  server.connect().exchange("GET /free HTTP/1.1\r\nHost: mock\r\n\r\n");
  server.gate.open();
  CHECK(client.receive().body == "GET /path  passed");
  CHECK(client.receive().body == "GET /free ");
  CHECK(client.receive().body == "GET /path  passed");
  CHECK(client.receive_rest().empty());
}

TEST_CASE("a request that arrives while a response waits is answered after it") {
  HoldingServer server({.idle = 10min});  // idle connections are looked at, too
  auto client = server.connect();
  client.send(kGet);
  server.gate.await(1);
  client.send("GET /free HTTP/1.1\r\nHost: mock\r\n\r\n");
  server.connect().exchange("GET /free HTTP/1.1\r\nHost: mock\r\n\r\n");  // by now it has been announced
  server.gate.open();
  CHECK(client.receive().body == "GET /path  passed");
  CHECK(client.receive().body == "GET /free ");
}

TEST_CASE("a client that has left does not disturb the barrier") {
  HoldingServer server;
  server.connect().send(kGet);
  auto reset = server.connect();
  reset.send(kGet);
  server.gate.await(2);
  reset.abort();
  server.gate.open();
  CHECK(server.connect().exchange(kGet).status == 200);
}

TEST_CASE("a server that stops sends responses that pass within the grace period, and gives up the others") {
  HoldingServer passing({.grace = 10min});
  auto client = passing.connect();
  client.send(kGet);
  passing.gate.await(1);
  auto stopped = std::async(std::launch::async, [&] { passing.server.stop(); });
  passing.gate.open();
  const auto response = client.receive();
  CHECK(response.body == "GET /path  passed");
  stopped.get();

  HoldingServer stuck({.grace = 10ms});
  auto left = stuck.connect();
  left.send(kGet);
  stuck.gate.await(1);
  stuck.server.stop();
  CHECK(left.receive_rest().empty());
}

}  // namespace
}  // namespace enrichment_mock::support
