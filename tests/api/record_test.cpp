#include <atomic>
#include <condition_variable>
#include <doctest/doctest.h>
#include <mutex>
#include <thread>

#include "scenario/loader.h"
#include "support/certificate.h"
#include "support/mock.h"
#include "support/raw_socket.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"
#include "upstream/recorder.h"

namespace enrichment_mock::upstream {
namespace {

using namespace std::chrono_literals;
using support::Peer;
using support::RawSocket;
using support::Receiver;

constexpr std::string_view kKey = "sk-live-0123456789abcdef";

// What a recorder saves and logs, for any thread.
class Written {
 public:
  void save(const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (failures_ > 0) {
      --failures_;
      throw std::runtime_error("the disk is full");
    }
    texts_.push_back(text);
    changed_.notify_all();
  }
  void log(std::string_view line) {
    const std::lock_guard lock(mutex_);
    (log_ += line) += '\n';
    changed_.notify_all();
  }
  void fail_next(int saves) {
    const std::lock_guard lock(mutex_);
    failures_ = saves;
  }

  std::string last() {
    const std::lock_guard lock(mutex_);
    return texts_.empty() ? "" : texts_.back();
  }
  std::string log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::size_t saves() {
    const std::lock_guard lock(mutex_);
    return texts_.size();
  }
  // Waits until the text that was saved last contains `part`.
  bool has(std::string_view part) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, support::kPatience,
                             [&] { return !texts_.empty() && texts_.back().find(part) != std::string::npos; });
  }
  bool has_logged(std::string_view part) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, support::kPatience, [&] { return log_.find(part) != std::string::npos; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> texts_;
  std::string log_;
  int failures_ = 0;
};

RecorderOptions options_for(const std::string& upstream, Written& written) {
  RecorderOptions options;
  options.upstream = upstream;
  options.name = "recorded";
  options.timeout = support::kPatience;
  options.save_every = 1h;
  options.save = [&written](const std::string& text) { written.save(text); };
  options.server.on_warning = [&written](std::string_view text) { written.log(text); };
  options.server.on_request = [&written](const RequestLine& line) {
    written.log(std::string(line.method) + " " + std::string(line.path) + " " + std::to_string(line.status));
  };
  return options;
}

std::string url_of(const Receiver& receiver) { return "http://127.0.0.1:" + std::to_string(receiver.port()); }

std::string get(std::string_view path, std::string_view method = "GET", std::string_view headers = "") {
  return std::string(method) + " " + std::string(path) +
         " HTTP/1.1\r\nHost: recorder\r\nx-api-key: " + std::string(kKey) + "\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view body, std::string_view path = "/v1/api/enrichment/email",
                 std::string_view headers = "") {
  return get(path, "POST",
             std::string(headers) + "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n") +
         std::string(body);
}

std::string wanted(const std::string& username, const std::string& more = "") {
  return R"({"linkedin_url":"https://www.linkedin.com/in/)" + username + R"(","type":"work")" + more + "}";
}

constexpr std::string_view kBalance = "/v1/api/enrichment/credits";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("record: a call reaches the upstream as the client sent it, except for headers of the connection") {
  Receiver upstream(support::answers(201, R"({"_id":"a","status":"pending"})"));
  Written written;
  Recorder recorder(options_for(url_of(upstream), written));
  const std::string body =
      " {\"linkedin_url\" : \"https://www.linkedin.com/in/jane\",\"type\":\"work\",\"extra\":1.10}";
  const auto answer = RawSocket(recorder.port())
                          .exchange(post(body, "/v1/api/enrichment/email?a=b%20c",
                                         "User-Agent: app/1\r\nX-Own: 1\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
                                         "Accept-Encoding: gzip, br\r\n"));
  CHECK(answer.status == 201);
  CHECK(answer.body == R"({"_id":"a","status":"pending"})");
  const auto request = upstream.requests().at(0);
  CHECK(request.method == "POST");
  CHECK(request.target == "/v1/api/enrichment/email?a=b%20c");
  CHECK(request.body == body);
  CHECK(request.header("x-api-key") == kKey);
  CHECK(request.header("User-Agent") == "app/1");
  CHECK(request.header("X-Own") == "1");
  CHECK(request.header("X-Hop") == "");
  CHECK(request.header("Accept-Encoding") == "identity");
  CHECK(request.header("Host") == "127.0.0.1:" + std::to_string(upstream.port()));
}

TEST_CASE("record: the client gets the upstream's answer, however it is sent") {
  struct Case {
    const char* name;
    std::string sent;
    int status;
    std::string header, value, body;
  };
  const std::string zipped("\x1f\x8b\x08\x00\xff", 5);
  const Case cases[] = {
      {"interim responses",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
       "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n{}",
       200, "X-A", "1", "{}"},
      {"gzip, which is not decompressed",
       "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n" + zipped, 200, "Content-Encoding",
       "gzip", zipped},
      {"HTTP/1.0, until the connection ends", "HTTP/1.0 429 Slow down\r\nRetry-After: 7\r\n\r\nplain", 429,
       "Retry-After", "7", "plain"},
      {"chunks", "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 500,
       "Transfer-Encoding", "", "abcde"},
      {"no body", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", 204, "X-A", "1", ""},
      {"a redirect, which is not followed",
       "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n", 302, "Location",
       "https://evil.example/", ""},
      {"no content type is added", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "Content-Type", "", "x"},
  };
  for (const auto& [name, sent, status, header, value, body] : cases) {
    CAPTURE(name);
    Receiver upstream(support::answers_bytes(sent));
    Written written;
    Recorder recorder(options_for(url_of(upstream), written));
    const auto answer = RawSocket(recorder.port()).exchange(get(kBalance));
    CHECK(answer.status == status);
    CHECK(answer.header(header) == value);
    CHECK(answer.body == body);
    CHECK(upstream.connections() == 1);
    recorder.stop();
    CHECK(std::holds_alternative<scenario::Scenario>(scenario::load_text(written.last(), "recorded.json")));
  }
}

TEST_CASE("record: HEAD has the length of the body that is not sent") {
  Receiver upstream(support::answers_bytes("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n"));
  Written written;
  Recorder recorder(options_for(url_of(upstream), written));
  RawSocket client(recorder.port());
  REQUIRE(client.send(get(kBalance, "HEAD")));
  CHECK(client.receive(true).header("Content-Length") == "15");
}

TEST_CASE("record: if the upstream fails, the answer is 502 or 504 in the API's shape and names the upstream") {
  struct Case {
    const char* name;
    Receiver::Script script;
    int status;
    std::string said;
  };
  const Case cases[] = {
      {"no answer", [](Peer& peer) { peer.read_request(); }, 502, "connection closed before an answer"},
      {"a reset", [](Peer& peer) { peer.read_request(), peer.reset(); }, 502, "connection reset"},
      {"half a head", support::answers_bytes("HTTP/1.1 200 OK\r\nContent-"), 502, "in the middle of the answer"},
      {"half a body", support::answers_bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), 502, "in the middle"},
      {"half the chunks", support::answers_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"), 502,
       "in the middle"},
      {"broken chunks", support::answers_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 502,
       "the chunks of its answer are malformed"},
      {"no HTTP", support::sends("SSH-2.0-x\r\n\r\n"), 502, "it does not speak HTTP"},
      {"another protocol", support::answers_bytes("HTTP/1.1 101 Switching Protocols\r\n\r\n"), 502,
       "it switches to another protocol"},
      {"a long body", support::answers_bytes("HTTP/1.1 200 OK\r\n\r\n" + std::string(1024 * 1024 + 1, 'x')), 502,
       "its answer is longer than 1048576 bytes"},
      {"a length that is too long", support::answers_bytes("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}"),
       502, "longer than 1048576 bytes"},
      {"a long head", support::answers_bytes("HTTP/1.1 200 OK\r\nX: " + std::string(30'000, 'x') + "\r\n\r\n"), 502,
       "malformed or too long"},
      {"nothing in time", support::hangs(), 504, "within 50ms"},
      {"an answer without end", support::drips("HTTP/1.1 200 OK\r\n\r\nx"), 504, "within 50ms"},
  };
  for (const auto& [name, script, status, said] : cases) {
    CAPTURE(name);
    Receiver upstream(script);
    Written written;
    auto options = options_for(url_of(upstream), written);
    if (status == 504) options.timeout = 50ms;
    Recorder recorder(options);
    const auto answer = RawSocket(recorder.port()).exchange(get(kBalance));
    CAPTURE(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.body.starts_with("{\"statusCode\":" + std::to_string(status) + ",\"message\":\"The upstream " +
                                  url_of(upstream) + " did not answer"));
    CHECK(contains(answer.body, said));
    recorder.stop();
    CHECK(contains(written.last(), "1 call that the upstream did not answer"));
  }
}

TEST_CASE("record: an upstream is refused if nothing listens, or its certificate is not trusted, or it has no TLS") {
  const auto certificate = support::make_certificate("127.0.0.1");
  Receiver tls(support::answers(200, R"({"balance":3})"), certificate.certificate, certificate.key);
  Receiver plain(support::sends("HTTP/1.1 400 Bad Request\r\n\r\n"));  // as servers answer what is no request
  std::uint16_t closed = 0;
  {
    Receiver gone(support::hangs());
    closed = gone.port();
  }
  Written written;
  const auto ask = [&](const std::string& url, const std::string& ca = "") {
    auto options = options_for(url, written);
    options.ca_file = ca;
    Recorder recorder(options);
    return RawSocket(recorder.port()).exchange(get(kBalance));
  };
  CHECK(contains(ask("http://127.0.0.1:" + std::to_string(closed)).body, "connection refused"));
  const auto untrusted = ask("https://127.0.0.1:" + std::to_string(tls.port()));
  CHECK(untrusted.status == 502);
  CHECK(contains(untrusted.body, "TLS: "));
  CHECK(tls.requests().empty());
  const auto no_tls = ask("https://127.0.0.1:" + std::to_string(plain.port()));
  CAPTURE(no_tls.body);
  CHECK(no_tls.status == 502);
  CHECK(contains(no_tls.body, "TLS: "));
  CHECK(plain.requests().empty());

  const support::TemporaryDirectory folder;
  const auto trusted =
      ask("https://127.0.0.1:" + std::to_string(tls.port()), folder.write("ca.pem", certificate.certificate));
  CHECK(trusted.status == 200);
  CHECK(trusted.body == R"({"balance":3})");
}

TEST_CASE("record: only the API's routes are passed on") {
  Receiver upstream(support::answers(404, "{}"));
  Written written;
  Recorder recorder(options_for(url_of(upstream), written));
  for (const char* path : {"/", "/__admin/", "/__admin/health", "/v1/api/enrichment", "/v1/api/enrichment/emails",
                           "/v1/api/enrichment/email/", "/v1/api/enrichment/email/a/b", "/v1/api/enrichment/email/..",
                           "/v1/api/enrichment/email/%2e%2e", "/v1/api/enrichment/email/a%2fb",
                           "/v1/api/enrichment/credits/", "/v1/api/enrichment/email/a;b"}) {
    CAPTURE(path);
    const auto answer = RawSocket(recorder.port()).exchange(get(path));
    CHECK(answer.status == 404);
    CHECK(answer.body.starts_with(R"({"statusCode":404,"message":"Cannot GET )"));
  }
  CHECK(upstream.connections() == 0);
  for (const char* path : {"/v1/api/enrichment/email", "/v1/api/enrichment/email/507f1f77bcf86cd799439011",
                           "/v1/api/enrichment/credits", "/v1/api/enrichment/credits?x=1"})
    CHECK(RawSocket(recorder.port()).exchange(get(path, "DELETE")).body == "{}");
  CHECK(upstream.connections() == 4);
}

TEST_CASE("record: the client's key is in no text, even if the upstream repeats it") {
  const std::string key(kKey);
  Receiver upstream(support::answers(503, R"({"message":"bad key )" + key + R"("})", "Retry-After: " + key + "\r\n"));
  Written written;
  auto options = options_for(url_of(upstream), written);
  options.hidden = Hidden::none;
  Recorder recorder(options);
  RawSocket(recorder.port()).exchange(post(wanted("jane", R"(,"external_id":")" + key + "\"")));
  const auto polled = RawSocket(recorder.port()).exchange(get("/v1/api/enrichment/email/" + key));
  CHECK(contains(polled.body, key));  // the client gets what was sent
  const auto unknown = RawSocket(recorder.port()).exchange(get("/" + key));
  CHECK_FALSE(contains(unknown.body, key));
  recorder.stop();
  CHECK(contains(written.last(), "bad key sk-l***"));
  CHECK(contains(written.log(), "POST /v1/api/enrichment/email 503"));
  CHECK_FALSE(contains(written.last(), key));
  CHECK_FALSE(contains(written.log(), key));
}

TEST_CASE("record: the client's key is in no text if a callback repeats it") {
  const std::string key(kKey);
  struct Case {
    const char* name;
    std::string callback, masked;
  };
  std::string escaped = key;
  escaped.replace(key.size() - 1, 1, "\\u0066");
  const Case cases[] = {
      {"as the external_id", R"({"external_id":")" + key + "\"}", "merge_patch"},
      {"in another external_id", R"({"external_id":"for )" + key + "\"}", "for sk-l***"},
      {"in an unknown member", R"({"sent_by":")" + key + "\"}", R"("sent_by":"sk-l***)"},
      {"as a name", R"({")" + key + R"(":1})", "sk-l***"},
      {"with an escape", R"({"sent_by":")" + escaped + "\"}", R"("sent_by":"sk-l***)"},
      {"in no JSON", "sent by " + key, R"("raw_body":"sent by sk-l***)"},
  };
  for (const auto& [name, sent, masked] : cases) {
    CAPTURE(name);
    Receiver client(support::answers(500, "not for " + key));
    Receiver upstream(support::answers(201, R"({"_id":"a","status":"pending"})"));
    Written written;
    auto options = options_for(url_of(upstream), written);
    options.public_url = "https://tunnel.example";
    options.hidden = Hidden::none;
    Recorder recorder(options);
    RawSocket(recorder.port())
        .exchange(
            post(wanted("jane", R"(,"external_id":")" + key + R"(","callback_url":")" + client.url("/" + key) + '"')));
    const auto body = upstream.requests().at(0).body;
    const auto path = body.substr(body.find("tunnel.example") + 14, 33);
    RawSocket(recorder.callback_port())
        .exchange("POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(sent.size()) +
                  "\r\n\r\n" + sent);
    CHECK(client.requests().at(0).body == sent);  // the client gets what was sent
    recorder.stop();
    CAPTURE(written.last());
    CHECK(contains(written.last(), masked));
    for (const auto& text : {written.last(), written.log()}) {
      CHECK_FALSE(contains(text, key));
      CHECK_FALSE(contains(text, escaped));
    }
  }
}

TEST_CASE("record: a callback reaches the client with its headers and bytes, and the upstream gets its answer") {
  Receiver client(support::answers(500, "not now", "X-Client: 1\r\n"));
  Receiver upstream(support::answers(201, R"({"_id":"a","status":"pending"})"));
  Written written;
  auto options = options_for(url_of(upstream), written);
  options.public_url = "https://tunnel.example";
  Recorder recorder(options);
  const auto sent = client.url("/hook?secret=1");
  RawSocket(recorder.port())
      .exchange(post(wanted("jane", R"(, "callback_url" : ")" + sent + R"(" ,"external_id":"x")")));

  // Only the URL was replaced, by one with 128 bits that are not in the log.
  const auto passed = upstream.requests().at(0).body;
  const std::string before =
      wanted("jane").substr(0, wanted("jane").size() - 1) + R"(, "callback_url" : "https://tunnel.example/)";
  REQUIRE(passed.starts_with(before));
  const auto token = passed.substr(before.size(), 32);
  CHECK(token.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(passed.substr(before.size() + 32) == R"(" ,"external_id":"x"})");

  const auto callback = [&](const std::string& path, const std::string& method = "POST") {
    return RawSocket(recorder.callback_port())
        .exchange(method + " " + path +
                  " HTTP/1.1\r\nHost: tunnel.example\r\nX-Signature: abc\r\nContent-Type: text/odd\r\n" +
                  "Content-Length: 5\r\n\r\n" + "{odd}");
  };
  const auto answer = callback("/" + token);
  CHECK(answer.status == 500);
  CHECK(answer.body == "not now");
  CHECK(answer.header("X-Client") == "1");
  const auto arrived = client.requests().at(0);
  CHECK(arrived.target == "/hook?secret=1");
  CHECK(arrived.body == "{odd}");
  CHECK(arrived.header("X-Signature") == "abc");
  CHECK(arrived.header("Content-Type") == "text/odd");
  CHECK(arrived.header("Host") == "127.0.0.1:" + std::to_string(client.port()));

  for (const auto& path : {"/" + token + "0", "/" + token + "?x=1", "/" + token + "/", std::string("/__admin/health"),
                           std::string("/v1/api/enrichment/credits"), std::string("/")})
    CHECK(callback(path).status == 404);
  CHECK(callback("/" + token, "PUT").status == 404);
  CHECK(client.connections() == 1);
  recorder.stop();
  CHECK(contains(written.last(), "raw_body"));
  CHECK(contains(written.log(), "POST (callback) "));
  CHECK_FALSE(contains(written.log(), token));
  CHECK_FALSE(contains(written.last(), "secret"));
}

TEST_CASE("record: a callback has the userinfo of the client's URL as credentials, unless it has its own") {
  struct Case {
    std::string userinfo, sent, expected;
  };
  const Case cases[] = {
      {"us:s%20r@", "", "Basic dXM6cyBy"}, {"us:s%20r@", "Authorization: Bearer own\r\n", "Bearer own"}, {"", "", ""}};
  Receiver upstream(support::answers(201, R"({"_id":"a","status":"pending"})"));
  for (const auto& [userinfo, sent, expected] : cases) {
    CAPTURE(sent);
    Receiver client(support::answers(200, ""));
    Written written;
    auto options = options_for(url_of(upstream), written);
    options.public_url = "https://tunnel.example";
    Recorder recorder(options);
    const auto url = "http://" + userinfo + "127.0.0.1:" + std::to_string(client.port()) + "/";
    RawSocket(recorder.port()).exchange(post(wanted("jane", R"(,"callback_url":")" + url + '"')));
    const auto body = upstream.requests().back().body;
    const auto path = body.substr(body.find("tunnel.example") + 14, 33);
    RawSocket(recorder.callback_port())
        .exchange("POST " + path + " HTTP/1.1\r\nHost: t\r\n" + sent + "Content-Length: 2\r\n\r\n{}");
    CHECK(client.requests().at(0).header("Authorization") == expected);
    recorder.stop();
    CHECK_FALSE(contains(written.last() + written.log(), "s%20r"));
    CHECK_FALSE(contains(written.last() + written.log(), "dXM6cyBy"));
  }
}

TEST_CASE("record: if the client's receiver fails, the upstream gets 502 or 504 and tries again") {
  std::uint16_t closed = 0;
  {
    Receiver gone(support::hangs());
    closed = gone.port();
  }
  Receiver hanging(support::hangs());
  Receiver upstream(support::answers(201, R"({"_id":"a","status":"pending"})"));
  Written written;
  auto options = options_for(url_of(upstream), written);
  options.public_url = "https://tunnel.example";
  options.server.callback_timeout = 50ms;
  Recorder recorder(options);
  int expected = 502;
  for (const auto port : {closed, hanging.port()}) {
    RawSocket(recorder.port())
        .exchange(post(wanted("jane", R"(,"callback_url":"http://127.0.0.1:)" + std::to_string(port) + "/\"")));
    const auto body = upstream.requests().back().body;
    const auto path = body.substr(body.find("tunnel.example") + 14, 33);
    const auto answer = RawSocket(recorder.callback_port())
                            .exchange("POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(answer.status == expected);
    CHECK(contains(answer.body, "The client's receiver did not answer"));
    expected = 504;
  }
}

TEST_CASE("record: without a public URL, or in a body that it cannot read, callback_url is passed on unchanged") {
  Receiver upstream(support::answers(400, "{}"));
  Written written;
  const auto passed = [&](const std::string& public_url, const std::string& body, std::string_view headers = "") {
    auto options = options_for(url_of(upstream), written);
    options.public_url = public_url;
    Recorder recorder(options);
    RawSocket(recorder.port()).exchange(post(body, "/v1/api/enrichment/email", headers));
    return upstream.requests().back().body;
  };
  const auto body = wanted("jane", R"(,"callback_url":"http://app.example/hook")");
  CHECK(passed("", body) == body);
  CHECK(passed("https://t.example", body, "Content-Encoding: gzip\r\n") == body);
  for (const std::string odd :
       {R"({"callback_url":"ftp://x"})", R"({"callback_url":5})",
        R"({"callback_url":"http://a/","callback_url":"http://b/"})", R"({"callback_url":"http://a/")", ""})
    CHECK(passed("https://t.example", odd) == odd);
  CHECK(passed("https://t.example", body) != body);
}

TEST_CASE("record: a hundred clients at once are all recorded") {
  support::Mock mock;
  Written written;
  Recorder recorder(options_for(mock.emulator.url(), written));
  std::vector<std::thread> clients;
  std::atomic<int> accepted = 0;
  for (int n = 0; n < 100; ++n)
    clients.emplace_back([&, n] {
      accepted += RawSocket(recorder.port()).exchange(post(wanted("person-" + std::to_string(n)))).status == 201;
    });
  for (auto& client : clients) client.join();
  CHECK(accepted == 100);
  recorder.stop();
  CHECK(contains(written.last(), ": 100 requests,"));
  CHECK(contains(written.last(), "for 100 people"));
}

TEST_CASE("record: what is new is saved regularly, and again if that fails") {
  support::Mock mock;
  Written written;
  auto options = options_for(mock.emulator.url(), written);
  options.save_every = 1ms;
  Recorder recorder(options);
  CHECK(contains(written.last(), ": 0 requests,"));
  written.fail_next(2);
  RawSocket(recorder.port()).exchange(post(wanted("jane")));
  CHECK(written.has_logged("the disk is full"));
  CHECK(written.has(": 1 request,"));
  const auto saves = written.saves();
  recorder.stop();
  CHECK(written.saves() == saves);
}

TEST_CASE("record: stopping saves what is known and ends calls in progress, whatever the upstream does") {
  Receiver upstream([first = std::make_shared<std::atomic<bool>>(true)](Peer& peer) {
    peer.read_request();
    if (first->exchange(false))
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"balance\":7}");
    else
      peer.hang();
  });
  Written written;
  auto options = options_for(url_of(upstream), written);
  options.timeout = 24h;
  Recorder recorder(options);
  RawSocket(recorder.port()).exchange(get(kBalance));
  RawSocket hanging(recorder.port());
  REQUIRE(hanging.send(get(kBalance)));
  REQUIRE(upstream.wait_for_requests(2));
  recorder.stop();
  CHECK(contains(written.last(), R"("credits": 7)"));
  CHECK(contains(written.last(), "1 call that the upstream did not answer"));
  written.fail_next(1);
  recorder.stop();  // has no news
}

TEST_CASE("record: stopping tries to save a second time, and ends the servers even if that fails") {
  Receiver upstream(support::answers(200, R"({"balance":7})"));
  for (const int failures : {1, 2}) {
    CAPTURE(failures);
    Written written;
    Recorder recorder(options_for(url_of(upstream), written));
    RawSocket client(recorder.port());
    client.exchange(get(kBalance));
    written.fail_next(failures);
    if (failures == 1)
      recorder.stop();
    else
      CHECK_THROWS_WITH(recorder.stop(), "the disk is full");
    CHECK(client.receive_rest().empty());
    recorder.stop();  // what could not be saved is still news
    CHECK(contains(written.last(), R"("credits": 7)"));
  }
}

TEST_CASE("record: it does not start if its port is taken or nothing can be saved") {
  support::Mock mock;
  Written written;
  auto options = options_for(mock.emulator.url(), written);
  options.server.port = mock.emulator.port();
  CHECK_THROWS_AS(Recorder{options}, AddressError);
  options.server.port = 0;
  written.fail_next(1);
  CHECK_THROWS_WITH(Recorder{options}, "the disk is full");
}

}  // namespace enrichment_mock::upstream
