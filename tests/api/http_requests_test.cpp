// Requests in all forms: in pieces, in bursts, half-closed, too large, refused.
#include <doctest/doctest.h>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "support/http_test_server.h"

namespace enrichment_mock::support {
namespace {

using namespace std::chrono_literals;

const std::string kChunkedPost = "POST /path HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n\r\n";

net::Response echo_fault(const net::Request& request) {
  if (request.body_fault == net::BodyFault::none) return echo(request);
  return {.status = 413, .body = "too large, got " + std::to_string(request.body.size())};
}

TEST_CASE("a hundred requests in one write are answered in order") {
  HttpServer server;
  auto client = server.connect();
  std::string burst;
  for (int i = 0; i < 100; ++i) {
    burst += i % 3 == 0   ? "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: mock\r\n\r\n"
             : i % 3 == 1 ? post(std::to_string(i))
                          : kChunkedPost + "2\r\n" + std::to_string(10 + i % 90) + "\r\n0\r\nTrailer: x\r\n\r\n";
  }
  client.send(burst);
  for (int i = 0; i < 100; ++i) {
    const auto expected = i % 3 == 0   ? "GET /" + std::to_string(i) + " "
                          : i % 3 == 1 ? "POST /path " + std::to_string(i)
                                       : "POST /path " + std::to_string(10 + i % 90);
    REQUIRE(client.receive().body == expected);
  }
}

TEST_CASE("requests that arrive byte by byte are understood") {
  HttpServer server;
  auto client = server.connect();
  for (const auto& request : {post("hello"), kChunkedPost + "5\r\nhello\r\n0\r\n\r\n"}) {
    for (char byte : request) client.send({&byte, 1});
    CHECK(client.receive().body == "POST /path hello");
  }
}

TEST_CASE("large bodies are read completely, with a length and in chunks, and so is the next request") {
  HttpServer server([](const net::Request& request) { return net::Response{.body = std::string(request.body)}; });
  auto client = server.connect();
  std::string body;
  for (int i = 0; body.size() < 900'000; ++i) body += std::to_string(i);
  CHECK(client.exchange(post(body) + std::string(kGet)).body == body);
  CHECK(client.receive().body.empty());

  std::string chunks = kChunkedPost;
  for (std::size_t at = 0; at < body.size(); at += 4096) {
    const auto piece = body.substr(at, 4096);
    chunks += (piece.size() == 4096 ? "1000" : [&] {
      char size[16];
      std::snprintf(size, sizeof size, "%zx", piece.size());
      return std::string(size);
    }()) + "\r\n" + piece + "\r\n";
  }
  CHECK(client.exchange(chunks + "0\r\n\r\n" + std::string(kGet)).body == body);
  CHECK(client.receive().body.empty());
}

TEST_CASE("the last request of a burst may have a body that arrives later") {
  for (const std::string& body : {std::string("5\r\nhello\r\n0\r\n\r\n"), std::string("hello")}) {
    for (std::size_t size : {16'384U, 20'480U, 20'479U}) {
      HttpServer server;
      auto client = server.connect();
      const auto head = body == "hello" ? post("12345").substr(0, post("12345").size() - 5) : kChunkedPost;
      std::string burst;
      int gets = 0;
      for (; burst.size() + head.size() + 200 < size; ++gets) burst += kGet;
      const std::string padded = "GET /path HTTP/1.1\r\nHost: mock\r\nA: ";
      burst += padded + std::string(size - burst.size() - head.size() - padded.size() - 4, 'a') + "\r\n\r\n" + head;
      REQUIRE(burst.size() == size);
      client.send(burst);
      for (int i = 0; i <= gets; ++i) client.receive();
      CHECK(client.exchange(body).body == "POST /path hello");
    }
  }
}

TEST_CASE("a chunked body after a head of maximum size is understood") {
  HttpServer server;
  std::string head = "POST /path HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n";
  while (head.size() < 15'000) head += "A: " + std::string(500, 'a') + "\r\n";
  head += "A: " + std::string(16 * 1024 - 7 - head.size(), 'a') + "\r\n";
  auto client = server.connect();
  CHECK(client.exchange(head + "\r\n5\r\nhello\r\n0\r\n\r\n" + std::string(kGet)).body == "POST /path hello");
  CHECK(client.receive().body == "GET /path ");
}

TEST_CASE("empty lines before a request are skipped") {
  HttpServer server;
  auto client = server.connect();
  CHECK(client.exchange("\r\n\r\n" + std::string(kGet) + "\r\n" + std::string(kGet)).status == 200);
  CHECK(client.receive().status == 200);
}

TEST_CASE("a client that has closed its sending side still gets its response") {
  HttpServer server;
  auto client = server.connect();
  client.send(post("hello"));
  client.finish_sending();
  CHECK(client.receive().body == "POST /path hello");
  CHECK(client.receive_rest().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("a client that leaves within its request gets no response and disturbs no other") {
  int calls = 0;
  HttpServer server([&](const net::Request& request) { return ++calls, echo(request); });
  for (const std::string& part :
       {std::string("GET /"), post("hello").substr(0, post("hello").size() - 2), kChunkedPost + "5\r\nhel"}) {
    auto client = server.connect();
    client.send(part);
    client.finish_sending();
    CHECK(client.receive_rest().empty());
  }
  CHECK(calls == 0);
  CHECK(server.connect().exchange(kGet).status == 200);
}

TEST_CASE("100 Continue is sent only while bytes of the body are missing") {
  HttpServer server;
  auto waiting = server.connect();
  const std::string length = "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  CHECK(waiting.exchange("POST /path HTTP/1.1\r\nHost: mock\r\n" + length).status == 100);
  CHECK(waiting.exchange("hello").body == "POST /path hello");

  auto chunked = server.connect();
  const auto head = chunked.exchange(
      "POST /path HTTP/1.1\r\nHost: mock\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(head.status == 100);
  CHECK(chunked.exchange("5\r\nhello\r\n0\r\n\r\n").body == "POST /path hello");

  auto eager = server.connect();
  CHECK(eager.exchange(post("hello", "Expect: 100-continue\r\n")).body == "POST /path hello");
}

TEST_CASE("a body over the limit is not read, the handler responds, and the connection is closed") {
  HttpServer server(echo_fault, {.body = 1000});
  CHECK(server.connect().exchange(post(std::string(1000, 'x'))).status == 200);
  const std::string awaiting = "POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n";
  for (const auto& request : {post(std::string(1001, 'x')), post(std::string(5'000'000, 'x')), awaiting}) {
    auto client = server.connect();
    client.send(request);
    const auto response = client.receive();
    CHECK(response.status == 413);
    CHECK(response.body == "too large, got 0");
    CHECK(response.header("Connection") == "close");
    CHECK(client.receive_rest().empty());
  }
}

TEST_CASE("large bodies share their room: each takes it as it arrives, and gives it back after its response") {
  constexpr std::size_t kMegabyte = 1024 * 1024;
  const net::Limits limits{
      .body = 1000, .large_body = [](const net::Request&) { return 8 * kMegabyte; }, .large_bodies = 2 * kMegabyte};
  HttpServer server(
      [](const net::Request& request) {
        return net::Response{.status = request.body_fault == net::BodyFault::no_room ? 503 : 200,
                             .body = std::to_string(request.body.size())};
      },
      limits);
  const std::string body(2 * kMegabyte - 10, 'x'), size = std::to_string(body.size());
  auto announces = server.connect();
  announces.send("POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 2000000\r\n\r\nx");
  char chunk[16];
  std::snprintf(chunk, sizeof chunk, "%zx\r\n", body.size());
  std::vector<RawSocket> idle;
  for (const auto& request : {post(body), kChunkedPost + chunk + body + "\r\n0\r\n\r\n", post(body)}) {
    idle.push_back(server.connect());
    CHECK(idle.back().exchange(request).body == size);
  }
  CHECK(announces.exchange(std::string(1'999'999, 'x')).status == 200);
  const auto refused = idle.front().exchange(post(body + body));
  CHECK(refused.status == 503);
  CHECK(refused.header("Connection") == "close");
  CHECK(idle.back().exchange(post(body)).body == size);
}

TEST_CASE("a body that arrives steadily may take longer than a request's timeout, a slow one may not") {
  constexpr auto kPause = 20ms;
  const std::string piece(100'000, 'x');  // it has six more seconds
  std::promise<std::string> cut;
  HttpServer patient(echo, {.receive = 5 * kPause});
  HttpServer server(echo, {.receive = 5 * kPause}, {}, [&](const net::Request& request, std::string_view what) {
    cut.set_value(std::string(request.path) + ": " + std::string(what));
  });
  const std::string sized = "POST /sized HTTP/1.1\r\nHost: mock\r\nContent-Length: 1000000\r\n\r\n";
  const auto is_taken = [&](const std::string& head, const std::string& before, const std::string& behind,
                            const std::string& end) {
    auto client = patient.connect();
    client.send(head + before + piece + behind);
    for (int i = 1; i < 10; ++i) {
      client.receives_within(kPause);
      client.send(before + piece + behind);
    }
    client.send(end);
    return client.receive().status == 200;
  };
  CHECK(succeeds_in_one_try([&] { return is_taken(sized, "", "", ""); }));
  CHECK(succeeds_in_one_try([&] { return is_taken(kChunkedPost, "186a0\r\n", "\r\n", "0\r\n\r\n"); }));

  auto client = server.connect();
  client.send(sized);
  while (!client.receives_within(kPause)) client.send("x");
  CHECK(client.receive().status == 408);
  CHECK(cut.get_future().get() == "/sized: its request did not arrive in time");
}

TEST_CASE("a client of HTTP/1.0 can keep its connection") {
  HttpServer server;
  auto client = server.connect();
  const auto get = [](std::string_view headers) { return "GET /path HTTP/1.0\r\n" + std::string(headers) + "\r\n"; };
  for (const auto* asks :
       {"Connection: keep-alive\r\n", "Connection: Keep-Alive\r\n", "connection: x, KEEP-ALIVE\r\n"}) {
    const auto response = client.exchange(get(asks));
    CHECK(response.body == "GET /path ");
    CHECK(response.header("Connection") == "keep-alive");
    CHECK(response.header("Content-Length") == "10");
  }
  for (const auto* asks : {"", "Connection: close\r\n", "Connection: keep-alive, close\r\n",
                           "Connection: keep-alive\r\nConnection: close\r\n"}) {
    auto other = server.connect();
    CHECK(other.exchange(get(asks)).header("Connection") == "close");
    CHECK(other.receive_rest().empty());
  }
  CHECK(client.exchange(kGet).header("Connection").empty());
}

TEST_CASE("a client that speaks TLS to a plain port gets an error at once, and the observer is called") {
  std::promise<std::string> seen;
  HttpServer server(echo, {}, [&](const net::Request&, const net::Response& response, auto) {
    seen.set_value(std::to_string(response.status) + " " + std::string(response.refusal_reason));
  });
  auto client = server.connect();
  const auto response = client.exchange(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  CHECK(response.status == 400);
  CHECK(response.body == "refused: the client speaks TLS: this port expects http://");
  CHECK(client.receive_rest().empty());
  CHECK(seen.get_future().get() == "400 the client speaks TLS: this port expects http://");
}

TEST_CASE("a HEAD gets the handler's response without the body") {
  HttpServer server;
  auto client = server.connect();
  for (const char* request : {"HEAD /path HTTP/1.1\r\nHost: mock\r\n\r\n",
                              "HEAD /path HTTP/1.1\r\nHost: mock\r\nContent-Length: 0\r\n\r\n"}) {
    client.send(request);
    const auto response = client.receive(true);
    CHECK(response.head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(response.header("Content-Length") == "11");
    CHECK(response.header("Content-Type") == "application/json; charset=utf-8");
  }
  CHECK(client.exchange(kGet).body == "GET /path ");
}

TEST_CASE("a request that cannot be served gets the refusal's response, and the connection is closed") {
  struct Case {
    std::string request;
    int status;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\n\n", 400},
      {"GET / HTTP/1.1\r\nHost : mock\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {kChunkedPost + "5\nhello", 400},
      {kChunkedPost + "5\r\nhello!\r\n", 400},
      {kChunkedPost + "5 6\r\nhello\r\n0\r\n\r\n", 400},
      {kChunkedPost + "0\r\nGET /smuggled HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: mock\r\n\r\n", 414},
      {"GET /" + std::string(20'000, 'a'), 414},
      {"GET / HTTP/1.1\r\nHost: mock\r\nExpect: miracles\r\n\r\n", 417},
      {"GET / HTTP/1.1\r\nHost: mock\r\nA: " + std::string(9000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"GET / HTTP/3.0\r\nHost: mock\r\n\r\n", 505},
  };
  HttpServer server;
  for (const auto& c : cases) {
    CAPTURE(c.request.substr(0, 100));
    auto client = server.connect();
    const auto response = client.exchange(c.request);
    CHECK(response.status == c.status);
    CHECK(response.body.starts_with("refused: "));
    CHECK(response.header("Connection") == "close");
    CHECK(client.receive_rest().empty());
  }
}

TEST_CASE("a handler that throws is answered with 500, and the server goes on") {
  HttpServer server([](const net::Request& request) -> net::Response {
    if (request.path == "/std") throw std::runtime_error("secret");
    if (request.path == "/other") throw 1;
    return echo(request);
  });
  for (const char* path : {"/std", "/other"}) {
    auto client = server.connect();
    const auto response = client.exchange(std::string("GET ") + path + " HTTP/1.1\r\nHost: mock\r\n\r\n");
    CHECK(response.status == 500);
    CHECK(response.body == "refused: the server failed at this request");
    CHECK(client.receive_rest().empty());
  }
  CHECK(server.connect().exchange(kGet).status == 200);
}

TEST_CASE("an idle connection is closed without a response after its timeout") {
  HttpServer server(echo, {.idle = 20ms});
  auto client = server.connect();
  CHECK(client.exchange(kGet).status == 200);
  CHECK(client.receive_rest().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("the observer gets every response, also refusals, with the parts of the request that were parsed") {
  std::mutex mutex;
  std::vector<std::string> seen;
  const auto observe = [&](const net::Request& request, const net::Response& response, std::chrono::microseconds) {
    std::lock_guard lock(mutex);
    seen.push_back(std::string(request.method) + " " + std::string(request.path) + " " +
                   std::to_string(response.status) + " " + response.body + " " + response.log_tag);
  };
  {
    HttpServer server(
        [](const net::Request& request) -> net::Response {
          if (request.path == "/throw") throw std::runtime_error("cause");
          return {.body = "{}", .log_tag = "tag"};
        },
        {.receive = 30ms}, observe);
    for (const std::string request :
         {"GET /throw HTTP/1.1\r\nHost: mock\r\n\r\n", "GET /nohost HTTP/1.1\r\n\r\n", "GET /slow"}) {
      auto client = server.connect();
      client.send(std::string(kGet) + request);
      client.receive_rest();
    }
  }
  const std::vector<std::string> expected = {
      "GET /path 200 {} tag", "GET /throw 500 refused: the server failed at this request cause",
      "GET /path 200 {} tag", "GET /nohost 400 refused: there is no Host ",
      "GET /path 200 {} tag", "  408 refused: the request did not arrive in time ",
  };
  CHECK(seen == expected);
}

}  // namespace
}  // namespace enrichment_mock::support
