#include "net/head.h"

#include <algorithm>
#include <cstdint>
#include <doctest/doctest.h>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace enrichment_mock::net {
namespace {

Head parsed(std::string_view bytes, const Limits& limits = {}) {
  Head head;
  parse_head(bytes, limits, head);
  return head;
}

// A GET with these complete header lines after Host.
std::string with_headers(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: mock\r\n" + std::string(lines) + "\r\n";
}

std::string with_request_line(std::string_view line) { return std::string(line) + "\r\nHost: mock\r\n\r\n"; }

TEST_CASE("a head is parsed into method, target and headers as they were sent") {
  const std::string bytes =
      "PATCH /a%20b/c?d=%0d%0a HTTP/1.1\r\nHost: mock\r\nX-Api-Key:  k%0d%0aey \t\r\nEmpty:\r\n\r\n";
  const auto head = parsed(bytes);
  CHECK(head.fault.status == 0);
  CHECK(head.request.method == "PATCH");
  CHECK(head.request.target == "/a%20b/c?d=%0d%0a");
  CHECK(head.request.path == "/a%20b/c");
  CHECK(head.request.query == "d=%0d%0a");
  CHECK(head.request.headers.size() == 3);
  CHECK(head.request.header("x-api-KEY") == "k%0d%0aey");
  CHECK(head.request.header("Empty").data() != nullptr);
  CHECK(head.request.header("Absent").data() == nullptr);
}

TEST_CASE("a head ends at its blank line, or as an error at a line without carriage return") {
  struct Case {
    std::string_view bytes;
    std::size_t length;
  };
  const Case cases[] = {
      {"", 0},
      {"GET / HTTP/1.1\r\n", 0},
      {"GET / HTTP/1.1\r\nHost: mock\r\n\r", 0},
      {"GET / HTTP/1.1\r\nHost: mock\r\n\r\n", 30},
      {"GET / HTTP/1.1\r\nHost: mock\r\n\r\nGET /", 30},
      {"GET / HTTP/1.1\nHost: mock", 15},
      {"GET / HTTP/1.1\r\n\nHost: mock", 17},
      {"\n", 1},
      {"\r\n", 2},
  };
  for (const auto& c : cases) {
    CAPTURE(c.bytes);
    CHECK(head_length(c.bytes) == c.length);
  }
}

TEST_CASE("request lines that can be served") {
  struct Case {
    std::string_view line;
    std::string_view target;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1", "/"},
      {"GET / HTTP/1.0", "/"},
      {"BREW /coffee HTTP/1.1", "/coffee"},
      {"get / HTTP/1.1", "/"},
      {"GET //double?a?b HTTP/1.1", "//double?a?b"},
      {"GET http://mock/path?q HTTP/1.1", "/path?q"},
      {"GET HTTPS://mock:1/path HTTP/1.1", "/path"},
      {"GET http://mock HTTP/1.1", "/"},
      {"GET http://mock/?a/b HTTP/1.1", "/?a/b"},
      {"GET http://mock?query HTTP/1.1", "/?query"},
      {"GET http://mock:80?query/path?x HTTP/1.1", "/?query/path?x"},
      {"GET http://mock? HTTP/1.1", "/?"},
      {"GET http://[::1]:1?x HTTP/1.1", "/?x"},
      {"OPTIONS * HTTP/1.1", "*"},
      {"GET /caf\xc3\xa9 HTTP/1.1", "/caf\xc3\xa9"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.line);
    const auto bytes = with_request_line(c.line);
    const auto head = parsed(bytes);
    CHECK(head.fault.status == 0);
    CHECK(head.request.target == c.target);
    const auto question = std::min(c.target.find('?'), c.target.size());
    CHECK(head.request.path == c.target.substr(0, question));
    CHECK(head.request.query == c.target.substr(std::min(question + 1, c.target.size())));
  }
}

TEST_CASE("request lines that are refused") {
  struct Case {
    std::string_view line;
    int status;
  };
  const Case cases[] = {
      {"", 400},
      {"GET", 400},
      {"GET /", 400},
      {"GET  HTTP/1.1", 400},
      {" / HTTP/1.1", 400},
      {"G(T / HTTP/1.1", 400},
      {"GET  / HTTP/1.1", 400},
      {"GET / HTTP/1.1 ", 400},
      {"GET /a b HTTP/1.1", 400},
      {"GET\t/\tHTTP/1.1", 400},
      {"GET /\x01 HTTP/1.1", 400},
      {"GET /\x7f HTTP/1.1", 400},
      {"GET path HTTP/1.1", 400},
      {"GET http HTTP/1.1", 400},
      {"GET https HTTP/1.1", 400},
      {"GET * HTTP/1.1", 400},
      {"GET http://?query HTTP/1.1", 400},
      {"GET http:///path HTTP/1.1", 400},
      {"GET http://user@mock/path HTTP/1.1", 400},
      {"GET http://mo|ck/path HTTP/1.1", 400},
      {"GET http://mock:port/path HTTP/1.1", 400},
      {"GET ftp://mock/ HTTP/1.1", 400},
      {"CONNECT mock:443 HTTP/1.1", 400},
      {"GET / HTTP/1", 400},
      {"GET / http/1.1", 400},
      {"GET / HTTP/x.1", 400},
      {"GET / HTTP/1.10", 400},
      {"GET / HTTP/1.2", 505},
      {"GET / HTTP/2.0", 505},
      {"GET / HTTP/0.9", 505},
  };
  for (const auto& c : cases) {
    CAPTURE(c.line);
    const auto bytes = with_request_line(c.line);
    CHECK(parsed(bytes).fault.status == c.status);
  }
  CHECK(parsed(std::string_view("GET /\0 HTTP/1.1\r\nHost: mock\r\n\r\n", 32)).fault.status == 400);
}

TEST_CASE("headers that two readers could understand differently are refused") {
  struct Case {
    std::string_view lines;
    int status;
  };
  const Case cases[] = {
      {"No colon\r\n", 400},
      {": no name\r\n", 400},
      {"Space : before colon\r\n", 400},
      {"Sp ace: in name\r\n", 400},
      {"Tab\t: before colon\r\n", 400},
      {" Folded: first\r\n", 400},
      {"A: b\r\n folded\r\n", 400},
      {"A: b\r\n\tfolded\r\n", 400},
      {"A: b\n", 400},
      {"A: b\rc\r\n", 400},
      {"A: b\r\r\n", 400},
      {"A: \x01\r\n", 400},
      {"A: \x7f\r\n", 400},
      {"Host: another\r\n", 400},
      {"Content-Length: 1\r\nContent-Length: 1\r\n", 400},
      {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", 400},
      {"Content-Length: -1\r\n", 400},
      {"Content-Length: +1\r\n", 400},
      {"Content-Length: 1, 1\r\n", 400},
      {"Content-Length: 0x1\r\n", 400},
      {"Content-Length: 1 1\r\n", 400},
      {"Content-Length: one\r\n", 400},
      {"Content-Length:\r\n", 400},
      {"Content-Length: 99999999999999999999999\r\n", 400},
      {"Transfer-Encoding: gzip, chunked\r\n", 501},
      {"Transfer-Encoding: gzip\r\n", 501},
      {"Transfer-Encoding: identity\r\n", 501},
      {"Transfer-Encoding: chunked, chunked\r\n", 501},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501},
      {"Transfer-Encoding: \x0b chunked\r\n", 400},
      {"Expect: 200-ok\r\n", 417},
  };
  for (const auto& c : cases) {
    CAPTURE(c.lines);
    const auto bytes = with_headers(c.lines);
    const auto head = parsed(bytes);
    CHECK(head.fault.status == c.status);
    CHECK_FALSE(head.fault.reason.empty());
    CHECK(head.request.method == "GET");
  }
  CHECK(parsed(with_headers(std::string_view("A: \0\r\n", 6))).fault.status == 400);
  CHECK(parsed("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").fault.status == 400);
}

TEST_CASE("a Host header has a host and at most a port, in HTTP/1.0, too") {
  const auto status = [](std::string_view host, std::string_view version) {
    return parsed("GET / HTTP/" + std::string(version) + "\r\nHost: " + std::string(host) + "\r\n\r\n").fault.status;
  };
  const std::string_view valid[] = {
      "a",   "a:80",  "a.example.", "127.0.0.1:8080", "[::1]", "[::1]:80",  "[v1F.a:b]", "my_a", "a:", "",
      ":80", "a%20b", "a,b",        "a!b'c",          "A",     "1.2.3.4.5", "[::A]:",    "-a-"};
  const std::string_view invalid[] = {"u:p@a",
                                      "u@a",
                                      "a b",
                                      "a, b",
                                      "a/b",
                                      "a:port",
                                      "a:8 0",
                                      "a:80:80",
                                      "::1",
                                      "[::1",
                                      "[::1]x",
                                      "[]",
                                      "[a]",
                                      "[v1]",
                                      "[v.x]",
                                      "[v1.]",
                                      "[::1]:x",
                                      "\xff"
                                      "a",
                                      "a\tb",
                                      "a%2",
                                      "a%zz",
                                      "a\\b",
                                      "a?b",
                                      "a#b",
                                      "<a>",
                                      "\"a\"",
                                      "[::1].evil.example",
                                      "[",
                                      "]",
                                      "a[",
                                      "http://a"};
  for (const auto version : {"1.1", "1.0"}) {
    for (const auto host : valid) {
      CAPTURE(host);
      CHECK(status(host, version) == 0);
    }
    for (const auto host : invalid) {
      CAPTURE(host);
      CHECK(status(host, version) == 400);
    }
  }
}

TEST_CASE("HTTP/1.1 needs a Host, HTTP/1.0 does not") {
  CHECK(parsed("GET / HTTP/1.1\r\n\r\n").fault.status == 400);
  CHECK(parsed("GET / HTTP/1.0\r\n\r\n").fault.status == 0);
}

TEST_CASE("the headers give the body's length, in any letter case") {
  CHECK(parsed(with_headers("")).content_length == 0);
  CHECK(parsed(with_headers("content-LENGTH: 0017\r\n")).content_length == 17);
  CHECK(parsed(with_headers("Content-Length: 9999999999\r\n")).content_length == 9999999999);
  CHECK(parsed(with_headers("transfer-encoding: CHUNKED\r\n")).chunked);
}

TEST_CASE("Connection: close is read in any letter case; HTTP/1.0 closes unless it asks for keep-alive") {
  CHECK_FALSE(parsed(with_headers("")).close);
  CHECK_FALSE(parsed(with_headers("Connection: keep-alive\r\n")).close);
  CHECK_FALSE(parsed(with_headers("Connection: closed\r\n")).close);
  CHECK(parsed(with_headers("Connection: Close\r\n")).close);
  CHECK(parsed(with_headers("CONNECTION: keep-alive , CLOSE\r\n")).close);
  CHECK(parsed(with_headers("Connection: close\r\nConnection: keep-alive\r\n")).close);
  CHECK(parsed("GET / HTTP/1.0\r\n\r\n").close);
  CHECK_FALSE(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").close);
  CHECK(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").wants_keep_alive);
  CHECK(parsed("GET / HTTP/1.0\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n").close);
  CHECK_FALSE(parsed("GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n").wants_keep_alive);
  CHECK_FALSE(parsed(with_headers("Connection: keep-alive\r\n")).wants_keep_alive);
}

TEST_CASE("only an HTTP/1.1 client expects a 100") {
  CHECK(parsed(with_headers("Expect: 100-Continue\r\n")).expects_continue);
  CHECK_FALSE(parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST_CASE("lines, headers and heads each have a size limit") {
  const Limits limits{.head = 400, .line = 100, .headers = 5};
  const auto path = [](std::size_t size) { return with_request_line("GET /" + std::string(size, 'a') + " HTTP/1.1"); };
  CHECK(parsed(path(86), limits).fault.status == 0);
  CHECK(parsed(path(87), limits).fault.status == 414);
  CHECK(parsed("GET /" + std::string(396, 'a'), limits).fault.status == 414);

  const auto value = [](std::size_t size) { return with_headers("A: " + std::string(size, 'a') + "\r\n"); };
  CHECK(parsed(value(97), limits).fault.status == 0);
  CHECK(parsed(value(98), limits).fault.status == 431);
  CHECK(parsed(with_headers("A: " + std::string(98, 'a')), limits).fault.status == 431);

  CHECK(parsed(with_headers("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\n"), limits).fault.status == 0);
  CHECK(parsed(with_headers("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\n"), limits).fault.status == 431);

  std::string large;
  for (int i = 0; i < 4; ++i) large += "A: " + std::string(90, 'a') + "\r\n";
  CHECK(parsed(with_headers(large), limits).fault.status == 431);
}

TEST_CASE("nothing of the last request is left when a head is parsed into the same storage") {
  Head head;
  parse_head("POST /first?q HTTP/1.0\r\nContent-Length: 5\r\nA: b\r\n\r\n", {}, head);
  parse_head("nonsense\r\n\r\n", {}, head);
  CHECK(head.fault.status == 400);
  CHECK(head.request.method.empty());
  CHECK(head.request.target.empty());
  CHECK(head.request.headers.empty());
  CHECK(head.content_length == 0);
  CHECK_FALSE(head.close);
}

TEST_CASE("a response's head has its headers in alphabetical order, and headers of one name as they were added") {
  HeadWriter head;
  head.begin_response(200);
  head.add("x-b", "2");
  head.add("Set-Cookie", "one");
  head.add("X-A", "");
  head.add("set-cookie", "two");
  head.add_content_length(1234567);
  head.add("alpha", "a: b");
  CHECK(head.has("ALPHA"));
  CHECK_FALSE(head.has("Alph"));
  CHECK(head.finish() ==
        "HTTP/1.1 200 OK\r\nalpha: a: b\r\nContent-Length: 1234567\r\nSet-Cookie: one\r\nset-cookie: two\r\nX-A: "
        "\r\nx-b: "
        "2\r\n\r\n");
  head.begin_response(599);
  CHECK(head.finish() == "HTTP/1.1 599 Server Error\r\n\r\n");
}

TEST_CASE("a request's head is written with the target unchanged") {
  HeadWriter head;
  head.begin_request("POST", "/a%2Fb?x=%7e&y");
  head.add("Host", "mock:80");
  head.add_content_length(0);
  CHECK(head.finish() == "POST /a%2Fb?x=%7e&y HTTP/1.1\r\nContent-Length: 0\r\nHost: mock:80\r\n\r\n");
}

TEST_CASE("a header with a line break is not written") {
  HeadWriter head;
  head.begin_response(204);
  head.add("A", "b\r\nC: d");
  head.add("A\r\nB", "c");
  head.add("", "b");
  head.add("A b", "c");
  head.add("A", std::string_view("b\0c", 3));
  CHECK(head.finish() == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("every registered status has its reason phrase, any other one the phrase of its class") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(511) == "Network Authentication Required");
  CHECK(reason_phrase(299) == "Success");
  CHECK(reason_phrase(600) == "Unknown");
}

TEST_CASE("the head of a response is read the same in one piece and byte by byte, without the bytes after it") {
  using State = ResponseHeadReader::State;
  struct Case {
    std::string_view bytes;
    State state;
    int status = 0;
    bool chunked = false;
    std::optional<std::uint64_t> length = {};
    std::string_view rest = "";
  };
  const std::string long_reason = "HTTP/1.1 200 " + std::string(1009, 'x') + "\r\n\r\n";
  const std::string longer_reason = "HTTP/1.1 200 " + std::string(1010, 'x') + "\r\n\r\n";
  const std::string long_header = "HTTP/1.1 200 OK\r\nA: " + std::string(65'531, 'x') + "\r\n\r\n";
  const std::string longer_header = "HTTP/1.1 200 OK\r\nA: " + std::string(65'532, 'x') + "\r\n\r\n";
  std::string headers;  // 255 KB
  for (int i = 0; i < 255; ++i) headers += "A: " + std::string(1019, 'x') + "\r\n";
  const std::string long_head = "HTTP/1.1 200 OK\r\n" + headers + "\r\n";
  const std::string longer_head = "HTTP/1.1 200 OK\r\n" + headers + headers + "\r\n";
  const std::string hints = "HTTP/1.1 103 Early Hints\r\n" + headers + "\r\n" + longer_head;
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", State::complete, 200, false, 2, "{}"},
      {"HTTP/1.0 404 Not Found\r\n\r\n", State::complete, 404},
      {"HTTP/1.1 200\r\n\r\n", State::complete, 200},
      {"HTTP/1.1 200 \r\n\r\n", State::complete, 200},
      {"HTTP/1.1 200 OK\n\r\n", State::complete, 200},
      {"HTTP/1.1 600 \xff\r\n\r\n", State::complete, 600},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n", State::complete, 201},
      {"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n",
       State::complete, 201},
      {"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n"
       "HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody",
       State::complete,
       200,
       false,
       {},
       "body"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK", State::complete, 101, false, {}, "HTTP/1.1 200 OK"},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n", State::complete, 200, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", State::complete, 200},
      {"HTTP/1.1 200 OK\r\ncontent-LENGTH:\t7 \r\nContent-Length: 8\r\n\r\n", State::complete, 200, false, 7},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", State::complete, 200, false,
       std::numeric_limits<std::uint64_t>::max()},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", State::complete, 200, false, 0},
      {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", State::complete, 200},
      {"HTTP/1.1 200 OK\r\nnonsense\r\n: x\r\n folded\r\nbare\n\r\n", State::complete, 200},
      {long_reason, State::complete, 200},
      {long_header, State::complete, 200},
      {long_head, State::complete, 200},
      {longer_head, State::malformed},
      {hints, State::malformed},
      {longer_reason, State::malformed},
      {longer_header, State::malformed},
      {"HTTP/1.1 OK\r\n\r\n", State::malformed},
      {"HTTP/1.1 20\r\n\r\n", State::malformed},
      {"HTTP/1.1 2000 OK\r\n\r\n", State::malformed},
      {"HTTP/1.1 200OK\r\n\r\n", State::malformed},
      {"HTTP/1.1  200 OK\r\n\r\n", State::malformed},
      {"HTTP/1.1 200 O\rK\r\n\r\n", State::malformed},
      {"HTTP/1.1 +20 OK\r\n\r\n", State::malformed},
      {"HTTP/1.2 200 OK\r\n\r\n", State::malformed},
      {"HTTP/2 200\r\n\r\n", State::malformed},
      {"http/1.1 200 OK\r\n\r\n", State::malformed},
      {"SSH-2.0-OpenSSH_9.2\r\n", State::malformed},
      {"\r\n", State::malformed},
      {"HTTP/1.1 100 Continue\r\n\r\nnonsense\r\n", State::malformed},
      {"", State::open},
      {"HTTP/1.1 20", State::open},
      {"HTTP/1.1 200 OK\r\nContent-Le", State::open},
      {"HTTP/1.1 200 OK\r\n\n", State::open},
      {"HTTP/1.1 100 Continue\r\n\r\n", State::open},
      {"HTTP/1.1 103 Early Hints\r\n\r\n", State::open},
  };
  for (const auto& c : cases) {
    CAPTURE(c.bytes);
    ResponseHeadReader whole;
    const auto used = whole.read(c.bytes);
    CHECK(whole.state() == c.state);
    ResponseHeadReader split;
    std::size_t taken = 0;
    for (const char& byte : c.bytes) taken += split.read({&byte, 1});
    CHECK(split.state() == c.state);
    CHECK(split.is_http() == whole.is_http());
    if (c.state != State::malformed) CHECK(used == c.bytes.size() - c.rest.size());
    CHECK(taken <= used);
    if (c.state != State::complete) continue;
    for (const auto* reader : {&whole, &split}) {
      CHECK(reader->status() == c.status);
      CHECK(reader->chunked() == c.chunked);
      CHECK(reader->content_length() == c.length);
    }
  }
}

TEST_CASE("the headers of the final response are kept as they arrive, up to 16 KB of whole lines") {
  struct Case {
    std::string bytes, headers;
    int status = 200;
    bool truncated = false;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n", line = "A: " + std::string(1020, 'x');  // 1 KB with a line feed
  std::string many, kept;
  for (int i = 0; i < 17; ++i) many += line + "\r\n";
  for (int i = 0; i < 16; ++i) kept += line + "\n";
  const Case cases[] = {
      {ok, ""},
      {"HTTP/1.1 200 O", "", 0},
      {ok + "Content-Le", ""},
      {ok + "b:2\r\nA: \t1 \r\nb: 3\r\nEmpty:\r\n\r\nbody: x\r\n", "b: 2\nA: 1\nb: 3\nEmpty: \n"},
      {ok + "A: 1\r\nnonsense\r\n: x\r\n folded\r\nB: 2\r\nC", "A: 1\nB: 2\n"},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n", "", 0},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "", 0},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 No\r\nA: 1\r\n\r\n", "A: 1\n", 404},
      {ok + many.substr(0, 16 * line.size() + 32) + "\r\n", kept},
      {ok + many + "B: 1\r\n\r\n", kept, 200, true},
      {"HTTP/1.1 20000\r\nA: 1\r\n\r\n", "", 0},
  };
  for (const auto& each : cases) {
    CAPTURE(each.bytes);
    ResponseHeadReader whole, split;
    whole.read(each.bytes);
    for (const char& byte : each.bytes) split.read({&byte, 1});
    for (const auto* reader : {&whole, &split}) {
      CHECK(reader->headers() == each.headers);
      CHECK(reader->headers_truncated() == each.truncated);
      CHECK(reader->status() == each.status);
    }
  }
}

TEST_CASE("bytes that are not HTTP are distinguished from a malformed response") {
  const std::pair<std::string, bool> cases[] = {
      {"", true},
      {"HTT", true},
      {"HTTP/1.", true},
      {"HTTP/1.1 OK\r\n", true},
      {"HTTP/1.1 100 Continue\r\n\r\nnonsense\r\n", true},
      {"HTTP/1.1 200 OK\r\n" + std::string(70'000, 'x'), true},
      {"HTTP/1.1 200 " + std::string(2000, 'x'), false},
      {"HTTP/2", false},
      {"x", false},
      {std::string(2000, 'x'), false},
  };
  for (const auto& [bytes, http] : cases) {
    CAPTURE(bytes);
    ResponseHeadReader reader;
    reader.read(bytes);
    CHECK(reader.is_http() == http);
  }
}

}  // namespace
}  // namespace enrichment_mock::net
