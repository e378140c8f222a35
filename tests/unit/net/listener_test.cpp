#include "net/listener.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "base/sockets.h"
#include "base/waiting.h"
#include "net/server.h"
#include "support/http_test_server.h"
#include "support/mounted.h"
#include "support/raw_socket.h"
#include "support/temporary_directory.h"
#include "support/without_ipv6.h"

namespace enrichment_mock::net {
namespace {

using namespace std::chrono_literals;

// Connections to 127.0.0.1 that are started without waiting for them.
class Burst {
 public:
  Burst(std::uint16_t port, std::size_t count) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < count; ++i) {
      sockets_.push_back(::socket(AF_INET, SOCK_STREAM, 0));
      ::fcntl(sockets_.back(), F_SETFL, O_NONBLOCK);
      ::connect(sockets_.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }
  ~Burst() {
    for (const int socket : sockets_) ::close(socket);
  }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  // How many are connected by the deadline.
  std::size_t established(base::Clock::time_point deadline) const {
    return static_cast<std::size_t>(std::count_if(sockets_.begin(), sockets_.end(), [&](int socket) {
      pollfd connected{socket, POLLOUT, 0};
      return ::poll(&connected, 1, base::poll_timeout(deadline)) == 1 && connected.revents == POLLOUT;
    }));
  }

 private:
  std::vector<int> sockets_;
};

// The kernel's limit for every backlog.
std::size_t longest_backlog() {
  std::size_t length = 128;
  std::ifstream("/proc/sys/net/core/somaxconn") >> length;
  return length;
}

// As long as this lives, the process can open no more descriptors.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_CASE("a thousand clients connect at the same moment, before any of them is accepted") {
  support::allow_sockets(1000);
  const Listener listener("127.0.0.1", 0);
  const auto count = std::min<std::size_t>(1000, longest_backlog());
  const Burst clients(listener.port(), count);
  CHECK(clients.established(base::deadline_in(60s)) == count);
}

// Whether a client can connect to that port.
bool connects(const std::string& address, std::uint16_t port) {
  const auto found = base::resolve(address, port);
  const int socket = ::socket(found.front().storage.ss_family, SOCK_STREAM, 0);
  const auto* to = reinterpret_cast<const sockaddr*>(&found.front().storage);
  const bool connected = ::connect(socket, to, found.front().length) == 0;
  ::close(socket);
  return connected;
}

std::string error_of(const std::string& host, std::uint16_t port) {
  try {
    const Listener listener(host, port);
    return "listens";
  } catch (const BindError& error) {
    return error.what();
  }
}

bool has_ipv6() { return error_of("::1", 0) == "listens"; }

// Does `work` with this content of /etc/hosts.
template <class Work>
void with_names(std::string_view names, Work work) {
  const support::TemporaryDirectory directory;
  const bool done = support::with_mounted(directory.write("hosts", names), "/etc/hosts", work);
  if (!done) MESSAGE("skipped: nothing can be mounted here");
}

TEST_CASE("the listener uses all addresses of a name, at the same port") {
  const std::string second = has_ipv6() ? "::1" : "127.0.0.2";
  with_names(second + " both\n127.0.0.1 both\n", [&] {
    Listener listener("both", 0);
    base::StopSignal stop;
    stop.raise();
    for (const std::string& address : {second, std::string("127.0.0.1"), second}) {
      CHECK(connects(address, listener.port()));
      const int socket = listener.accept(stop);
      CHECK(socket >= 0);
      ::close(socket);
    }
    CHECK(listener.accept(stop) == -1);
  });
}

TEST_CASE("if one address of a name is in use, listening fails, and no other address stays in use") {
  const std::string second = has_ipv6() ? "::1" : "127.0.0.2";
  with_names("127.0.0.1 both\n" + second + " both\n", [&] {
    for (const std::string& taken : {second, std::string("127.0.0.1")}) {
      const Listener other(taken, 0);
      const std::string port = std::to_string(other.port());
      CHECK(error_of("both", other.port()) == "both:" + port + ": address already in use (" + taken + ")");
      const std::string free = taken == second ? "127.0.0.1" : second;
      CHECK(error_of(free, other.port()) == "listens");
    }
  });
}

TEST_CASE("addresses of a name that belong to other machines are skipped") {
  with_names("192.0.2.1 both\n127.0.0.1 both\n192.0.2.1 elsewhere\n", [] {
    const Listener listener("both", 0);
    CHECK(connects("127.0.0.1", listener.port()));
    CHECK(error_of("elsewhere", 80) == "elsewhere:80: cannot assign requested address");
  });
}

TEST_CASE("listening on every address includes IPv4") {
  const Listener listener("::", 0);
  CHECK(listener.host() == (has_ipv6() ? "::" : listener.host()));
  CHECK(connects("127.0.0.1", listener.port()));
  if (has_ipv6()) CHECK(connects("::1", listener.port()));
  CHECK(error_of("127.0.0.1", listener.port()) != "listens");
}

TEST_CASE("without IPv6, every address means IPv4 only, and an IPv6 address fails") {
  const bool done = support::without_ipv6([] {
    const Listener listener("::", 0);
    CHECK(listener.host() == "0.0.0.0");
    CHECK(connects("127.0.0.1", listener.port()));
    CHECK(error_of("::", listener.port()).ends_with(": address already in use"));
    CHECK(error_of("::1", 80) == "[::1]:80: address family not supported by protocol");
  });
  if (!done) MESSAGE("skipped: sockets cannot be forbidden here");
}

base::Address address_with_port(const std::string& address, std::uint16_t port) {
  return base::resolve(address, port).front();
}

// An address of this machine that is not a loopback address; empty: there is none.
std::string outer_address() {
  ifaddrs* found = nullptr;
  REQUIRE(::getifaddrs(&found) == 0);
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(found, &::freeifaddrs);
  for (const auto* each = found; each; each = each->ifa_next) {
    char text[INET_ADDRSTRLEN] = "";
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET) continue;
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr, text, sizeof text);
    if (!std::string_view(text).starts_with("127.")) return text;
  }
  return "";
}

