#include "base/sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace enrichment_mock::base {
namespace {

void enable(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

}  // namespace

#if defined(__linux__) && !defined(ENRICHMENT_MOCK_PLAIN_POSIX)

int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int accept_socket(int listener) { return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); }

#else

namespace {

int private_with(int socket, int flags) {
  if (socket < 0) return socket;
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::fcntl(socket, F_SETFL, flags);
  return socket;
}

}  // namespace

int open_socket(int family) { return private_with(::socket(family, SOCK_STREAM, 0), O_NONBLOCK); }

// Without flags, for some systems let it have the listener's.
int accept_socket(int listener) { return private_with(::accept(listener, nullptr, nullptr), 0); }

#endif

#ifdef MSG_NOSIGNAL
const int kSendFlags = MSG_NOSIGNAL;
#else
const int kSendFlags = 0;
#endif

void make_ready_to_send(int socket) {
  enable(socket, IPPROTO_TCP, TCP_NODELAY);
#ifdef SO_NOSIGPIPE
  enable(socket, SOL_SOCKET, SO_NOSIGPIPE);
#endif
}

}  // namespace enrichment_mock::base
