// The HTTP server over TLS, with TLS clients and with other ones.
#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/ssl.h>
#include <vector>

#include "net/identity.h"
#include "support/http_test_server.h"
#include "support/patience.h"
#include "support/raw_socket.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

struct TlsServer {
  explicit TlsServer(net::Handler handler = echo, net::Limits limits = {})
      : server(std::move(handler), refuse, {}, limits,
               std::make_shared<const net::Identity>(certificate.certificate, certificate.key)),
        port(server.start("127.0.0.1", 0)) {}

  std::unique_ptr<httplib::SSLClient> client() const {
    auto made = std::make_unique<httplib::SSLClient>("localhost", port);
    made->set_ca_cert_path(ca_file);
    made->enable_server_certificate_verification(true);
    made->set_keep_alive(true);
    made->set_read_timeout(kPatience);
    return made;
  }
  // One request on a new connection.
  int status() const {
    const auto answer = client()->Get("/path");
    return answer ? answer->status : 0;
  }

  TemporaryDirectory directory;
  net::SelfSigned certificate = net::make_self_signed({"localhost", "127.0.0.1"});
  std::string ca_file = directory.write("ca.pem", certificate.authority);
  net::Server server;
  const std::uint16_t port;
};

// A client's first bytes: the header of a TLS record with that many bytes of a handshake, which are not sent yet.
const std::string kBegun = std::string("\x16\x03\x01\x02\x00", 5) + "\x01";

// The versions and protocols that a server agrees to, asked by OpenSSL itself.
struct Agreed {
  bool connected = false;
  std::string version, protocol;
};

Agreed agree(std::uint16_t port, int most, const std::string& protocols) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), most);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "DEFAULT@SECLEVEL=0");  // otherwise old versions are not even offered
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()), &BIO_free_all);
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  SSL* session = nullptr;
  BIO_get_ssl(connection.get(), &session);
  if (BIO_do_handshake(connection.get()) != 1) return {};
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &chosen, &size);
  return {true, SSL_get_version(session), std::string(reinterpret_cast<const char*>(chosen), size)};
}

}  // namespace

TEST_CASE("https: a client that trusts the authority is served, with several requests on one connection") {
  const TlsServer tls;
  const auto client = tls.client();
  const std::string large(900'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto answer = client->Post("/path", large, "text/plain");
    REQUIRE(answer);
    CHECK(answer->body == "POST /path " + large);
  }
}

TEST_CASE("https: a client that trusts another authority disconnects") {
  TlsServer tls;
  const TlsServer other;
  tls.ca_file = other.ca_file;
  CHECK(tls.client()->Get("/").error() == httplib::Error::SSLServerVerification);
  tls.ca_file = tls.directory.path("ca.pem");
  CHECK(tls.status() == 200);
}

TEST_CASE("https: TLS 1.2 and 1.3, and HTTP/1.1 by name") {
  const TlsServer tls;
  const std::string both("\x02h2\x08http/1.1", 12);
  CHECK(agree(tls.port, TLS1_3_VERSION, both).version == "TLSv1.3");
  CHECK(agree(tls.port, TLS1_3_VERSION, both).protocol == "http/1.1");
  CHECK(agree(tls.port, TLS1_2_VERSION, both).version == "TLSv1.2");
  CHECK_FALSE(agree(tls.port, TLS1_1_VERSION, both).connected);
  CHECK_FALSE(agree(tls.port, TLS1_3_VERSION, std::string("\x02h2", 3)).connected);
}

