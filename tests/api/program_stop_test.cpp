// The program ends in order, with status 0 and in under a second, whatever is connected.
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <vector>

#include "support/api_client.h"
#include "support/process.h"
#include "support/raw_socket.h"
#include "support/receiver.h"

using namespace enrichment_mock::support;

namespace {

const std::string kHealth = "GET /__admin/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

// In order, not by running out of time, of which the program would tell. Returns its log.
std::string check_stops(RunningMock& mock, int signal = SIGTERM) {
  const auto start = std::chrono::steady_clock::now();
  mock.process.signal(signal);
  const auto ended = mock.process.wait();
  CHECK_MESSAGE(ended.status == 0, ended.errors);
  CHECK_MESSAGE(ended.errors.find("not all had ended in time") == std::string::npos, ended.errors);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  return ended.errors;
}

}  // namespace

TEST_CASE("program: stops on SIGTERM and on SIGINT") {
  for (const int signal : {SIGTERM, SIGINT}) {
    RunningMock mock;
    check_stops(mock, signal);
  }
}

TEST_CASE("program: the last request before the end is in the log") {
  RunningMock mock;
  CHECK(RawSocket(mock.port).exchange("GET /the-last-one HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 401);
  CHECK(check_stops(mock).find("/the-last-one") != std::string::npos);
}

TEST_CASE("program: stops while idle connections are open") {
  RunningMock mock;
  std::vector<RawSocket> idle;
  for (int i = 0; i < 20; ++i) CHECK(idle.emplace_back(mock.port).exchange(kHealth).status == 200);
  const RawSocket silent(mock.port);
  check_stops(mock);
}

TEST_CASE("program: stops while a request is half sent") {
  const std::string post =
      "POST /v1/api/enrichment/email HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\nContent-Length: 100\r\n\r\n{";
  for (const std::string& half : {std::string("GET /__adm"), std::string("GET / HTTP/1.1\r\nHost: x\r\n"), post}) {
    RunningMock mock;
    RawSocket socket(mock.port);
    CHECK(socket.send(half));
    check_stops(mock);
  }
}

TEST_CASE("program: stops while a client reads none of what it asked for") {
  RunningMock mock;
  RawSocket socket(mock.port);
  for (int i = 0; i < 200; ++i) CHECK(socket.send(kHealth));
  CHECK(socket.receive().status == 200);
  check_stops(mock);
}

TEST_CASE("program: stops while a callback waits for its receiver's answer, and others for their time") {
  RunningMock mock({"--time-scale", "100"});
  Receiver receiver([](Peer& peer) {
    peer.read_request();
    peer.hang();
  });
  ApiClient client(mock.url, "k");
  client.submit("jane", {{"callback_url", receiver.url()}});
  client.submit("slow-jane", {{"callback_url", receiver.url()}});
  CHECK(receiver.wait_for_requests(1));
  check_stops(mock);
}

TEST_CASE("program: stops while callbacks wait for a TLS handshake") {
  RunningMock mock({"--time-scale", "100"});
  Receiver receiver([](Peer& peer) { peer.hang(); });
  ApiClient client(mock.url, "k");
  const std::string url = "https" + receiver.url().substr(std::string("http").size());
  for (int i = 0; i < 10; ++i) client.submit("jane", {{"callback_url", url}});
  CHECK(receiver.wait_for_connections(10));
  check_stops(mock);
}

TEST_CASE("program: a second signal is no reason for another status") {
  // It leaves its threads where they are, which the thread sanitizer would report, after a second's rest.
  RunningMock mock({}, {{"TSAN_OPTIONS", "report_thread_leaks=0:atexit_sleep_ms=0"}});
  mock.process.signal(SIGINT);
  check_stops(mock);
}
