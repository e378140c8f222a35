#include "callbacks/target_policy.h"

#include <doctest/doctest.h>
#include <stdexcept>

#include "base/sockets.h"

namespace enrichment_mock::callbacks {
namespace {

bool allows(const TargetPolicy& policy, const std::string& address) {
  const auto resolved = base::resolve(address, 80);
  REQUIRE(resolved.size() == 1);
  return policy.allows_address(resolved[0].storage);
}

TEST_CASE("an empty list means everything or loopback") {
  CHECK(allows(TargetPolicy(), "10.1.2.3"));
  CHECK(allows(TargetPolicy({}, false), "10.1.2.3"));
  const TargetPolicy loopback({}, true);
  CHECK(loopback.allows_name("LocalHost"));
  CHECK_FALSE(loopback.allows_name("localhost.example"));
  for (const char* each : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) CHECK(allows(loopback, each));
  for (const char* each : {"128.0.0.1", "0.0.0.0", "10.0.0.1", "::", "::2", "::ffff:10.0.0.1", "fe80::1"}) {
    CAPTURE(each);
    CHECK_FALSE(allows(loopback, each));
  }
}

TEST_CASE("only the listed names, addresses and ranges are allowed") {
  const TargetPolicy policy({"App.Internal", "my_service", "10.1.2.3", "192.168.4.0/22", "2001:db8::/33", "[fd00::1]"},
                            true);
  CHECK_FALSE(policy.allows_all());
  for (const char* each : {"app.internal", "APP.INTERNAL", "app.internal.", "my_service"})
    CHECK(policy.allows_name(each));
  for (const char* each : {"app", "x.app.internal", "app.internal.evil.example", "localhost"}) {
    CHECK_FALSE(policy.allows_name(each));
  }
  for (const char* each :
       {"10.1.2.3", "192.168.4.0", "192.168.7.255", "2001:db8:7fff::1", "fd00::1", "::ffff:10.1.2.3"}) {
    CAPTURE(each);
    CHECK(allows(policy, each));
  }
  for (const char* each : {"10.1.2.4", "192.168.8.0", "192.168.3.255", "2001:db8:8000::1", "fd00::2", "127.0.0.1"}) {
    CAPTURE(each);
    CHECK_FALSE(allows(policy, each));
  }
}

TEST_CASE("the list may contain the words loopback and all") {
  CHECK(allows(TargetPolicy({"10.0.0.0/8", "loopback"}, true), "127.0.0.1"));
  CHECK(TargetPolicy({"10.0.0.0/8", "all"}, true).allows_all());
  CHECK(allows(TargetPolicy({"0.0.0.0/0"}, true), "8.8.8.8"));
  CHECK_FALSE(allows(TargetPolicy({"0.0.0.0/0"}, true), "2001:db8::1"));
}

TEST_CASE("an invalid entry is named") {
  for (const std::string each :
       {"", " ", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8", "10.1.2", "300.1.1.1", "::1/129",
        "app:80", "http://app", "app/8", "a b", "*.example.com", "-app", "user@app", "[::1"}) {
    CAPTURE(each);
    const std::string message = "\"" + each + "\" is not a host, address, CIDR range, \"loopback\" or \"all\"";
    CHECK_THROWS_WITH_AS(TargetPolicy({"app", each}, true), message.c_str(), std::invalid_argument);
  }
}

}  // namespace
}  // namespace enrichment_mock::callbacks
