#include "net/stream.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "net/identity.h"

namespace enrichment_mock::net {
namespace {

constexpr std::size_t kBufferSize = 16 * 1024;  // about one full TLS record

// The timeout for sending the few bytes of TLS control messages. A peer that does not take them is not reading.
constexpr std::chrono::milliseconds kTlsControlTimeout{1000};

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int descriptor_of(const base::StopSignal* signal) { return signal ? signal->descriptor() : -1; }

}  // namespace

Stream::Stream(int socket, std::shared_ptr<const Identity> identity) : socket_(socket), identity_(std::move(identity)) {
  base::set_send_options(socket);
}

Stream::~Stream() {
  if (socket_ < 0) return;
  close_tls();
  ::close(socket_);
}

bool Stream::connect(std::span<const base::Address> addresses, const Deadline& deadline) {
  auto left = static_cast<int>(addresses.size());
  for (const base::Address& address : addresses) {
    const auto now = Clock::now();
    Deadline share = deadline;
    share.time = now + (deadline.time - now) / left--;
    if (connect(address, share)) return true;
  }
  return false;
}

bool Stream::connect(const base::Address& address, const Deadline& deadline) {
  failure_ = Failure::none;
  if (socket_ >= 0) ::close(socket_);
  socket_ = base::open_socket(address.storage.ss_family);
  if (socket_ < 0) return fail("cannot open a socket", errno);
  base::set_send_options(socket_);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return true;
  if (errno != EINPROGRESS && errno != EINTR) return fail("cannot connect", errno);
  if (!wait(POLLOUT, deadline)) return false;
  int code = 0;
  socklen_t size = sizeof code;
  ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &size);
  return code == 0 || fail("cannot connect", code);
}

bool Stream::secure(const TlsContext& tls, const std::string& host, const Deadline& deadline) {
  session_.emplace(tls.context(), TlsSession::Side::client);
  session_->expect(host);
  return do_handshake(deadline);
}

Stream::Opening Stream::open(const Deadline& begins_by, std::chrono::milliseconds handshake) {
  if (!identity_) return Opening::ready;
  char piece[kBufferSize];
  const auto received = receive_raw(piece, sizeof piece, begins_by);
  if (received.size == 0) return received.timed_out ? Opening::none : Opening::gone;
  session_.emplace(identity_->context(), TlsSession::Side::server);
  session_->add_incoming({piece, received.size});
  if (session_->peer_speaks_tls()) {
    return do_handshake({base::deadline_in(handshake)}) ? Opening::ready : Opening::gone;
  }
  session_.reset();
  return Opening::not_tls;
}

bool Stream::do_handshake(const Deadline& deadline) {
  for (;;) {
    const auto progress = session_->handshake();
    // Also after a failure, to send the alert that tells the peer the reason.
    if (!flush(deadline)) return false;
    if (progress == TlsSession::Progress::failed) return fail(Failure::tls);
    if (progress == TlsSession::Progress::done) return true;
    char piece[kBufferSize];
    const auto received = receive_raw(piece, sizeof piece, deadline);
    if (received.ended) return fail(Failure::tls_closed);
    if (received.size == 0) return false;
    session_->add_incoming({piece, received.size});
  }
}

void Stream::close_tls() {
  if (!session_ || resets_) return;
  session_->send_close_notify();
  try {
    flush({});  // without waiting
  } catch (const std::bad_alloc&) {
  }
}

// Sends what the TLS session has to send.
bool Stream::flush(const Deadline& deadline) {
  const std::string bytes = session_->take_outgoing();
  return bytes.empty() || send_raw(bytes, {}, deadline);
}

Stream::Received Stream::receive_available(char* to, std::size_t size) {
  if (session_) return receive_encrypted(to, size, {});
  const ssize_t count = receive_now(to, size);
  if (count > 0) return {.size = static_cast<std::size_t>(count)};
  return {.timed_out = count < 0 && would_block(), .ended = count == 0};
}

Stream::Received Stream::receive(char* to, std::size_t size, const Deadline& deadline) {
  // wait() checks the deadline, but if the peer sends without a pause, wait() is never called.
  if (Clock::now() >= deadline.time) {
    fail(Failure::timed_out);
    return {.timed_out = true};
  }
  return session_ ? receive_encrypted(to, size, deadline) : receive_raw(to, size, deadline);
}

Stream::Received Stream::receive_encrypted(char* to, std::size_t size, const Deadline& deadline) {
  const bool waits = deadline.time != Clock::time_point{};
  for (;;) {
    const ssize_t count = session_->decrypt(to, size);
    if (!flush(waits ? deadline : Deadline{base::deadline_in(kTlsControlTimeout)})) return {};
    if (count > 0) return {.size = static_cast<std::size_t>(count)};
    if (count == 0) return {.ended = true};
    if (!session_->error().empty()) {
      fail(Failure::tls);
      return {};
    }
    char piece[kBufferSize];
    const auto received = receive_raw(piece, sizeof piece, deadline);
    if (received.size == 0) return received;
    session_->add_incoming({piece, received.size});
  }
}

Stream::Received Stream::receive_raw(char* to, std::size_t size, const Deadline& deadline) {
  for (;;) {
    const ssize_t count = receive_now(to, size);
    if (count > 0) return {.size = static_cast<std::size_t>(count)};
    if (count == 0) return {.ended = true};
    if (!would_block()) {
      fail("cannot receive", errno);
      return {};
    }
    if (!wait(POLLIN, deadline)) return {.timed_out = timed_out()};
  }
}

