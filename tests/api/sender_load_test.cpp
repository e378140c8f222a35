#include <chrono>
#include <doctest/doctest.h>
#include <string>

#include "callbacks/sender.h"
#include "support/deliveries.h"
#include "support/receiver.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::Deliveries;
using support::Peer;
using support::Receiver;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kHanging = 200;

void hang_or_answer(Peer& peer) {
  const auto request = peer.read_request();
  if (!request) return;
  if (request->target == "/hang") return peer.hang();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("200 hanging receivers delay no other, not even on the same port") {
  Receiver receiver(hang_or_answer);
  Deliveries hanging;
  Deliveries healthy;
  HttpSender sender;
  for (std::size_t i = 0; i < kHanging; ++i) {
    sender.send({.url = receiver.url("/hang"), .timeout = 10min}, hanging.done());
  }
  for (int i = 0; i < 50; ++i) sender.send({.url = receiver.url("/healthy")}, healthy.done());
  REQUIRE(healthy.wait_for(50));
  for (const Delivery& each : healthy.all()) CHECK(each.status == 200);
  CHECK(hanging.all().empty());
  REQUIRE(receiver.wait_for_requests(kHanging + 50));
}

TEST_CASE("every delivery of a burst arrives once, over few connections at a time") {
  constexpr std::size_t kBurst = 3000;
  std::mutex mutex;
  std::size_t now = 0;
  std::size_t peak = 0;
  Receiver receiver([&](Peer& peer) {
    {
      const std::lock_guard lock(mutex);
      peak = std::max(peak, ++now);
    }
    const bool asked = peer.read_request().has_value();
    {
      const std::lock_guard lock(mutex);
      --now;
    }
    if (asked) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Deliveries deliveries;
  HttpSender sender;
  for (std::size_t i = 0; i < kBurst; ++i) sender.send({.url = receiver.url(), .timeout = 60s}, deliveries.done());
  REQUIRE(deliveries.wait_for(kBurst));
  CHECK(deliveries.all().size() == kBurst);
  CHECK(receiver.requests().size() == kBurst);
  CHECK(peak < 600);
}

TEST_CASE("stop ends all running attempts at once, and reports nothing any more") {
  Receiver receiver(hang_or_answer);
  Deliveries deliveries;
  HttpSender sender;
  for (std::size_t i = 0; i < 2 * kHanging; ++i) {
    sender.send({.url = receiver.url("/hang"), .timeout = 10min}, deliveries.done());
  }
  REQUIRE(receiver.wait_for_requests(kHanging));
  const auto begin = Clock::now();
  sender.stop();
  CHECK(Clock::now() - begin < support::kPatience);
  sender.stop();
  sender.send({.url = receiver.url("/healthy")}, deliveries.done());
  CHECK(deliveries.all().empty());
}

TEST_CASE("done may add another delivery, and may call stop") {
  Receiver receiver(support::answers(200));
  Deliveries deliveries;
  HttpSender sender;
  const auto collect = deliveries.done();
  sender.send({.url = receiver.url()}, [&](Delivery first) {
    collect(first);
    sender.send({.url = receiver.url()}, [&](Delivery second) {
      sender.stop();
      collect(second);
    });
  });
  CHECK(deliveries.wait_for(2));
  sender.stop();
  CHECK(deliveries.all().size() == 2);
}

}  // namespace
}  // namespace enrichment_mock::callbacks
