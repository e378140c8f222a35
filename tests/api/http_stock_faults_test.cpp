// Errors of a server with cpp-httplib's defaults, one test each: ours must have none of them.
#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "support/http_test_server.h"

namespace enrichment_mock::support {
namespace {

using namespace std::chrono_literals;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string get_with(std::string_view header_lines) {
  return "GET /path HTTP/1.1\r\nHost: mock\r\n" + std::string(header_lines) + "\r\n";
}

std::string json(std::size_t size) { return "{\"filler\":\"" + std::string(size, 'x') + "\"}"; }

// The test of its short backlog is in tests/unit/net/listener_test.cpp.
TEST_CASE("a thousand clients are connected and all answered") {
  allow_sockets(2000);
  HttpServer server;
  std::vector<RawSocket> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(server.connect());
  for (auto& client : clients) REQUIRE(client.send(kGet));
  for (auto& client : clients) REQUIRE(client.receive().status == 200);
}

TEST_CASE("a thousand idle connections do not prevent others from being served") {
  allow_sockets(2000);
  HttpServer server;
  std::vector<RawSocket> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(server.connect());
    idle.back().send("GET /half");
  }
  CHECK(server.connect().exchange(kGet).status == 200);
}

TEST_CASE("a connection serves any number of requests") {
  HttpServer server;
  auto client = server.connect();
  for (int i = 0; i < 500; ++i) {
    const auto response = client.exchange(post(std::to_string(i)));
    REQUIRE(response.body == "POST /path " + std::to_string(i));
    REQUIRE(response.header("Connection").empty());
    REQUIRE(response.header("Keep-Alive").empty());
  }
}

TEST_CASE("answers are not compressed, whatever the client accepts") {
  HttpServer server([](const net::Request&) { return net::Response{.body = json(4000)}; });
  for (const char* type : {"application/json", "application/json; charset=utf-8", "text/plain"}) {
    HttpServer typed([&](const net::Request&) { return net::Response{.body = json(4000), .content_type = type}; });
    const auto response = typed.connect().exchange(get_with("Accept-Encoding: gzip, deflate, br\r\n"));
    CHECK(response.body == json(4000));
    CHECK(response.header("Content-Encoding").empty());
    CHECK(response.header("Content-Type") == type);
  }
}

TEST_CASE("responses have no unexpected headers") {
  HttpServer server([](const net::Request&) { return net::Response{.body = "{}", .headers = {{"X-Own", "1"}}}; });
  const auto response = server.connect().exchange(kGet);
  CHECK(response.head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(response.header("Content-Length") == "2");
  CHECK(response.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(response.header("X-Own") == "1");
  CHECK(std::count(response.head.begin(), response.head.end(), '\n') == 3);
}

TEST_CASE("paths and queries of 8 KB reach the handler") {
  HttpServer server;
  const std::string path = "/" + std::string(8000, 'a');
  const std::string query = "/?" + repeated("a=%41&", 1300);
  CHECK(server.connect().exchange("GET " + path + " HTTP/1.1\r\nHost: mock\r\n\r\n").body == "GET " + path + " ");
  CHECK(server.connect().exchange("GET " + query + " HTTP/1.1\r\nHost: mock\r\n\r\n").body == "GET " + query + " ");
}

TEST_CASE("the body is there when the handler runs, for any method") {
  HttpServer server;
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"}) {
    auto client = server.connect();
    const auto rest = " /path HTTP/1.1\r\nHost: mock\r\nContent-Length: 5\r\n\r\nhello";
    CHECK(client.exchange(method + rest).body == method + " /path hello");
    CHECK(client.exchange(method + rest).body == method + " /path hello");
  }
}

TEST_CASE("forms and multipart bodies arrive as they are, of any size") {
  HttpServer server([](const net::Request& request) { return net::Response{.body = std::string(request.body)}; });
  const std::string form = repeated("key=%20value&", 2000);
  const std::string parts = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n";
  auto client = server.connect();
  CHECK(client.exchange(post(form, "Content-Type: application/x-www-form-urlencoded\r\n")).body == form);
  CHECK(client.exchange(post(parts, "Content-Type: multipart/form-data; boundary=x\r\n")).body == parts);
}

TEST_CASE("a POST without a length has no body and waits for none") {
  HttpServer server;
  CHECK(server.connect().exchange("POST /path HTTP/1.1\r\nHost: mock\r\n\r\n").body == "POST /path ");
}

TEST_CASE("a client that sends its request byte by byte is disconnected after the timeout") {
  for (const char* start : {"GET /", "POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 100000\r\n\r\n",
                            "POST / HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n\r\n5;"}) {
    CAPTURE(start);
    HttpServer server(echo, {.receive = 50ms});
    auto client = server.connect();
    client.send(start);
    while (!client.receives_within(2ms)) client.send("x");
    const auto response = client.receive();
    CHECK(response.status == 408);
    CHECK(response.header("Connection") == "close");
  }
}

TEST_CASE("a client that sends without pause is disconnected, too") {
  HttpServer server(echo, {.receive = 50ms});
  auto client = server.connect();
  while (!client.receives_within(0ms)) client.send(repeated("\r\n", 10'000));
  CHECK(client.receive().status == 408);
}

TEST_CASE("the size limit applies to chunked bodies, too") {
  HttpServer server(
      [](const net::Request& request) {
        return net::Response{.status = request.body_fault == net::BodyFault::too_large ? 413 : 200,
                             .body = std::string(request.body)};
      },
      {.body = 1000});
  const std::string head = "POST / HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto small = server.connect().exchange(head + repeated("a\r\n0123456789\r\n", 100) + "0\r\n\r\n");
  CHECK(small.status == 200);
  CHECK(small.body == repeated("0123456789", 100));

  const auto large = server.connect().exchange(head + repeated("a\r\n0123456789\r\n", 101) + "0\r\n\r\n");
  CHECK(large.status == 413);
  CHECK(large.body.empty());
  CHECK(large.header("Connection") == "close");

  const auto trailers = server.connect().exchange(head + "0\r\n" + repeated("A: b\r\n", 20'000));
  CHECK(trailers.status == 413);
}

TEST_CASE("compressed bodies are not inflated") {
  HttpServer server([](const net::Request& request) { return net::Response{.body = std::string(request.body)}; });
  const std::string gzip("\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20);
  auto client = server.connect();
  CHECK(client.exchange(post(gzip, "Content-Encoding: gzip\r\n")).body == gzip);
  CHECK(client.exchange(post("not brotli", "Content-Encoding: br\r\n")).body == "not brotli");
}

TEST_CASE("200,000 headers are refused long before they are read") {
  HttpServer server;
  auto client = server.connect();
  client.send(get_with(repeated("A: b\r\n", 200'000)));
  CHECK(client.receive().status == 431);
}

TEST_CASE("Content-Length with Transfer-Encoding is refused, and the rest is not read as a request") {
  int calls = 0;
  HttpServer server([&](const net::Request& request) { return ++calls, echo(request); });
  auto client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  client.send(kGet);
  CHECK(client.receive().status == 400);
  CHECK(client.receive_rest().empty());
  CHECK(calls == 0);
}

TEST_CASE("a negative Content-Length and unknown encodings are refused at once") {
  HttpServer server;
  CHECK(server.connect().exchange("POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: -1\r\n\r\n").status == 400);
  CHECK(server.connect().exchange("POST / HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").status ==
        501);
}

TEST_CASE("a malformed line gets our own body, and the connection is closed") {
  HttpServer server;
  auto client = server.connect();
  const auto response = client.exchange("NONSENSE\r\n\r\n");
  CHECK(response.status == 400);
  CHECK(response.body == "refused: the request line is malformed");
  CHECK(response.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(response.header("Connection") == "close");
  CHECK(client.receive_rest().empty());
}

TEST_CASE("ranges are not served") {
  HttpServer server;
  const auto response = server.connect().exchange(get_with("Range: bytes=0-1\r\n"));
  CHECK(response.status == 200);
  CHECK(response.body == "GET /path ");
  CHECK(server.connect().exchange(get_with("Range: " + std::string(7000, '0') + "\r\n")).status == 200);
}

TEST_CASE("the connection is closed for a client that sends Close with a capital") {
  HttpServer server;
  auto client = server.connect();
  CHECK(client.exchange(get_with("Connection: Close\r\n")).header("Connection") == "close");
  CHECK(client.receive_rest().empty());
}

TEST_CASE("header values and targets are not percent-decoded") {
  HttpServer server([](const net::Request& request) {
    return net::Response{.body = std::string(request.header("X-Value")) + " " + std::string(request.query)};
  });
  const auto response =
      server.connect().exchange("GET /?a=%0d%0ab HTTP/1.1\r\nHost: mock\r\nX-Value: %0d%0aSet-Cookie: x\r\n\r\n");
  CHECK(response.body == "%0d%0aSet-Cookie: x a=%0d%0ab");
}

TEST_CASE("no address header is invented, and a client's headers of these names are plain headers") {
  HttpServer server([](const net::Request& request) {
    return net::Response{.body = std::to_string(request.headers.size()) + std::string(request.header("REMOTE_ADDR"))};
  });
  CHECK(server.connect().exchange(get_with("REMOTE_ADDR: 8.8.8.8\r\n")).body == "28.8.8.8");
}

TEST_CASE("line breaks in a response's headers do not split it") {
  HttpServer server([](const net::Request&) {
    return net::Response{.body = "{}", .headers = {{"X-Own", "a\r\nX-Injected: b"}}};
  });
  CHECK(server.connect().exchange(kGet).header("X-Injected").empty());
}

}  // namespace
}  // namespace enrichment_mock::support
