#include "control/guard.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;

namespace {

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

// The status of the refusal; 200: not refused.
int verdict(Headers headers, const control::GuardSettings& settings = {}) {
  net::Request request;
  request.headers = std::move(headers);
  const auto refused = control::refusal(request, settings);
  return refused ? refused->status : 200;
}

}  // namespace

TEST_CASE(
    "hosts: addresses, localhost, names without a dot and host.docker.internal may be called; others may be bound "
    "to this machine by anybody") {
  struct Case {
    const char* host;
    int status;
  };
  for (const auto& [host, status] : {Case{"127.0.0.1", 200},
                                     {"127.0.0.1:8080", 200},
                                     {"192.168.1.7:8080", 200},
                                     {"[::1]:8080", 200},
                                     {"[::1]", 200},
                                     {"localhost", 200},
                                     {"LOCALHOST:8080", 200},
                                     {"enrichment-mock:8080", 200},
                                     {"host.docker.internal:8080", 200},
                                     {"Host.Docker.Internal", 200},
                                     {"evil.example", 403},
                                     {"evil.example:8080", 403},
                                     {"127.0.0.1.evil.example", 403},
                                     {"127.0.0.1.nip.io:8080", 403},
                                     {"localhost.evil.example", 403},
                                     {"host.docker.internal.evil.example", 403},
                                     {"evil.example.", 403},
                                     {":8080", 403},
                                     {"[::1", 403},
                                     {"[::1].evil.example", 403},
                                     {"[::1].evil.example:8080", 403},
                                     {"[::1]8080", 403},
                                     {"[evil.example]", 403},
                                     {"[]", 403},
                                     {"]", 403},
                                     {"127.0.0.1:8080.evil.example", 403},
                                     {"localhost:evil.example", 403},
                                     {"localhost:8080:9", 403},
                                     {"::1", 403},
                                     {"a@localhost", 403},
                                     {"[fe80::1]:", 200},
                                     {"[::ffff:127.0.0.1]:8080", 200},
                                     {"my_mock-1", 200},
                                     {"", 403}}) {
    const auto& this_host = host;
    CAPTURE(this_host);
    CHECK(verdict({{"Host", host}}) == status);
  }
  CHECK(verdict({}) == 403);
}

TEST_CASE("hosts that the settings allow may be called, in any letter case, on any port") {
  const control::GuardSettings settings{.hosts = {"mock.ci.example"}};
  CHECK(verdict({{"Host", "mock.ci.example"}}, settings) == 200);
  CHECK(verdict({{"Host", "MOCK.ci.example:9000"}}, settings) == 200);
  CHECK(verdict({{"Host", "mock.ci.example.evil.example"}}, settings) == 403);
  CHECK(verdict({{"Host", "other.ci.example"}}, settings) == 403);
}

TEST_CASE("origins: the mock's own pages may call, other pages may not") {
  struct Case {
    const char *host, *origin;
    int status;
  };
  for (const auto& [host, origin, status] : {Case{"localhost:8080", "http://localhost:8080", 200},
                                             {"localhost:8080", "HTTP://LOCALHOST:8080", 200},
                                             {"localhost:8080", "http://localhost:3000", 403},
                                             {"localhost:8080", "http://127.0.0.1:8080", 403},
                                             {"localhost:8080", "https://evil.example", 403},
                                             {"localhost:8080", "http://localhost:8080.evil.example", 403},
                                             {"localhost:8080", "null", 403},
                                             {"localhost:8080", "file://", 403},
                                             {"localhost:8080", "", 403},
                                             {"[::1]:8080", "http://[::1]:8080", 200}}) {
    const auto& this_origin = origin;
    CAPTURE(this_origin);
    CHECK(verdict({{"Host", host}, {"Origin", origin}}) == status);
  }
}

TEST_CASE("a rebound name is refused even if origin and host are the same") {
  CHECK(verdict({{"Host", "evil.example:8080"}, {"Origin", "http://evil.example:8080"}}) == 403);
}

TEST_CASE("if a token is set, a call needs the whole token") {
  const control::GuardSettings settings{.hosts = {}, .token = "s3cret"};
  struct Case {
    const char* authorization;
    int status;
  };
  for (const auto& [authorization, status] : {Case{"Bearer s3cret", 200},
                                              {"bearer s3cret", 200},
                                              {"Bearer s3cre", 401},
                                              {"Bearer s3crets", 401},
                                              {"Bearer S3CRET", 401},
                                              {"Bearer ", 401},
                                              {"Bearer", 401},
                                              {"Basic s3cret", 401},
                                              {"s3cret", 401},
                                              {"", 401}}) {
    const auto& this_authorization = authorization;
    CAPTURE(this_authorization);
    CHECK(verdict({{"Host", "localhost"}, {"Authorization", authorization}}, settings) == status);
  }
  CHECK(verdict({{"Host", "localhost"}}, settings) == 401);
}

TEST_CASE("the 401 names the scheme") {
  net::Request request;
  request.headers = {{"Host", "localhost"}};
  const auto refused = control::refusal(request, {.hosts = {}, .token = "t"});
  REQUIRE(refused);
  REQUIRE(refused->headers.size() == 1);
  CHECK(refused->headers[0] == std::pair<std::string, std::string>("WWW-Authenticate", "Bearer"));
}

TEST_CASE("a token does not allow other hosts and origins") {
  const control::GuardSettings settings{.hosts = {}, .token = "s3cret"};
  CHECK(verdict({{"Host", "evil.example"}, {"Authorization", "Bearer s3cret"}}, settings) == 403);
  CHECK(verdict({{"Host", "localhost"}, {"Origin", "http://a.example"}, {"Authorization", "Bearer s3cret"}},
                settings) == 403);
}
