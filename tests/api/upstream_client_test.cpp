// The HTTP client of the program, with servers that behave badly.
#include <atomic>
#include <doctest/doctest.h>
#include <thread>
#include <vector>

#include "support/certificate.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"
#include "upstream/http_client.h"

using namespace enrichment_mock::support;
using namespace enrichment_mock::upstream;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSoon{100};  // for servers that never answer

HttpTarget target_of(const std::string& url, milliseconds timeout = kPatience) {
  return {.url = url, .ca_file = {}, .connection_timeout = timeout, .timeout = timeout};
}

HttpResult ask(const Receiver& receiver, HttpRequest request = {}) {
  return HttpClient(target_of(receiver.url(""))).send(request);
}

}  // namespace

TEST_CASE("http client: reads what servers send") {
  const std::string ok = "HTTP/1.1 200 OK\r\n", whole = ok + "X: y\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  struct Case {
    const char* name;
    std::string sent;
    std::string body;
  };
  const std::vector<Case> cases = {
      {"a length", whole, "ok"},
      {"chunks", ok + "X: y\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", "ok"},
      {"the end of the connection", ok + "X: y\r\n\r\nok", "ok"},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nX: y\r\n\r\nok", "ok"},
      {"gzip, as it is sent", ok + "X: y\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b??",
       "\x1f\x8b??"},
      {"100 before it", "HTTP/1.1 100 Continue\r\n\r\n" + whole, "ok"},
      {"103 before it", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + whole, "ok"},
      {"102 and 103 before chunks",
       "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok +
           "X: y\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
       "ok"},
      {"103 before the end of the connection", "HTTP/1.1 103 Early Hints\r\n\r\n" + ok + "X: y\r\n\r\nok", "ok"},
  };
  for (const auto& [name, sent, body] : cases) {
    CAPTURE(name);
    const auto result = ask(Receiver(answers_bytes(sent)));
    REQUIRE(result);
    CHECK(result->status == 200);
    CHECK(result->body == body);
    REQUIRE(result->header("x") != nullptr);
    CHECK(*result->header("x") == "y");
    CHECK_FALSE(result->is_cut);
  }
}

TEST_CASE("http client: a response after 103 on a connection that stays open is complete") {
  const Receiver receiver([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.hang();
  });
  const auto result = ask(receiver);
  REQUIRE(result);
  CHECK(result->body == "ok");
  CHECK_FALSE(result->is_cut);
}

