// TCP sockets and addresses, as far as systems differ. Linux has calls that save other calls. All other systems use
// plain POSIX calls. Linux does, too, if ENRICHMENT_MOCK_PLAIN_POSIX is defined: tests/scripts/plain_posix.sh tests
// them.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace enrichment_mock::base {

// A non-blocking socket that child processes do not inherit. -1: errno says why.
int open_socket(int family);

// The next connection of a listening socket: blocking, not inherited by child processes. -1: errno says why (EAGAIN:
// there is none).
int accept_socket(int listener);

// Sets two options. A peer that has closed is then an error of send(), not a signal that ends the process. And data is
// sent at once, instead of up to 40 ms later, when the peer's delayed acknowledgement arrives.
void set_send_options(int socket);

// Flags for send(), on systems where the first option cannot be set on the socket.
extern const int kSendFlags;

// How many sent bytes the peer has not acknowledged. The number falls as long as the peer accepts data.
std::size_t unacknowledged_bytes(int socket);

// The processor on which the last data arrived: if the peer is on this machine, the one on which it sent them. -1: the
// system does not say.
int arrival_processor(int socket);

// Network addresses of a host.

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  std::string text() const;  // "127.0.0.1", "::1"
  std::uint16_t port() const;
};

// The bytes of an IPv6 address. An IPv4 address is IPv4-mapped, ::ffff:0:0/96. Nothing: an address of another family.
using AddressBytes = std::array<unsigned char, 16>;
std::optional<AddressBytes> bytes_of(const sockaddr_storage& address);

// Whether this machine has that address: it is a loopback address, or an address of a network interface.
bool is_of_this_machine(const AddressBytes& address);

// The address that the peer of a connected socket has.
Address peer_of(int socket);

// The addresses of a host, given by name or as an address, in the order in which to try them. Empty if the host cannot
// be resolved. Calls the system's resolver, which may block until its name servers answer or time out.
std::vector<Address> resolve(const std::string& host, std::uint16_t port);

}  // namespace enrichment_mock::base
