// What POSIX leaves to each system about TCP sockets. Here Linux has calls of its own, which save others; all other
// systems take the plain way, and so does Linux where ENRICHMENT_MOCK_PLAIN_POSIX is defined, so that it can be tested.
#pragma once

namespace enrichment_mock::base {

// Non-blocking, and not inherited by programs that are started. -1: errno says why.
int open_socket(int family);

// The next connection of a listening socket: blocking, not inherited. -1: errno says why; EAGAIN: there is none.
int accept_socket(int listener);

// A peer that has left is an error of send() then, not a signal that ends the process, and what is sent goes out at
// once, without the wait of 40 ms for the peer's delayed acknowledgement.
void make_ready_to_send(int socket);

// To be given to send(), for where that is no property of the socket.
extern const int kSendFlags;

}  // namespace enrichment_mock::base