ssize_t Stream::receive_now(char* to, std::size_t size) {
  ssize_t count;
  do {
    count = ::recv(socket_, to, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  may_have_more_ = count == static_cast<ssize_t>(size);
  return count;
}

bool Stream::send(std::string_view first, std::string_view second, const Deadline& deadline) {
  if (!session_) return send_raw(first, second, deadline);
  return encrypt(first, second) && flush(deadline);
}

bool Stream::send_steadily(std::string_view first, std::string_view second, std::chrono::milliseconds pause) {
  if (!session_) return send_raw_steadily(first, second, pause);
  return encrypt(first, second) && send_raw_steadily(session_->take_outgoing(), {}, pause);
}

bool Stream::encrypt(std::string_view first, std::string_view second) {
  return (session_->encrypt(first) && session_->encrypt(second)) || fail(Failure::tls);
}

bool Stream::send_raw(std::string_view first, std::string_view second, const Deadline& deadline) {
  return send_raw(first, second, [&] { return wait(POLLOUT, deadline); });
}

// A socket becomes writable only after much of its buffer has been sent. Until then, the number of unacknowledged bytes
// shows whether the peer takes any.
bool Stream::send_raw_steadily(std::string_view first, std::string_view second, std::chrono::milliseconds pause) {
  return send_raw(first, second, [&] {
    auto held = base::unacknowledged_bytes(socket_);
    auto until = base::deadline_in(pause);
    while (!wait(POLLOUT, {std::min(until, base::deadline_in(pause / 4))})) {
      if (!timed_out()) return false;
      const auto still_held = base::unacknowledged_bytes(socket_);
      if (still_held < held) until = base::deadline_in(pause);
      if (Clock::now() >= until) return false;
      held = still_held;
    }
    return true;
  });
}

// `await_writable` waits until the socket is writable. False: it gives up.
template <class AwaitWritable>
bool Stream::send_raw(std::string_view first, std::string_view second, AwaitWritable await_writable) {
  while (!first.empty() || !second.empty()) {
    iovec pieces[] = {{const_cast<char*>(first.data()), first.size()},
                      {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = second.empty() ? 1 : 2;
    const ssize_t count = ::sendmsg(socket_, &message, base::kSendFlags | MSG_DONTWAIT);
    if (count >= 0) {
      const auto sent = static_cast<std::size_t>(count);
      const auto of_first = std::min(sent, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(sent - of_first);
    } else if (!would_block()) {
      return fail("cannot send", errno);
    } else if (!await_writable()) {
      return false;
    }
  }
  return true;
}

void Stream::finish(const Deadline& deadline) {
  if (resets_) return;
  close_tls();
  ::shutdown(socket_, SHUT_WR);
  discard_input(deadline);
}

void Stream::discard_input(const Deadline& deadline) {
  char ignored[4096];
  while (Clock::now() < deadline.time) {
    const ssize_t count = receive_now(ignored, sizeof ignored);
    if (count > 0) continue;
    if (count == 0 || !would_block() || !wait(POLLIN, deadline)) return;
  }
}

void Stream::wait_while_connected(const Deadline& deadline) {
  const base::Blocking blocking;
  pollfd polled[] = {
      {socket_, 0, 0}, {descriptor_of(deadline.stop), POLLIN, 0}, {descriptor_of(deadline.cut), POLLIN, 0}};
  while (Clock::now() < deadline.time) {
    if (::poll(polled, 3, base::poll_timeout(deadline.time)) <= 0) continue;
    if (polled[1].revents != 0 || polled[2].revents != 0) return;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return;
    polled[0].fd = -1;  // some systems also report a peer here that has only finished sending
  }
}

bool Stream::peer_has_ended() const {
#ifdef POLLRDHUP
  pollfd polled{socket_, POLLRDHUP, 0};
  return ::poll(&polled, 1, 0) > 0;
#else
  char next;
  const auto size = ::recv(socket_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && !would_block());
#endif
}

void Stream::reset_on_close() {
  const linger at_once{1, 0};
  resets_ = ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0;
}

void Stream::shut_down() { ::shutdown(socket_, SHUT_RDWR); }

// True: poll() reports one of the `events`, or an error, which the next call returns.
bool Stream::wait(short events, const Deadline& deadline) {
  if (Clock::now() >= deadline.time) return fail(Failure::timed_out);
  const base::Blocking blocking;
  pollfd polled[] = {
      {socket_, events, 0}, {descriptor_of(deadline.stop), POLLIN, 0}, {descriptor_of(deadline.cut), POLLIN, 0}};
  for (;;) {
    const int left = base::poll_timeout(deadline.time);
    const int count = ::poll(polled, 3, left);
    if (count < 0 && errno != EINTR) return fail(Failure::stopped);
    if (count > 0) {
      const bool stopped = polled[1].revents != 0 || polled[2].revents != 0;
      return !stopped || fail(Failure::stopped);
    }
    if (left == 0) return fail(Failure::timed_out);
  }
}

bool Stream::fail(Failure failure) {
  failure_ = failure;
  return false;
}

bool Stream::fail(const char* action, int code) {
  failed_action_ = action;
  failure_code_ = code;
  return fail(Failure::system);
}

std::string Stream::error() const {
  switch (failure_) {
    case Failure::none:
      return "";
    case Failure::timed_out:
      return "timed out";
    case Failure::stopped:
      return "stopped";
    case Failure::tls:
      return "TLS: " + session_->error();
    case Failure::tls_closed:
      return "TLS: closed during the handshake";
    case Failure::system:
      break;
  }
  if (failure_code_ == ECONNREFUSED) return "connection refused";
  if (failure_code_ == ECONNRESET || failure_code_ == EPIPE) return "connection reset";
  return failed_action_ + (": " + std::generic_category().message(failure_code_));
}

}  // namespace enrichment_mock::net
