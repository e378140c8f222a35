// Network addresses of a host.
#pragma once
#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace enrichment_mock::callbacks {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  std::string text() const;  // "127.0.0.1", "::1"
};

// The addresses of a name or of an address in text, in the order in which to try them; none if it cannot be resolved.
// Asks the system's resolver, which may block for as long as name servers are silent.
std::vector<Address> resolve(const std::string& host, std::uint16_t port);

}  // namespace enrichment_mock::callbacks
