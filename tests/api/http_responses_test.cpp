// Responses on the wire: the content, the delay and the ending that the handler returned.
#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "support/http_test_server.h"

namespace enrichment_mock::support {
namespace {

using namespace std::chrono_literals;
using Kind = net::Ending::Kind;
using Clock = std::chrono::steady_clock;

net::Handler ending(net::Ending ending, std::string body = "0123456789") {
  return [=](const net::Request&) { return net::Response{.body = body, .ending = ending}; };
}

TEST_CASE("status, body and headers are sent as returned") {
  HttpServer server([](const net::Request&) {
    return net::Response{.status = 429,
                         .body = "slow down",
                         .headers = {{"content-type", "text/plain"}, {"Retry-After", "1"}, {"X-Twice", "a"}}};
  });
  const auto response = server.connect().exchange(kGet);
  CHECK(response.status == 429);
  CHECK(response.body == "slow down");
  CHECK(response.header("Content-Type") == "text/plain");
  CHECK(response.header("Retry-After") == "1");
  CHECK(response.header("X-Twice") == "a");
}

TEST_CASE("every status has a reason phrase, also unregistered ones") {
  int status = 0;
  HttpServer server([&](const net::Request&) { return net::Response{.status = status, .body = "{}"}; });
  const std::pair<int, std::string_view> cases[] = {
      {200, "OK"},
      {226, "IM Used"},
      {299, "Success"},
      {399, "Redirection"},
      {402, "Payment Required"},
      {413, "Content Too Large"},
      {418, "I'm a teapot"},
      {422, "Unprocessable Content"},
      {425, "Too Early"},
      {429, "Too Many Requests"},
      {451, "Unavailable For Legal Reasons"},
      {499, "Client Error"},
      {500, "Internal Server Error"},
      {504, "Gateway Timeout"},
      {599, "Server Error"},
  };
  auto client = server.connect();
  for (const auto& [number, words] : cases) {
    status = number;
    const auto response = client.exchange(kGet);
    const auto line = "HTTP/1.1 " + std::to_string(number) + " " + std::string(words);
    CHECK(response.head.substr(0, response.head.find("\r\n")) == line);
    CHECK(response.body == "{}");
  }
}

TEST_CASE("a handler's headers cannot set the length of a response, but can close the connection") {
  HttpServer server([](const net::Request&) {
    return net::Response{
        .body = "{}", .headers = {{"Content-Length", "7"}, {"transfer-encoding", "chunked"}, {"Connection", "close"}}};
  });
  auto client = server.connect();
  const auto response = client.exchange(kGet);
  CHECK(response.header("Content-Length") == "2");
  CHECK(response.header("Transfer-Encoding").empty());
  CHECK(response.header("Connection") == "close");
  CHECK(client.receive_rest().empty());
}

TEST_CASE("the bytes of a response, one after the other") {
  struct Case {
    std::string_view request;
    net::Response response;
    std::string bytes;
  };
  const auto go_on = [](const net::Write& write) { write("more"); };
  const Case cases[] = {
      {kGet,
       {.body = "{}"},
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{}"},
      {kGet,
       {.status = 201,
        .body = "hi",
        .headers = {{"x-b", "2"}, {"Connection", "Close"}, {"alpha", ""}, {"content-type", "a/b"}, {"X-A", "1"}}},
       "HTTP/1.1 201 Created\r\nalpha: \r\nConnection: close\r\nContent-Length: 2\r\ncontent-type: a/b\r\nX-A: "
       "1\r\nx-b: "
       "2\r\n\r\nhi"},
      {kGet,
       {.status = 302, .headers = {{"Location", "/"}}},
       "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /\r\n\r\n"},
      {kGet,
       {.status = 304, .body = "ignored", .headers = {{"ETag", "\"1\""}}},
       "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"},
      {kGet,
       {.status = 204, .headers = {{"Content-Type", "a/b"}}},
       "HTTP/1.1 204 No Content\r\nContent-Type: a/b\r\n\r\n"},
      {kGet,
       {.body = "first", .content_type = "text/event-stream", .stream = go_on},
       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\n\r\nfirstmore"},
      {"HEAD / HTTP/1.1\r\nHost: mock\r\n\r\n",
       {.body = "{}", .content_type = "a/b"},
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\n\r\n"},
      {"HEAD / HTTP/1.1\r\nHost: mock\r\n\r\n",
       {.body = "{}", .content_type = "a/b", .stream = go_on},
       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: a/b\r\n\r\n"},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {},
       "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"},
      {"GET / HTTP/1.0\r\n\r\n", {}, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
  };
  for (const auto& each : cases) {
    HttpServer server([&](const net::Request&) { return each.response; });
    auto client = server.connect();
    client.send(each.request);
    client.finish_sending();
    CHECK(client.receive_rest() == each.bytes);
  }
}

TEST_CASE("responses with a status that has no body are sent without one") {
  HttpServer server([](const net::Request&) { return net::Response{.status = 204, .body = "ignored"}; });
  auto client = server.connect();
  CHECK(client.exchange(kGet).head == "HTTP/1.1 204 No Content");
  CHECK(client.exchange(kGet).head == "HTTP/1.1 204 No Content");

  HttpServer empty([](const net::Request&) { return net::Response{}; });
  CHECK(empty.connect().exchange(kGet).head == "HTTP/1.1 200 OK\r\nContent-Length: 0");
}

TEST_CASE("large responses arrive completely") {
  const std::string body(5'000'000, 'x');
  HttpServer server([&](const net::Request&) { return net::Response{.body = body}; });
  auto client = server.connect();
  CHECK(client.exchange(kGet).body == body);
  CHECK(client.exchange(kGet).body == body);
}

TEST_CASE("a client that does not read its response is disconnected, and the server reports it") {
  std::promise<std::string> cut;
  HttpServer server([](const net::Request&) { return net::Response{.body = std::string(100'000'000, 'x')}; },
                    {.send = 20ms}, {},
                    [&](const net::Request& request, std::string_view what) {
                      cut.set_value(std::string(request.path) + ": " + std::string(what));
                    });
  auto client = server.connect();
  client.send(kGet);
  CHECK(cut.get_future().get() == "/path: it stopped reading its response");
}

TEST_CASE("a client that reads steadily is not disconnected, however long the whole response takes") {
  constexpr int kLines = 24;
  const std::string line = std::string(1'000'000, 'x') + "\n";
  std::string body;
  for (int i = 0; i < kLines; ++i) body += line;
  CHECK(succeeds_in_one_try([&] {
    constexpr auto kPause = 30ms;
    std::atomic<int> cuts = 0;
    HttpServer server([&](const net::Request&) { return net::Response{.body = body}; }, {.send = 5 * kPause}, {},
                      [&](const auto&, auto) { ++cuts; });
    auto client = server.connect(), silent = server.connect();
    const auto start = Clock::now();
    client.send(kGet);
    while (client.receive_line() != "\r\n") {
    }
    for (int i = 0; i < kLines && cuts == 0; ++i) {
      if (client.receive_line() != line) return false;
      silent.receives_within(kPause);
    }
    return cuts == 0 && Clock::now() - start > 10 * kPause;
  }));
}

TEST_CASE("a stream continues while its client reads, and the server reports a client that stops") {
  std::promise<std::string> cut;
  HttpServer server(
      [](const net::Request&) {
        return net::Response{.stream = [](const net::Write& write) {
          const std::string piece(1'000'000, 'x');
          while (write(piece)) {
          }
        }};
      },
      {.send = 20ms}, {}, [&](const net::Request&, std::string_view what) { cut.set_value(std::string(what)); });
  auto client = server.connect();
  client.send(kGet);
  CHECK(cut.get_future().get() == "it stopped reading its response");
}

TEST_CASE("a delay postpones the response, in real time") {
  HttpServer server([](const net::Request&) { return net::Response{.delay = 30ms}; });
  auto client = server.connect();
  const auto start = Clock::now();
  CHECK(client.exchange(kGet).status == 200);
  CHECK(Clock::now() - start >= 30ms);
  CHECK(client.exchange(kGet).status == 200);
}

TEST_CASE("a client that closes its sending side gets its response after the delay, not before") {
  HttpServer server([](const net::Request&) { return net::Response{.delay = 30ms}; });
  auto client = server.connect();
  const auto start = Clock::now();
  client.send(kGet);
  client.finish_sending();
  CHECK(client.receive().status == 200);
  CHECK(Clock::now() - start >= 30ms);
}

TEST_CASE("a delay ends when the client resets the connection") {
  std::promise<void> given_up;
  HttpServer server([](const net::Request&) { return net::Response{.delay = 1h}; }, {},
                    [&](const auto&, const auto&, auto) { given_up.set_value(); });
  auto client = server.connect();
  client.send(kGet);
  client.abort();
  CHECK(given_up.get_future().wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("the observer's duration starts at the request's first byte and includes the delay") {
  std::chrono::microseconds taken{0};
  {
    HttpServer server([](const net::Request&) { return net::Response{.delay = 20ms}; }, {},
                      [&](const auto&, const auto&, auto since_first_byte) { taken = since_first_byte; });
    server.connect().exchange(kGet);
  }
  CHECK(taken >= 20ms);
}

TEST_CASE("reset: nothing is sent, and the client sees a reset") {
  HttpServer server(ending({.kind = Kind::reset}));
  auto client = server.connect();
  client.send(kGet);
  CHECK(client.receive_rest().empty());
  CHECK(client.was_reset());
}

TEST_CASE("empty: nothing is sent, and the client sees an orderly end") {
  HttpServer server(ending({.kind = Kind::empty}));
  auto client = server.connect();
  client.send(post("hello") + std::string(kGet));
  CHECK(client.receive_rest().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("truncated: head and the given number of bytes of the body, then an orderly end") {
  for (std::size_t bytes : {0U, 4U, 10U, 99U}) {
    CAPTURE(bytes);
    HttpServer server(ending({.kind = Kind::truncated, .body_bytes = bytes}));
    auto client = server.connect();
    client.send(kGet);
    const auto response = client.receive_rest();
    CHECK(response.find("Content-Length: 10\r\n") != response.npos);
    CHECK(response.ends_with("\r\n\r\n" + std::string("0123456789").substr(0, bytes)));
    CHECK_FALSE(client.was_reset());
  }
}

TEST_CASE("truncated: also of a response too large for one piece") {
  HttpServer server(ending({.kind = Kind::truncated, .body_bytes = 100'000}, std::string(1'000'000, 'x')));
  auto client = server.connect();
  client.send(kGet);
  CHECK(client.receive_rest().ends_with("\r\n\r\n" + std::string(100'000, 'x')));
}

TEST_CASE("stalled: the same, then silence for the given time") {
  HttpServer server(ending({.kind = Kind::stalled, .body_bytes = 4, .stall = 50ms}));
  auto client = server.connect();
  const auto start = Clock::now();
  client.send(kGet);
  CHECK(client.receive_rest().ends_with("\r\n\r\n0123"));
  CHECK(Clock::now() - start >= 50ms);
}

TEST_CASE("stalled: over as soon as the client leaves") {
  HttpServer server(ending({.kind = Kind::stalled, .body_bytes = 4, .stall = 1h}));
  auto client = server.connect();
  client.send(kGet);
  CHECK(client.receives_within(kPatience));
  client.finish_sending();
  CHECK(client.receive_rest().ends_with("\r\n\r\n0123"));
}

TEST_CASE("dribbled: the whole response over the given time, then the connection can be used again") {
  HttpServer server(ending({.kind = Kind::dribbled, .over = 50ms}));
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    const auto start = Clock::now();
    const auto response = client.exchange(kGet);
    CHECK(Clock::now() - start >= 50ms);
    CHECK(response.status == 200);
    CHECK(response.body == "0123456789");
    CHECK(response.header("Connection").empty());
  }
  const auto start = Clock::now();
  client.send("HEAD / HTTP/1.1\r\nHost: mock\r\n\r\n");
  CHECK(client.receive(true).header("Content-Length") == "10");
  CHECK(Clock::now() - start >= 50ms);
}

// 36 ms for each byte: a thousand bytes would take as long as a test may hang.
TEST_CASE("dribbled: byte by byte from the status line on, and it ends when the client leaves") {
  std::promise<void> given_up;
  HttpServer server(ending({.kind = Kind::dribbled, .over = 1h}, std::string(100'000, 'x')), {},
                    [&](const auto&, const auto&, auto) { given_up.set_value(); });
  auto client = server.connect();
  client.send(kGet);
  std::string received = client.receive_piece();
  CHECK(received.size() < 1000);
  while (received.size() < 8) received += client.receive_piece();
  CHECK(received.starts_with("HTTP/1.1"));
  CHECK(received.size() < 1000);
  client.abort();
  CHECK(given_up.get_future().wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("dribbled: a response with more bytes than milliseconds is sent in pieces of several bytes") {
  const std::string body(1'000'000, 'x');
  HttpServer server(ending({.kind = Kind::dribbled, .over = 20ms}, body));
  auto client = server.connect();
  const auto start = Clock::now();
  CHECK(client.exchange(kGet).body == body);
  CHECK(Clock::now() - start >= 20ms);
}

TEST_CASE("dribbled: a shorter time than a millisecond is a millisecond") {
  HttpServer server(ending({.kind = Kind::dribbled, .over = 1ms}));
  CHECK(server.connect().exchange(kGet).body == "0123456789");
}

TEST_CASE("dribbled: 200 of them at a time, and others are answered at once") {
  HttpServer server([](const net::Request& request) {
    if (request.path != "/slow") return echo(request);
    return net::Response{.body = std::string(100'000, 'x'), .ending = {.kind = Kind::dribbled, .over = 1h}};
  });
  std::vector<RawSocket> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(server.connect());
    slow.back().send("GET /slow HTTP/1.1\r\nHost: mock\r\n\r\n");
  }
  for (auto& client : slow) CHECK_FALSE(client.receive_piece().empty());
  for (int i = 0; i < 20; ++i) CHECK(server.connect().exchange(kGet).status == 200);
  for (auto& client : slow) CHECK(client.receive_piece().size() < 1000);  // still slow
  server.server.stop();
  for (auto& client : slow) CHECK(client.receive_rest().ends_with("xxx"));
}

}  // namespace
}  // namespace enrichment_mock::support
