#include <doctest/doctest.h>
#include <stdexcept>

#include "callbacks/sender.h"
#include "support/certificate.h"
#include "support/deliveries.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::deliver;
using support::Receiver;

// A receiver with a self-signed certificate for `host`, and a file with that certificate as authority.
struct TlsReceiver {
  explicit TlsReceiver(const std::string& host, Receiver::Script script = support::answers(200), bool expired = false)
      : certificate(support::make_certificate(host, expired)),
        ca_file(directory.write("ca.pem", certificate.certificate)),
        receiver(std::move(script), certificate.certificate, certificate.key) {}

  support::TemporaryDirectory directory;
  support::Certificate certificate;
  std::string ca_file;
  Receiver receiver;
};

const std::string kTrustHint =
    "; trust its authority with --callback-ca FILE, or accept any certificate with --callback-insecure";
const std::string kInsecureHint = "; --callback-insecure accepts any certificate";

TEST_CASE("https reaches a receiver whose authority is trusted, by name and by address") {
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    CAPTURE(host);
    TlsReceiver to(host);
    HttpSender sender({.ca_file = to.ca_file});
    const Delivery delivery =
        deliver(sender, {.url = to.receiver.url("/hook?a=b", host), .body = std::string(100'000, 'x')});
    CHECK(delivery.error == "");
    CHECK(delivery.status == 200);
    REQUIRE(to.receiver.requests().size() == 1);
    CHECK(to.receiver.requests()[0].target == "/hook?a=b");
    CHECK(to.receiver.requests()[0].body.size() == 100'000);
  }
}

TEST_CASE("an untrusted certificate is refused, unless told not to verify") {
  TlsReceiver to("localhost");
  HttpSender strict;
  const Delivery refused = deliver(strict, {.url = to.receiver.url("/", "localhost")});
  CHECK(refused.error.starts_with("TLS: certificate verify failed: self"));
  CHECK(refused.error.ends_with(kTrustHint));
  CHECK(refused.is_configuration_error);
  TlsReceiver other("localhost");
  HttpSender mistaken({.ca_file = other.ca_file});
  CHECK(deliver(mistaken, {.url = to.receiver.url("/", "localhost")}).error.ends_with(kTrustHint));
  CHECK(to.receiver.requests().empty());
  HttpSender lenient({.verify_certificate = false});
  CHECK(deliver(lenient, {.url = to.receiver.url("/", "localhost")}).status == 200);
}

TEST_CASE("a certificate for another name, or an expired one, is refused") {
  TlsReceiver name("other.example");
  HttpSender sender({.ca_file = name.ca_file});
  const Delivery refused = deliver(sender, {.url = name.receiver.url("/", "localhost")});
  CHECK(refused.error == "TLS: certificate verify failed: hostname mismatch" + kInsecureHint);
  CHECK_FALSE(refused.is_configuration_error);
  TlsReceiver address("10.1.2.3");
  HttpSender another({.ca_file = address.ca_file});
  CHECK(deliver(another, {.url = address.receiver.url()}).error ==
        "TLS: certificate verify failed: IP address mismatch" + kInsecureHint);
  TlsReceiver expired("127.0.0.1", support::answers(200), true);
  HttpSender third({.ca_file = expired.ca_file});
  CHECK(deliver(third, {.url = expired.receiver.url()}).error ==
        "TLS: certificate verify failed: certificate has expired" + kInsecureHint);
}

TEST_CASE("a receiver that speaks plain HTTP, closes or hangs instead of a handshake") {
  struct Case {
    Receiver::Script script;
    std::chrono::milliseconds timeout;
    std::string error;  // empty: it depends
  };
  const Case cases[] = {
      {support::sends("HTTP/1.1 400 Bad Request\r\n\r\n"), 30s, "TLS: the peer does not speak TLS"},
      {[](support::Peer&) {}, 30s, ""},
      {[](support::Peer& peer) { peer.hang(); }, 250ms, "timed out after 250ms (see --callback-timeout)"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.error);
    Receiver receiver(each.script);
    HttpSender sender;
    const Delivery delivery = deliver(sender, {.url = "https" + receiver.url().substr(4), .timeout = each.timeout});
    CHECK(delivery.status == 0);
    // Closing before our hello is read causes a reset, if it has arrived.
    if (each.error.empty()) {
      CHECK((delivery.error == "connection reset" || delivery.error == "TLS: closed during the handshake"));
    } else {
      CHECK(delivery.error == each.error);
    }
  }
}

TEST_CASE("https to a silent or slow receiver runs into the timeout") {
  for (const Receiver::Script& script : {support::hangs(), support::drips("HTTP/1.1 200 OK\r\nX: xxxx")}) {
    TlsReceiver to("localhost", script);
    HttpSender sender({.ca_file = to.ca_file});
    CHECK(deliver(sender, {.url = to.receiver.url("/", "localhost"), .timeout = 300ms}).error ==
          "timed out after 300ms (see --callback-timeout)");
  }
}

TEST_CASE("a file without certificates is refused at once") {
  support::TemporaryDirectory directory;
  const std::string file = directory.write("ca.pem", "nothing");
  CHECK_THROWS_WITH_AS(HttpSender({.ca_file = file}), ("cannot read PEM certificates from " + file).c_str(),
                       std::invalid_argument);
}

}  // namespace
}  // namespace enrichment_mock::callbacks