TEST_CASE("http client: marks a body that ends too early, or is too large, and stops reading") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const auto& sent : {ok + "Content-Length: 9\r\n\r\nok", ok + "Transfer-Encoding: chunked\r\n\r\n9\r\nok",
                           "HTTP/1.1 103 Early Hints\r\n\r\n" + ok + "Content-Length: 9\r\n\r\nok"}) {
    const auto result = ask(Receiver(answers_bytes(sent)));
    REQUIRE(result);
    CHECK(result->status == 200);
    CHECK(result->is_cut);
  }
  const Receiver endless([&](Peer& peer) {
    peer.read_request();
    peer.send(ok + "\r\n");
    while (peer.send(std::string(65'536, 'x'))) continue;
  });
  const auto result = ask(endless);
  REQUIRE(result);
  CHECK(result->is_cut);
  CHECK(result->body.size() == HttpTarget{}.max_body);
}

TEST_CASE("http client: says why there is no response") {
  const auto problem = [](const Receiver& receiver, milliseconds timeout) {
    const auto result = HttpClient(target_of(receiver.url(""), timeout)).send({});
    CHECK_FALSE(result);
    return result.problem;
  };
  CHECK(problem(Receiver(answers_bytes("")), kPatience) == HttpProblem::broken);
  CHECK(problem(Receiver(answers_bytes("SSH-2.0-OpenSSH\r\n")), kPatience) == HttpProblem::broken);
  CHECK(problem(Receiver(answers_bytes("HTTP/1.1 103 Early Hints\r\n\r\n")), kPatience) == HttpProblem::broken);
  CHECK(problem(Receiver(hangs()), kSoon) == HttpProblem::too_slow);
  CHECK(problem(Receiver(drips("HTTP/1.1 200 OK\r\nX: y")), kSoon) == HttpProblem::too_slow);
  CHECK(problem(Receiver(drips("HTTP/1.1 200 OK\r\n\r\nx")), kSoon) == HttpProblem::too_slow);
  const auto closed = target_of("http://127.0.0.1:" + std::to_string(Receiver(hangs()).port()));
  CHECK(HttpClient(closed).send({}).problem == HttpProblem::unreachable);
}

TEST_CASE("http client: trusts only certificates of the given authority, and only for the name that it asks") {
  const auto right = make_certificate("127.0.0.1"), wrong = make_certificate("other.example"),
             expired = make_certificate("127.0.0.1", true);
  const TemporaryDirectory directory;
  const auto ask_with = [&](const Certificate& served, const Certificate& trusted) {
    const Receiver receiver(answers(200, "ok"), served.certificate, served.key);
    auto target = target_of("https://127.0.0.1:" + std::to_string(receiver.port()));
    target.ca_file = directory.write("ca.pem", trusted.certificate);
    auto result = HttpClient(target).send({.headers = {{"x-api-key", "secret"}}});
    CHECK(receiver.requests().size() == (result ? 1 : 0));  // nothing is sent to a server that is not trusted
    return result;
  };
  CHECK(ask_with(right, right));
  CHECK(ask_with(right, wrong).problem == HttpProblem::untrusted);
  CHECK(ask_with(wrong, wrong).problem == HttpProblem::untrusted);
  CHECK(ask_with(expired, expired).problem == HttpProblem::untrusted);
  const Receiver plain(sends("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK(HttpClient(target_of("https://127.0.0.1:" + std::to_string(plain.port()))).send({}).problem ==
        HttpProblem::no_tls);
}

TEST_CASE("http client: follows no redirect") {
  const Receiver other(answers(200, "other"));
  const Receiver receiver(answers(307, "", "Location: " + other.url() + "\r\n"));
  const auto result = ask(receiver, {.headers = {{"x-api-key", "secret"}}});
  REQUIRE(result);
  CHECK(result->status == 307);
  CHECK(other.connections() == 0);
}

TEST_CASE("http client: sends what it is told, and no Content-Type of its own") {
  const Receiver receiver(answers(200));
  CHECK(ask(receiver, {"POST", "/a?b=c", {{"x-api-key", "k"}}, "{}"}));
  CHECK(ask(receiver, {"DELETE", "/a"}));
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/a?b=c");
  CHECK(requests[0].body == "{}");
  CHECK(requests[0].header("x-api-key") == "k");
  CHECK(requests[0].header("Content-Type").empty());
  CHECK(requests[0].header("Accept-Encoding") == "identity");
  CHECK(requests[1].method == "DELETE");
}

TEST_CASE("http client: can be used by many threads") {
  const Receiver receiver(answers(200, "ok"));
  const HttpClient client(target_of(receiver.url("")));
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) threads.emplace_back([&] { answered += client.send({}) ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  CHECK(answered == 20);
}

TEST_CASE("pace: calls have at least that time between them") {
  Pace pace(milliseconds(5));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) pace.wait();
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(20));
}

TEST_CASE("loopback: a key may go there without TLS") {
  for (const char* url :
       {"http://127.0.0.1:8080", "http://localhost", "http://LOCALHOST:1", "http://[::1]:8080", "http://127.9.9.9"})
    CHECK_MESSAGE(is_loopback(url), url);
  for (const char* url :
       {"http://127.0.0.1.example", "http://10.0.0.1", "http://localhost.example", "http://0.0.0.0", "x"})
    CHECK_MESSAGE(!is_loopback(url), url);
}
