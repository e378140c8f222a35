#include "net/tls_wire.h"

#include <utility>

namespace enrichment_mock::net {
namespace {

constexpr std::size_t kPiece = 16 * 1024;  // a full TLS record and little more

// For what TLS itself has to say, a few bytes: a peer whose buffers are too full for these does not listen.
constexpr std::chrono::milliseconds kOwnWords{1000};

}  // namespace

TlsWire::TlsWire(int socket, const base::StopSignal& stop, std::shared_ptr<const Identity> identity)
    : Wire(socket, stop), identity_(std::move(identity)) {}

Wire::Opening TlsWire::open(Clock::time_point begins_by, std::chrono::milliseconds handshake) {
  char piece[kPiece];
  auto received = Wire::receive(piece, sizeof piece, begins_by);
  if (received.late) return Opening::none;
  session_.emplace(identity_->context(), Session::Side::server);
  const auto deadline = base::deadline_in(handshake);
  while (received.size > 0) {
    session_->add_incoming({piece, received.size});
    if (!session_->peer_speaks_tls()) {
      session_.reset();
      return Opening::not_tls;
    }
    const auto progress = session_->handshake();
    // Also after a failure: what remains to be sent is the alert that tells the peer why.
    if (!flush(handshake) || progress == Session::Progress::failed) return Opening::gone;
    if (progress == Session::Progress::done) return Opening::ready;
    received = Clock::now() < deadline ? Wire::receive(piece, sizeof piece, deadline) : Received{.late = true};
  }
  return Opening::gone;
}

Wire::Received TlsWire::receive_first(char* to, std::size_t size) { return receive(to, size, Clock::time_point{}); }

Wire::Received TlsWire::receive(char* to, std::size_t size, Clock::time_point deadline) {
  for (;;) {
    const ssize_t count = session_->decrypt(to, size);
    if (!flush(kOwnWords)) return {};
    if (count > 0) return {.size = static_cast<std::size_t>(count)};
    if (count == 0 || !session_->error().empty()) return {};
    char piece[kPiece];
    const auto received = Wire::receive(piece, sizeof piece, deadline);
    if (received.size == 0) return received;
    session_->add_incoming({piece, received.size});
  }
}

bool TlsWire::send(std::string_view bytes, std::chrono::milliseconds timeout) {
  if (!session_) return Wire::send(bytes, timeout);
  return session_->encrypt(bytes) && flush(timeout);
}

void TlsWire::finish(Clock::time_point deadline) {
  if (session_ && !resets()) {
    session_->say_goodbye();
    flush(std::chrono::milliseconds(0));  // if it cannot go out at once, then not at all
  }
  Wire::finish(deadline);
}

bool TlsWire::flush(std::chrono::milliseconds timeout) {
  const std::string bytes = session_->take_outgoing();
  return bytes.empty() || Wire::send(bytes, timeout);
}

}  // namespace enrichment_mock::net
