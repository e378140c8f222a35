// Callbacks to the program's own receiver: always allowed, recognised by the address of the connection.
#include <doctest/doctest.h>
#include <mutex>

#include "callbacks/sender.h"
#include "net/identity.h"
#include "net/listener.h"
#include "net/server.h"
#include "support/deliveries.h"
#include "support/http_test_server.h"
#include "support/receiver.h"

namespace enrichment_mock::callbacks {
namespace {

using support::deliver;

std::shared_ptr<const net::Identity> make_identity(const std::string& name) {
  const auto made = net::make_self_signed({name});
  return std::make_shared<const net::Identity>(made.certificate, made.key);
}

// A server that records the header "Own" of each request; "-" if there is none.
class OwnServer {
 public:
  explicit OwnServer(const std::string& host, std::shared_ptr<const net::Identity> identity = nullptr,
                     std::uint16_t port = 0)
      : identity_(std::move(identity)),
        server_([this](const net::Request& request) { return take(request); }, support::refuse, {}, {}, identity_),
        port_(server_.start(host, port, addresses_.get())) {}

  std::string url(const std::string& host, const std::string& path = "/own/x?a=b") const {
    return (identity_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
  }
  std::uint16_t port() const { return port_; }
  OwnReceiver receiver() const { return {.addresses = addresses_, .path = "/own/", .identity = identity_}; }

  std::vector<std::string> received() {
    const std::lock_guard lock(received_mutex_);
    return std::exchange(received_, {});
  }

 private:
  net::Response take(const net::Request& request) {
    const auto own = request.header("own");
    const std::lock_guard lock(received_mutex_);
    received_.emplace_back(own.data() ? own : "-");
    return {};
  }

  const std::shared_ptr<net::ListenAddresses> addresses_ = std::make_shared<net::ListenAddresses>();
  const std::shared_ptr<const net::Identity> identity_;
  std::mutex received_mutex_;  // guards received_
  std::vector<std::string> received_;
  net::Server server_;
  const std::uint16_t port_;
};

// Of a sender that may call nothing else.
SenderOptions only_own(const OwnServer& server) {
  return {.targets = TargetPolicy({"app.invalid"}, true), .own = server.receiver()};
}

Delivery deliver_to(HttpSender& sender, const std::string& url) {
  return deliver(sender, {.url = url, .headers = {{"Own", "scripted"}}, .own_header = {"Own", "secret"}});
}

using Received = std::vector<std::string>;

TEST_CASE("the own receiver is reached and gets the own header, whatever the policy says") {
  struct Case {
    std::string host;
    std::vector<std::string> targets;
  };
  for (const auto& [host, targets] : {Case{"127.0.0.1", {"127.0.0.1", "localhost", "0.0.0.0"}},
                                      {"0.0.0.0", {"127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"}},
                                      {"::", {"127.0.0.1", "localhost", "0.0.0.0"}}}) {
    OwnServer own(host);
    HttpSender sender(only_own(own));
    for (const auto& target : targets) {
      CAPTURE(host);
      CAPTURE(target);
      const auto delivery = deliver_to(sender, own.url(target));
      CHECK(delivery.error == "");
      CHECK(delivery.status == 200);
      CHECK(own.received() == Received{"secret"});
    }
  }
}

TEST_CASE("other paths, ports and addresses are not the own receiver") {
  OwnServer own("127.0.0.1"), other("127.0.0.1"), neighbour("127.0.0.2", nullptr, own.port());
  const std::vector<std::pair<OwnServer*, std::string>> cases = {{&own, own.url("127.0.0.1", "/other/x")},
                                                                 {&own, own.url("127.0.0.1", "/own")},
                                                                 {&other, other.url("127.0.0.1")},
                                                                 {&neighbour, neighbour.url("127.0.0.2")}};
  HttpSender refusing(only_own(own)), calling({.own = own.receiver()});
  for (const auto& [server, url] : cases) {
    CAPTURE(url);
    CHECK(deliver_to(refusing, url).error.ends_with("is not allowed (see --callback-allow)"));
    CHECK(server->received().empty());
    CHECK(deliver_to(calling, url).status == 200);
    CHECK(server->received() == Received{"scripted"});
  }
}

TEST_CASE("the certificate of the own receiver is trusted there, and nowhere else") {
  const auto identity = make_identity("elsewhere.example");
  OwnServer own("127.0.0.1", identity), same_certificate("127.0.0.1", identity);
  HttpSender sender({.own = own.receiver()});
  const auto delivery = deliver_to(sender, own.url("127.0.0.1"));
  CHECK(delivery.error == "");
  CHECK(delivery.status == 200);
  CHECK(own.received() == Received{"secret"});
  for (const auto& url : {own.url("127.0.0.1", "/other"), same_certificate.url("127.0.0.1")}) {
    CAPTURE(url);
    CHECK(deliver_to(sender, url).error.starts_with("TLS: certificate verify failed: "));
  }

  auto mistaken = own.receiver();
  mistaken.identity = make_identity("127.0.0.1");
  HttpSender confused({.own = mistaken});
  CHECK(deliver_to(confused, own.url("127.0.0.1")).error == "TLS: certificate verify failed: certificate rejected");
  CHECK(own.received().empty());
}

}  // namespace
}  // namespace enrichment_mock::callbacks
