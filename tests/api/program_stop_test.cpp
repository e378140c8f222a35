// The program ends in order and with status 0, whatever is connected.
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>
#include <vector>

#include "support/control_client.h"
#include "support/patience.h"
#include "support/process.h"
#include "support/raw_socket.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

const std::string kHealth = "GET /__admin/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

// How a program ended after that signal, with its log. The log says if the stop ran into its timeout. tests/bench
// measures how long a stop takes.
struct Stopped {
  int status;
  bool in_time;
  std::string log;
};

Stopped stop(RunningMock& mock, int signal = SIGTERM) {
  mock.process.signal(signal);
  const auto ended = mock.process.wait();
  const bool told = ended.errors.find("not all had ended in time") != std::string::npos;
  return {ended.status, !told, ended.errors};
}

// `run()` starts a program, does something with it, and stops it.
template <class Run>
void check_stops(Run&& run) {
  CHECK(succeeds_in_one_try([&] {
    const Stopped stopped = run();
    CHECK_MESSAGE(stopped.status == 0, stopped.log);
    return stopped.in_time;
  }));
}

}  // namespace

TEST_CASE("program: stops on SIGTERM, on SIGINT, and on SIGHUP as a closed terminal sends it") {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    check_stops([&] {
      RunningMock mock;
      return stop(mock, signal);
    });
  }
}

TEST_CASE("program: stops with --stop-on-eof when its standard input has ended, also while it starts") {
  const TemporaryDirectory directory;
  const auto pipe = directory.path("never-written.json");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto ended = run({"--port", "0", "--stop-on-eof", "--scenario", pipe}, {}, "ignored");
  CHECK(ended.status == 0);
  CHECK(ended.output.empty());
}

TEST_CASE("program: the last request before the end is in the log") {
  CHECK(succeeds_in_one_try([] {
    RunningMock mock;
    CHECK(RawSocket(mock.port).exchange("GET /the-last-one HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 401);
    return stop(mock).log.find("/the-last-one") != std::string::npos;
  }));
}

TEST_CASE("program: stops while idle connections are open") {
  check_stops([] {
    RunningMock mock;
    std::vector<RawSocket> idle;
    for (int i = 0; i < 20; ++i) CHECK(idle.emplace_back(mock.port).exchange(kHealth).status == 200);
    const RawSocket silent(mock.port);
    return stop(mock);
  });
}

TEST_CASE("program: stops while a request is incomplete") {
  const std::string post =
      "POST /v1/api/enrichment/email HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\nContent-Length: 100\r\n\r\n{";
  for (const std::string& half : {std::string("GET /__adm"), std::string("GET / HTTP/1.1\r\nHost: x\r\n"), post}) {
    check_stops([&] {
      RunningMock mock;
      RawSocket socket(mock.port);
      CHECK(socket.send(half));
      return stop(mock);
    });
  }
}

TEST_CASE("program: stops while a client does not read its response") {
  check_stops([] {
    RunningMock mock;
    RawSocket socket(mock.port);
    for (int i = 0; i < 200; ++i) CHECK(socket.send(kHealth));
    CHECK(socket.receive().status == 200);
    return stop(mock);
  });
}

TEST_CASE("program: stops while 200 responses are dribbled") {
  const TemporaryDirectory directory;
  const auto file =
      directory.write("slow.json", R"({"name": "slow", "rules": [
      {"on": "credits", "response": {"status": 200, "body": ")" +
                                       std::string(100'000, 'x') + R"(", "fault": "dribble", "over": "1h"}}]})");
  check_stops([&] {
    RunningMock mock({"--scenario", file});
    std::vector<RawSocket> slow;
    for (int i = 0; i < 200; ++i)
      slow.emplace_back(mock.port).send(
          "GET /v1/api/enrichment/credits HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\n\r\n");
    for (auto& client : slow) CHECK(client.receives_within(kPatience));
    CHECK(RawSocket(mock.port).exchange(kHealth).status == 200);
    return stop(mock);
  });
}

TEST_CASE("program: stops while a callback waits for its response, and others for their due time") {
  check_stops([] {
    RunningMock mock({"--time-scale", "100"});
    Receiver receiver(hangs());
    ApiClient client(mock.url, "k");
    client.submit("jane", {{"callback_url", receiver.url()}});
    client.submit("slow-jane", {{"callback_url", receiver.url()}});
    CHECK(receiver.wait_for_requests(1));
    return stop(mock);
  });
}

TEST_CASE("program: stops while callbacks wait for a TLS handshake") {
  check_stops([] {
    RunningMock mock({"--time-scale", "100"});
    Receiver receiver([](Peer& peer) { peer.hang(); });
    ApiClient client(mock.url, "k");
    const std::string url = "https" + receiver.url().substr(std::string("http").size());
    for (int i = 0; i < 10; ++i) client.submit("jane", {{"callback_url", url}});
    CHECK(receiver.wait_for_connections(10));
    return stop(mock);
  });
}

TEST_CASE("program: stops while the sink delays its answers, and while calls wait for more") {
  check_stops([] {
    RunningMock mock({"--time-scale", "100"});
    ControlClient client(mock.url, "k");
    CHECK(client.put("sink/x", {{"delay", "1h"}}).status == 200);
    for (int i = 0; i < 10; ++i) client.submit("jane", {{"callback_url", mock.url + "/__admin/sink/x"}});
    CHECK(client.get("sink/x?wait=10&timeout=60s").status == 200);
    RawSocket waiting(mock.port);
    CHECK(waiting.send("GET /__admin/sink/x?wait=11&timeout=1h HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    return stop(mock);
  });
}

TEST_CASE("program: under nohup it ignores SIGHUP") {
  std::signal(SIGHUP, SIG_IGN);
  RunningMock mock;
  std::signal(SIGHUP, SIG_DFL);
  mock.process.signal(SIGHUP);
  CHECK(RawSocket(mock.port).exchange(kHealth).status == 200);
  CHECK(stop(mock).status == 0);
}

TEST_CASE("program: a second SIGHUP does not interrupt the stop of the first one") {
  check_stops([] {
    RunningMock mock;
    mock.process.signal(SIGHUP);
    return stop(mock, SIGHUP);
  });
}

// Both are pending before the program has handled the first one.
TEST_CASE("program: after a second signal the status is the same, and the port file is removed") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 10; ++i) {
    check_stops([&] {
      // It ends without joining its threads, which the thread sanitizer would report after a second.
      RunningMock mock({"--port-file", directory.path("port")},
                       {{"TSAN_OPTIONS", "report_thread_leaks=0:atexit_sleep_ms=0"}});
      mock.process.signal(SIGINT);
      return stop(mock);
    });
    CHECK(std::filesystem::is_empty(directory.path()));
  }
}
