#include "callbacks/sender.h"

#include <doctest/doctest.h>

#include "support/deliveries.h"
#include "support/receiver.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::deliver;
using support::Peer;
using support::Receiver;

Delivery deliver_to(Receiver::Script script, std::chrono::milliseconds timeout = 30s) {
  Receiver receiver(std::move(script));
  HttpSender sender;
  return deliver(sender, {.url = receiver.url(), .body = "{}", .timeout = timeout});
}

TEST_CASE("a callback is one POST with the body, the URL's path and query, and Connection: close") {
  Receiver receiver(support::answers(200));
  HttpSender sender;
  const Delivery delivery =
      deliver(sender, {.url = receiver.url("/a%2Fb/c+d?sig=a+b%2f&q=%7e,;'#fragment", "localhost"),
                       .body = R"({"request_id":"1"})",
                       .headers = {{"X-Signature", "abc=="}, {"X-Other", "1"}}});
  CHECK(delivery.status == 200);
  CHECK(delivery.error == "");
  CHECK(delivery.latency > 0us);
  REQUIRE(receiver.requests().size() == 1);
  const auto request = receiver.requests()[0];
  CHECK(request.method == "POST");
  CHECK(request.target == "/a%2Fb/c+d?sig=a+b%2f&q=%7e,;'");
  CHECK(request.body == R"({"request_id":"1"})");
  CHECK(request.header("Host") == "localhost:" + std::to_string(receiver.port()));
  CHECK(request.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(request.header("Content-Length") == "18");
  CHECK(request.header("Connection") == "close");
  CHECK(request.header("User-Agent") == "enrichment-mock");
  CHECK(request.header("Accept-Encoding") == "");
  CHECK(request.header("X-Signature") == "abc==");
  CHECK(request.header("X-Other") == "1");
}

TEST_CASE("the userinfo of a URL is sent as Basic authentication, and is not in target and Host") {
  struct Case {
    const char *userinfo, *authorization;
  };
  for (const auto& [userinfo, authorization] : {Case{"user:secret@", "Basic dXNlcjpzZWNyZXQ="},
                                                {"token@", "Basic dG9rZW46"},
                                                {"a:b%40%2Fc%25@", "Basic YTpiQC9jJQ=="},
                                                {":@", "Basic Og=="},
                                                {"@", ""},
                                                {"***@", ""},  // of a snapshot: what it was is not known
                                                {"", ""}}) {
    CAPTURE(userinfo);
    Receiver receiver(support::answers(200));
    HttpSender sender;
    const auto authority = "127.0.0.1:" + std::to_string(receiver.port());
    CHECK(deliver(sender, {.url = "http://" + (userinfo + authority) + "/hook"}).status == 200);
    const auto request = receiver.requests().at(0);
    CHECK(request.header("Authorization") == authorization);
    CHECK(request.header("Host") == authority);
    CHECK(request.target == "/hook");
  }
  Receiver receiver(support::answers(200));
  HttpSender sender;
  const auto url = "http://user:secret@127.0.0.1:" + std::to_string(receiver.port()) + "/";
  deliver(sender, {.url = url, .headers = {{"authorization", "Bearer own"}}});
  CHECK(receiver.requests().at(0).header("authorization") == "Bearer own");
  CHECK(receiver.requests().at(0).header("Authorization") == "");
}

TEST_CASE("the head of a callback, byte for byte") {
  Receiver receiver(support::answers(200));
  HttpSender sender;
  deliver(sender, {.url = receiver.url("/a?b"), .body = "{}", .headers = {{"x-last", "1"}, {"accept", "text/plain"}}});
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"accept", "text/plain"},
      {"Connection", "close"},
      {"Content-Length", "2"},
      {"Content-Type", "application/json; charset=utf-8"},
      {"Host", "127.0.0.1:" + std::to_string(receiver.port())},
      {"User-Agent", "enrichment-mock"},
      {"x-last", "1"},
  };
  CHECK(receiver.requests().at(0).headers == headers);

  deliver(sender, {.url = receiver.url("/a?b")});
  CHECK(receiver.requests().at(1).headers[0] == std::pair<std::string, std::string>("Accept", "*/*"));
}