TEST_CASE("https: plain HTTP gets a plain response, and other bytes do no harm") {
  const TlsServer tls;
  RawSocket plain(tls.port);
  const auto answer = plain.exchange(kGet);
  CHECK(answer.status == 400);
  CHECK(answer.body == "refused: this port speaks TLS: expected https://");
  for (const std::string& noise : {std::string("\x16\x03\x01\x00\x05hello", 10), std::string(100'000, '\x16'),
                                   std::string("\x15\x03\x01\x00\x02\x02\x28", 7), std::string("\0", 1)}) {
    RawSocket socket(tls.port);
    socket.send(noise);
    socket.finish_sending();
    socket.receive_rest();
  }
  CHECK(tls.status() == 200);
}

TEST_CASE("https: a handshake without progress delays no other, and is ended") {
  net::Limits limits;
  limits.receive = 500ms;
  const TlsServer tls(echo, limits);
  RawSocket slow(tls.port);
  slow.send(kBegun);
  CHECK(succeeds_in_one_try([&] { return tls.status() == 200; }));
  CHECK(slow.receive_rest().empty());
}

TEST_CASE("https: a client that sends nothing is disconnected after the idle timeout") {
  net::Limits limits;
  limits.idle = 50ms;
  const TlsServer tls(echo, limits);
  CHECK(RawSocket(tls.port).receive_rest().empty());
}

TEST_CASE("https: a request that does not arrive in time is 408") {
  net::Limits limits;
  limits.receive = 500ms;
  const TlsServer tls(echo, limits);
  const auto client = tls.client();
  const auto slowly = [](std::size_t offset, std::size_t, httplib::DataSink& sink) {
    return offset == 0 && sink.write("x", 1);  // of two
  };
  client->set_read_timeout(5);
  const auto answer = client->Post("/", 2, slowly, "text/plain");
  CHECK((!answer || answer->status == 408));
  CHECK(succeeds_in_one_try([&] { return tls.status() == 200; }));
}

TEST_CASE("https: responses end as the handler says") {
  struct Case {
    net::Ending ending;
    httplib::Error error;
  };
  const Case cases[] = {
      {{.kind = net::Ending::Kind::reset}, httplib::Error::Read},
      {{.kind = net::Ending::Kind::empty}, httplib::Error::Read},
      {{.kind = net::Ending::Kind::truncated, .body_bytes = 3}, httplib::Error::Read},
      {{.kind = net::Ending::Kind::stalled, .body_bytes = 3, .stall = 100ms}, httplib::Error::Read},
  };
  for (const Case& each : cases) {
    const TlsServer tls([&](const net::Request&) { return net::Response{.body = "a body", .ending = each.ending}; });
    std::string received;
    const auto answer = tls.client()->Get("/", [&](const char* bytes, std::size_t size) {
      received.append(bytes, size);
      return true;
    });
    CHECK(answer.error() == each.error);
    CHECK(received == std::string("a body").substr(0, each.ending.body_bytes));
  }
}

TEST_CASE("https: a dribbled response arrives whole, and the connection can be used again") {
  const TlsServer tls([](const net::Request&) {
    return net::Response{.body = "a body", .ending = {.kind = net::Ending::Kind::dribbled, .over = 30ms}};
  });
  const auto client = tls.client();
  for (int i = 0; i < 2; ++i) {
    const auto before = SteadyClock::now();
    const auto answer = client->Get("/");
    REQUIRE(answer);
    CHECK(answer->body == "a body");
    CHECK(SteadyClock::now() - before >= 30ms);
  }
}

TEST_CASE("https: connections past the limit get 503") {
  net::Limits limits;
  limits.connections = 1;
  const TlsServer tls(echo, limits);
  const auto first = tls.client();
  REQUIRE(first->Get("/"));
  CHECK(succeeds_in_one_try([&] { return tls.status() == 503; }));
}

TEST_CASE("https: the server stops at once, in any state of its connections") {
  TlsServer tls;
  std::vector<RawSocket> silent, begun;
  std::vector<std::unique_ptr<httplib::SSLClient>> idle;
  for (int i = 0; i < 20; ++i) {
    silent.emplace_back(tls.port);
    begun.emplace_back(tls.port).send(kBegun);
    idle.push_back(tls.client());
    REQUIRE(idle.back()->Get("/"));
  }
  const auto before = SteadyClock::now();
  tls.server.stop();
  CHECK(SteadyClock::now() - before < kPatience);
}
