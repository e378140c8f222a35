// What POSIX leaves to each system about TCP sockets. Here Linux has calls of its own, which save others; all other
// systems take the plain way, and so does Linux where ENRICHMENT_MOCK_PLAIN_POSIX is defined, so that it can be tested.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace enrichment_mock::base {

// Non-blocking, and not inherited by programs that are started. -1: errno says why.
int open_socket(int family);

// The next connection of a listening socket: blocking, not inherited. -1: errno says why; EAGAIN: there is none.
int accept_socket(int listener);

// A peer that has left is an error of send() then, not a signal that ends the process, and what is sent goes out at
// once, without the wait of 40 ms for the peer's delayed acknowledgement.
void set_send_options(int socket);

// To be given to send(), for where that is no property of the socket.
extern const int kSendFlags;

// What was sent and the peer has not acknowledged. It goes down for as long as the peer takes bytes.
std::size_t unacknowledged_bytes(int socket);

// Network addresses of a host.

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  std::string text() const;  // "127.0.0.1", "::1"
};

// The addresses of a name or of an address in text, in the order in which to try them; none if it cannot be resolved.
// Asks the system's resolver, which may block for as long as name servers are silent.
std::vector<Address> resolve(const std::string& host, std::uint16_t port);

}  // namespace enrichment_mock::base