TEST_CASE("interim responses are skipped, 101 is final") {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (const auto* status : {"100 Continue", "102 Processing", "103 Early Hints", "150 Odd", "199 Last"}) {
    CAPTURE(status);
    const std::string interim = "HTTP/1.1 " + std::string(status) + "\r\nLink: </style.css>; rel=preload\r\n\r\n";
    CHECK(deliver_to(support::answers_bytes(interim + ok)).status == 200);
    CHECK(deliver_to(support::answers_bytes(interim + interim + ok)).status == 200);
    CHECK(deliver_to(support::answers_bytes(interim)).error == "connection closed in the middle of the response");
  }
  CHECK(deliver_to(support::answers_bytes("HTTP/1.1 101 Switching Protocols\r\n\r\n" + ok)).status == 101);
}

TEST_CASE("a response without a body is complete, whatever its Content-Length says") {
  for (const auto* status : {"101", "204", "304"}) {
    CAPTURE(status);
    const std::string head = "HTTP/1.1 " + std::string(status) + " Done\r\nContent-Length: 5\r\n\r\n";
    const auto delivery = deliver_to([&](Peer& peer) {
      peer.read_request();
      peer.send(head);
      peer.hang();
    });
    CHECK(std::to_string(delivery.status) == status);
  }
}

TEST_CASE("given headers replace the default ones") {
  Receiver receiver(support::answers(200));
  HttpSender sender;
  CHECK(
      deliver(sender, {.url = receiver.url(), .headers = {{"content-type", "text/plain"}, {"Host", "other"}}}).status ==
      200);
  const auto request = receiver.requests().at(0);
  CHECK(request.header("content-type") == "text/plain");
  CHECK(request.header("Content-Type") == "");
  CHECK(request.header("Host") == "other");
  CHECK(request.header("Content-Length") == "0");
}

TEST_CASE("any status is reported, and a redirect is not followed") {
  for (const int status : {200, 201, 204, 299, 302, 307, 400, 404, 429, 500, 503}) {
    CAPTURE(status);
    Receiver receiver(support::answers(status, status == 204 ? "" : "{}", "Location: /elsewhere\r\n"));
    HttpSender sender;
    const Delivery delivery = deliver(sender, {.url = receiver.url(), .body = "{}"});
    CHECK(delivery.status == status);
    CHECK(delivery.error == "");
    CHECK(receiver.connections() == 1);
  }
}

TEST_CASE("every attempt has a new connection, even if the receiver would keep it") {
  Receiver receiver(support::answers_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}"));
  HttpSender sender;
  for (int i = 0; i < 3; ++i) CHECK(deliver(sender, {.url = receiver.url(), .body = "{}"}).status == 200);
  CHECK(receiver.connections() == 3);
}