TEST_CASE(
    "an address reaches the server if the server listens there, and every address means all that this machine has") {
  struct Case {
    std::string host;
    std::vector<std::string> reached, not_reached;
  };
  const auto outer = outer_address();
  std::vector<Case> cases = {
      {"127.0.0.1", {"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"}, {"127.0.0.2", "192.0.2.1", "::1", "::"}},
      {"0.0.0.0", {"127.0.0.1", "127.0.0.2", "::ffff:127.0.0.1", "0.0.0.0"}, {"192.0.2.1", "::1", "::", "2001:db8::1"}},
      {"::", {"127.0.0.1", "127.0.0.2", "0.0.0.0"}, {"192.0.2.1", "2001:db8::1"}}};
  if (has_ipv6()) {
    cases.push_back({"::1", {"::1", "::"}, {"127.0.0.1", "0.0.0.0", "::2"}});
    cases[2].reached.insert(cases[2].reached.end(), {"::1", "::"});
  }
  if (!outer.empty()) {
    cases[0].not_reached.push_back(outer);
    cases[1].reached.push_back(outer);
    cases.push_back({outer, {outer}, {"127.0.0.1", "0.0.0.0"}});
  }
  for (const auto& [host, reached, not_reached] : cases) {
    CAPTURE(host);
    const Listener listener(host, 0);
    ListenAddresses addresses;
    CHECK_FALSE(addresses.reached_by(address_with_port("127.0.0.1", listener.port())));
    addresses.set(listener.addresses());
    for (const auto& target : reached) {
      CAPTURE(target);
      CHECK(addresses.reached_by(address_with_port(target, listener.port())));
      CHECK_FALSE(addresses.reached_by(address_with_port(target, 1)));
    }
    for (const auto& target : not_reached) {
      CAPTURE(target);
      CHECK_FALSE(addresses.reached_by(address_with_port(target, listener.port())));
    }
  }
}

TEST_CASE("a connection waits while there is no descriptor for it") {
  Listener listener("127.0.0.1", 0);
  base::StopSignal stop;
  stop.raise();
  auto client = support::RawSocket(listener.port());
  {
    const NoDescriptors scarcity;
    CHECK(listener.accept(stop) == -1);
  }
  const int socket = listener.accept(stop);
  CHECK(socket >= 0);
  ::close(socket);
}

}  // namespace
}  // namespace enrichment_mock::net
