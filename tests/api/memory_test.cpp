// A server when memory runs out: requests fail, no command is half done, and it continues and stops in order.
#include <atomic>
#include <doctest/doctest.h>
#include <string>
#include <thread>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/http_test_server.h"
#include "support/raw_socket.h"
#include "support/scarce_memory.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

// Either refused or disconnected.
bool fails(RawSocket socket, std::string_view request) {
  socket.send(request);
  socket.finish_sending();
  const auto answer = socket.receive_rest();
  return answer.empty() || answer.starts_with("HTTP/1.1 500");
}

std::string lookup_of(const std::string& key) {
  const std::string body =
      R"({"linkedin_url":"https://www.linkedin.com/in/janedoe","type":"work","callback_url":"http://127.0.0.1:9/x"})";
  return "POST /v1/api/enrichment/email HTTP/1.1\r\nHost: mock\r\nx-api-key: " + key +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("connections are closed without memory, and accepted and served again once there is some") {
  const HttpServer server;
  RawSocket before = server.connect();
  REQUIRE(before.exchange(kGet).status == 200);
  {
    const MemoryForThisThreadOnly ours;
    for (int i = 0; i < 3; ++i) CHECK(fails(server.connect(), kGet));
    CHECK(fails(std::move(before), kGet));
  }
  CHECK(server.connect().exchange(kGet).status == 200);
}

TEST_CASE("an emulator without memory fails requests, loses nothing that it has accepted, and stops in order") {
  Emulator emulator({.scenario_texts = {scenario_of(R"("callback":{"max_attempts":1})")}, .default_scenario = "s"});
  ApiClient api(emulator.url(), "a-rather-long-key");
  constexpr int kTaken = 5;
  for (int i = 0; i < kTaken; ++i)
    api.submit("jane-" + std::to_string(i), {{"callback_url", "http://127.0.0.1:9/a-rather-long-path"}});
  {
    const MemoryForThisThreadOnly ours;
    for (int i = 0; i < 3; ++i)
      CHECK(fails(RawSocket(emulator.port()), lookup_of("another-rather-long-key-" + std::to_string(i))));
    MemoryForThisThreadOnly::await_failures(20);
  }
  api.submit("janedoe");
  auto team = emulator.team("a-rather-long-key");
  CHECK(team.settle(kPatience).complete);
  CHECK(team.enrichments().size() == kTaken + 1);
  CHECK(team.ledger().size() == kTaken + 2);
  CHECK(team.credits() == 250 - kTaken - 1);
  {
    const MemoryForThisThreadOnly ours;
    const ScarceMemory nor_ours;
    emulator.stop();
  }
  CHECK_THROWS_AS(RawSocket(emulator.port()), std::runtime_error);
}

TEST_CASE("a scenario file that changes while there is no memory to load it is loaded once there is some") {
  const TemporaryDirectory folder;
  const auto file = folder.write("mine.json", R"({"name":"mine","credits":1})");
  std::atomic<bool> loaded = false;
  Emulator emulator({.scenario_files = {file}, .watch = true, .on_notice = [&](std::string_view text) {
                       if (!text.starts_with("loaded scenario mine")) return;
                       loaded = true;
                       loaded.notify_all();
                     }});
  {
    const MemoryForThisThreadOnly ours;
    folder.write("mine.json", R"({"name":"mine","credits":2})");
    MemoryForThisThreadOnly::await_failures(5);
  }
  loaded.wait(false);
  CHECK(ApiClient(emulator.url(), "mine.a").credits() == 2);
}