TEST_CASE("the status of an unusual response counts") {
  const std::pair<const char*, std::string> cases[] = {
      {"no length, ended by closing", "HTTP/1.1 200 OK\r\n\r\nsome text"},
      {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n"},
      {"no reason phrase", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"},
      {"100 Continue first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      {"100 Continue with a header first", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"},
      {"a header line of 16 KB", "HTTP/1.1 200 OK\r\nA: " + std::string(16'000, 'x') + "\r\n\r\n"},
      {"a header line of 60 KB", "HTTP/1.1 200 OK\r\nA: " + std::string(60'000, 'x') + "\r\n\r\n"},
      {"a header that makes no sense", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"},
      {"a body that is cut off", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"},
      {"a broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n"},
      {"compressed nonsense", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"},
      {"an impossible length", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabc"},
      {"an oversized body", "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + std::string(9'000'000, 'x')},
      {"an oversized chunk line", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(900'000, '1')},
  };
  for (const auto& each : cases) {
    CAPTURE(each.first);
    const Delivery delivery = deliver_to(support::answers_bytes(each.second));
    CHECK(delivery.status == 200);
    CHECK(delivery.error == "");
  }
}

TEST_CASE("bytes that are not a response are reported with a message") {
  const std::string ok = "HTTP/1.1 200 ";
  struct Case {
    const char* name;
    std::string bytes;
    std::string error;
  };
  const Case cases[] = {
      {"nothing", "", "connection closed before a response"},
      {"half a status line", "HTTP/1.1 20", "connection closed in the middle of the response"},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-Le", "connection closed in the middle of the response"},
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "not an HTTP response"},
      {"no status", "HTTP/1.1 OK\r\n\r\n", "the head of the response is malformed or too long"},
      {"four digits", "HTTP/1.1 2000 OK\r\n\r\n", "the head of the response is malformed or too long"},
      {"an endless header line", "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n",
       "the head of the response is malformed or too long"},
      {"lines without carriage returns", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
       "connection closed in the middle of the response"},
      {"another version", "HTTP/2 200\r\n\r\n", "not an HTTP response"},
      {"noise", std::string("\0\1\2\xff\n\n\n", 7), "not an HTTP response"},
      {"noise without end", std::string(900'000, 'x'), "not an HTTP response"},
      {"a reason without end", ok + std::string(900'000, 'x') + "\r\n\r\n", "not an HTTP response"},
      {"a head without end", ok + "OK\r\n" + std::string(900'000, 'x'),
       "the head of the response is malformed or too long"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    const Delivery delivery = deliver_to(support::answers_bytes(each.bytes));
    CHECK(delivery.status == 0);
    CHECK(delivery.error == each.error);
  }
}

TEST_CASE("a connection that is refused or reset, and a host that does not exist") {
  HttpSender sender;
  std::string url;
  { url = Receiver(support::answers(200)).url(); }
  CHECK(deliver(sender, {.url = url}).error == "connection refused");
  CHECK(deliver(sender, {.url = "http://nosuch.invalid/", .timeout = 60s}).error ==
        "cannot resolve host nosuch.invalid (see --callback-rewrite)");
  CHECK(deliver(sender, {.url = "gopher://localhost/"}).error == "not an http or https URL: gopher://localhost/");
  CHECK(deliver(sender, {.url = "gopher://u:p@localhost/"}).error ==
        "not an http or https URL: gopher://***@localhost/");
  CHECK(deliver_to([](Peer& peer) {
          peer.read_request();
          peer.reset();
        }).error == "connection reset");
}

TEST_CASE("the timeout covers the whole attempt") {
  const std::pair<const char*, Receiver::Script> cases[] = {
      {"silence", support::hangs()},
      {"a dripping status line", support::drips("HTTP/1.1 200 OOOOO")},
      {"dripping headers", support::drips("HTTP/1.1 200 OK\r\nX: xxxxx")},
      {"a dripping body", support::drips("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")},
      {"nothing read", [](Peer& peer) { peer.hang_unread(); }},
  };
  for (const auto& each : cases) {
    CAPTURE(each.first);
    const Delivery delivery = deliver_to(each.second, 250ms);
    CHECK(delivery.error == "timed out after 250ms (see --callback-timeout)");
    CHECK(delivery.status == 0);
    CHECK(delivery.latency >= 250ms);
  }
}

TEST_CASE("a receiver that never reads a large body runs into the timeout") {
  Receiver receiver([](Peer& peer) { peer.hang_unread(); });
  HttpSender sender;
  CHECK(deliver(sender, {.url = receiver.url(), .body = std::string(32'000'000, 'x'), .timeout = 1s}).error ==
        "timed out after 1s (see --callback-timeout)");
}

TEST_CASE("a target that is not allowed is not connected to") {
  Receiver receiver(support::answers(200));
  HttpSender sender({.targets = TargetPolicy({"10.0.0.0/8", "app"}, true)});
  CHECK(deliver(sender, {.url = receiver.url()}).error ==
        "callback target 127.0.0.1 is not allowed (see --callback-allow)");
  const Delivery by_name = deliver(sender, {.url = receiver.url("/", "localhost")});
  CHECK(by_name.error.starts_with("callback target localhost ("));
  CHECK(receiver.connections() == 0);
}

TEST_CASE("a target that is allowed by name or address is") {
  Receiver receiver(support::answers(200));
  for (const std::string allowed : {"localhost", "127.0.0.0/8", "loopback"}) {
    CAPTURE(allowed);
    HttpSender sender({.targets = TargetPolicy({allowed}, true)});
    CHECK(deliver(sender, {.url = receiver.url("/", "localhost")}).status == 200);
  }
}

TEST_CASE("a delivery has what was sent, byte for byte, and what was received") {
  Receiver receiver(support::answers(201, R"({"ok":true})", "X-A: 1\r\nx-a: 2\r\n"));
  HttpSender sender;
  const auto make_body = [] { return std::string("made"); };
  for (const bool made : {false, true}) {
    CAPTURE(made);
    OutboundRequest outbound{.url = receiver.url("/a?b"), .body = "body", .headers = {{"x-last", "1"}}};
    if (made) outbound.make_body = make_body;
    const auto exchange = deliver(sender, outbound).exchange;
    CHECK(exchange.request_head ==
          "POST /a?b HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nContent-Length: 4\r\nContent-Type: "
          "application/json; "
          "charset=utf-8\r\nHost: 127.0.0.1:" +
              std::to_string(receiver.port()) + "\r\nUser-Agent: enrichment-mock\r\nx-last: 1\r\n\r\n");
    CHECK(exchange.request_body == (made ? "made" : "body"));
    CHECK(exchange.request_body_bytes == 4);
    CHECK(exchange.status == 201);
    CHECK(exchange.response_headers.find("X-A: 1\nx-a: 2\n") != std::string::npos);
    CHECK(exchange.response_body == R"({"ok":true})");
    CHECK(exchange.response_body_bytes == 11);
  }
}

TEST_CASE("of a response that is unusual or not complete, what has arrived is kept") {
  const std::string ok = "HTTP/1.1 200 OK\r\n", large(100'000, 'x');
  struct Case {
    const char* name;
    std::string bytes, headers, body;
    int status = 200;
  };
  const Case cases[] = {
      {"no length", ok + "A: 1\r\n\r\nsome text", "A: 1\n", "some text"},
      {"chunked", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n",
       "Transfer-Encoding: chunked\n", "abcde"},
      {"a broken chunk", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzzz\r\n", "Transfer-Encoding: chunked\n",
       "abc"},
      {"more than Content-Length", ok + "Content-Length: 2\r\n\r\nabc", "Content-Length: 2\n", "ab"},
      {"less than Content-Length", ok + "Content-Length: 9\r\n\r\nabc", "Content-Length: 9\n", "abc"},
      {"no body", "HTTP/1.1 204 No Content\r\nA: 1\r\n\r\nabc", "A: 1\n", "", 204},
      {"an interim response", "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + ok + "A: 1\r\n\r\nabc", "A: 1\n", "abc"},
      {"an interim response only", "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", "", "", 0},
      {"half a head", ok + "A: 1\r\nB: 2\r\nC", "A: 1\nB: 2\n", ""},
      {"a head that is too long", ok + "A: 1\r\nB: " + large, "A: 1\n", ""},
      {"bytes that are no text", ok + std::string("\r\n\0\xff\x80", 5), "", std::string("\0\xff\x80", 3)},
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "", "", 0},
      {"nothing", "", "", "", 0},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    const auto exchange = deliver_to(support::answers_bytes(each.bytes)).exchange;
    CHECK(exchange.request_head.starts_with("POST /hook HTTP/1.1\r\n"));
    CHECK(exchange.request_body == "{}");
    CHECK(exchange.status == each.status);
    CHECK(exchange.response_headers == each.headers);
    CHECK(exchange.response_body == each.body);
    CHECK(exchange.response_body_bytes == each.body.size());
  }
  const auto exchange = deliver_to(support::answers(200, large)).exchange;
  CHECK(exchange.response_body.size() >= 2048);
  CHECK(exchange.response_body.size() < 10'000);
  CHECK(exchange.response_body_bytes > 64 * 1024);
}

// The exchange of a delivery that timed out. On a slow machine a short timeout may be over before everything `wanted`
// has been sent and received, so it tries longer ones until it is there.
template <class Deliver, class Wanted>
base::Exchange exchange_after_timeout(Deliver deliver_within, Wanted wanted) {
  for (auto timeout = 200ms;; timeout *= 2) {
    auto delivery = deliver_within(timeout);
    CHECK(delivery.error.starts_with("timed out after "));
    CHECK(delivery.status == 0);
    if (timeout > support::kPatience || wanted(delivery.exchange)) return std::move(delivery.exchange);
  }
}

TEST_CASE("after a timeout the delivery has what was sent and received until then") {
  struct Case {
    std::string bytes, headers, body;
    int status = 200;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const auto& each : {Case{"", "", "", 0},
                           {ok, "", ""},
                           {ok + "A: 1\r\nB", "A: 1\n", ""},
                           {ok + "Content-Length: 9\r\n\r\nabc", "Content-Length: 9\n", "abc"}}) {
    CAPTURE(each.bytes);
    const auto send_and_hang = [&](Peer& peer) {
      peer.read_request();
      peer.send(each.bytes);
      peer.hang();
    };
    const auto wanted = [&](const base::Exchange& now) {
      return now.request_body == "{}" && now.status == each.status && now.response_headers == each.headers &&
             now.response_body == each.body;
    };
    const auto deliver_within = [&](auto timeout) { return deliver_to(send_and_hang, timeout); };
    const auto exchange = exchange_after_timeout(deliver_within, wanted);
    CHECK(exchange.request_body == "{}");
    CHECK(exchange.status == each.status);
    CHECK(exchange.response_headers == each.headers);
    CHECK(exchange.response_body == each.body);
  }
}

TEST_CASE("after a timeout the delivery has what was sent, also if the receiver has not read it") {
  Receiver receiver([](Peer& peer) { peer.hang_unread(); });
  HttpSender sender;
  for (const std::size_t size : {2, 32'000'000}) {
    const auto deliver_within = [&](auto timeout) {
      return deliver(sender, {.url = receiver.url(), .body = std::string(size, 'x'), .timeout = timeout});
    };
    const auto wanted = [&](const base::Exchange& now) { return now.request_body_bytes == size; };
    const auto exchange = exchange_after_timeout(deliver_within, wanted);
    CHECK(exchange.request_head.starts_with("POST /hook"));
    CHECK(exchange.request_body_bytes == size);
    CHECK(exchange.status == 0);
  }
}

TEST_CASE("an attempt that did not reach the receiver has sent nothing") {
  HttpSender sender({.targets = TargetPolicy({"127.0.0.1"}, true)});
  std::string closed;
  { closed = Receiver(support::answers(200)).url(); }
  Receiver plain(support::sends("HTTP/1.1 400 Bad Request\r\n\r\n"));
  for (const auto& url : {closed, std::string("http://192.0.2.1/"), std::string("gopher://127.0.0.1/"),
                          "https" + plain.url().substr(4)}) {
    CAPTURE(url);
    const auto delivery = deliver(sender, {.url = url, .body = "{}"});
    CHECK(delivery.error != "");
    CHECK(delivery.exchange.request_head == "");
    CHECK(delivery.exchange.request_body == "");
  }
}

}  // namespace
}  // namespace enrichment_mock::callbacks
