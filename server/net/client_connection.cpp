#include "net/client_connection.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include "base/sockets.h"
#include "net/tls.h"

namespace enrichment_mock::net {

namespace {

constexpr std::size_t kTlsChunk = 4096;

bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

}  // namespace

ClientConnection::ClientConnection(const Cutoff& cutoff) : cutoff_(cutoff) {}

ClientConnection::~ClientConnection() {
  if (fd_ < 0) return;
  if (tls_) {
    // A farewell, so that the peer need not suspect a truncated request; if it cannot go out at once, then not at all.
    cutoff_.deadline = Clock::now();
    tls_->say_goodbye();
    flush_tls();
  }
  close(fd_);
}

bool ClientConnection::fail(std::string_view what, int code) {
  if (code == ECONNREFUSED) {
    error_ = "connection refused";
  } else if (code == ECONNRESET || code == EPIPE) {
    error_ = "connection reset";
  } else {
    error_ = std::string(what) + ": " + std::generic_category().message(code);
  }
  return false;
}

bool ClientConnection::await(short events, const Cutoff& cutoff) {
  switch (wait_for(fd_, events, cutoff)) {
    case Wait::ready:
      return true;
    case Wait::timed_out:
      timed_out_ = true;
      error_ = "timed out";
      return false;
    case Wait::stopped:
      error_ = "stopped";
      return false;
  }
  return false;
}

bool ClientConnection::open(const std::vector<base::Address>& addresses) {
  auto left = static_cast<int>(addresses.size());
  for (const base::Address& address : addresses) {
    const auto now = Clock::now();
    Cutoff share = cutoff_;
    share.deadline = now + (cutoff_.deadline - now) / left--;
    timed_out_ = false;
    if (open(address, share)) return true;
  }
  return false;
}

bool ClientConnection::open(const base::Address& address, const Cutoff& share) {
  if (fd_ >= 0) close(fd_);
  fd_ = base::open_socket(address.storage.ss_family);
  if (fd_ < 0) return fail("cannot open a socket", errno);
  base::make_ready_to_send(fd_);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return true;
  if (errno != EINPROGRESS && errno != EINTR) return fail("cannot connect", errno);
  if (!await(POLLOUT, share)) return false;
  int code = 0;
  socklen_t size = sizeof code;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &size);
  return code == 0 || fail("cannot connect", code);
}

bool ClientConnection::write_raw(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = send(fd_, bytes, size, base::kSendFlags);
    if (count > 0) {
      bytes += count;
      size -= static_cast<std::size_t>(count);
    } else if (would_block(errno)) {
      if (!await(POLLOUT, cutoff_)) return false;
    } else if (errno != EINTR) {
      return fail("cannot send", errno);
    }
  }
  return true;
}

ssize_t ClientConnection::read_raw(char* to, std::size_t size) {
  for (;;) {
    if (!await(POLLIN, cutoff_)) return -1;
    const ssize_t count = recv(fd_, to, size, 0);
    if (count >= 0) return count;
    if (would_block(errno) || errno == EINTR) continue;
    fail("cannot receive", errno);
    return -1;
  }
}

bool ClientConnection::secure(const TlsContext& tls, const std::string& host) {
  tls_ = tls.begin(host);
  if (handshake()) return true;
  if (error_.empty()) error_ = "TLS: " + tls_->error();
  return false;
}

bool ClientConnection::handshake() {
  for (;;) {
    const Session::Progress progress = tls_->handshake();
    // Also after a failure: what remains to be sent is the alert that tells the peer why.
    if (!flush_tls()) return false;
    if (progress == Session::Progress::failed) return false;
    if (progress == Session::Progress::done) return true;
    const ssize_t count = feed_tls();
    if (count < 0) return false;
    if (count == 0) {
      error_ = "TLS: closed during the handshake";
      return false;
    }
  }
}

bool ClientConnection::flush_tls() {
  const std::string bytes = tls_->take_outgoing();
  return write_raw(bytes.data(), bytes.size());
}

ssize_t ClientConnection::feed_tls() {
  char chunk[kTlsChunk];
  const ssize_t count = read_raw(chunk, sizeof chunk);
  if (count > 0) tls_->add_incoming({chunk, static_cast<std::size_t>(count)});
  return count;
}

bool ClientConnection::write(std::string_view bytes) {
  if (!tls_) return write_raw(bytes.data(), bytes.size());
  if (!tls_->encrypt(bytes)) {
    error_ = "TLS: " + tls_->error();
    return false;
  }
  return flush_tls();
}

ssize_t ClientConnection::read(char* to, std::size_t size) {
  if (!tls_) return read_raw(to, size);
  for (;;) {
    const ssize_t count = tls_->decrypt(to, size);
    if (!flush_tls()) return -1;
    if (count >= 0) return count;
    if (!tls_->error().empty()) {
      error_ = "TLS: " + tls_->error();
      return -1;
    }
    const ssize_t fed = feed_tls();
    if (fed <= 0) return fed;
  }
}

Wait wait_for(int fd, short events, const Cutoff& cutoff) {
  pollfd polled[] = {{.fd = fd, .events = events, .revents = 0},
                     {.fd = cutoff.stop_fd, .events = POLLIN, .revents = 0},
                     {.fd = cutoff.cut_fd, .events = POLLIN, .revents = 0}};
  for (;;) {
    const int left = base::poll_timeout(cutoff.deadline);
    if (left == 0) return Wait::timed_out;
    const int count = poll(polled, 3, left);
    if (count < 0 && errno != EINTR) return Wait::stopped;
    if (count <= 0) continue;
    return polled[1].revents != 0 || polled[2].revents != 0 ? Wait::stopped : Wait::ready;
  }
}

}  // namespace enrichment_mock::net
