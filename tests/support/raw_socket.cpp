#include "support/raw_socket.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "net/message.h"

namespace enrichment_mock::support {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

std::string RawResponse::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    const auto colon = line.find(": ");
    if (colon != line.npos && net::same_text(line.substr(0, colon), name)) return std::string(line.substr(colon + 2));
  }
  return {};
}

RawSocket::RawSocket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  std::signal(SIGPIPE, SIG_IGN);
  const timeval patience{kPatience.count(), 0};
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  const int error = errno;
  ::close(socket_);
  errno = error;
  fail("connect");
}

RawSocket::~RawSocket() {
  if (socket_ >= 0) ::close(socket_);
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)), reset_(other.reset_) {}

bool RawSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
    if (count < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawSocket::finish_sending() { ::shutdown(socket_, SHUT_WR); }

void RawSocket::abort() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

RawResponse RawSocket::receive(bool to_head) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == received_.npos) {
    if (!receive_some()) throw std::runtime_error("the connection ended before a response: '" + received_ + "'");
  }
  RawResponse response;
  response.head = received_.substr(0, end);
  response.status = std::stoi(response.head.substr(response.head.find(' ')));
  received_.erase(0, end + 4);
  const auto length = response.header("Content-Length");
  const std::size_t size = to_head || length.empty() ? 0 : std::stoul(length);
  while (received_.size() < size) {
    if (!receive_some()) throw std::runtime_error("the connection ended within a response");
  }
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

RawResponse RawSocket::exchange(std::string_view request) {
  send(request);
  return receive();
}

std::string RawSocket::receive_line() {
  std::size_t end = 0;
  while ((end = received_.find('\n')) == received_.npos) {
    if (!receive_some()) throw std::runtime_error("the connection ended within a line: '" + received_ + "'");
  }
  std::string line = received_.substr(0, end + 1);
  received_.erase(0, end + 1);
  return line;
}

std::string RawSocket::receive_piece() {
  if (received_.empty()) receive_some();
  return std::exchange(received_, {});
}

std::string RawSocket::receive_rest() {
  while (receive_some()) {
  }
  return std::exchange(received_, {});
}

bool RawSocket::receives_within(std::chrono::milliseconds time) {
  pollfd ready{socket_, POLLIN, 0};
  return !received_.empty() || ::poll(&ready, 1, static_cast<int>(time.count())) > 0;
}

bool RawSocket::receive_some() {
  char bytes[16 * 1024];
  ssize_t count = 0;
  do count = ::recv(socket_, bytes, sizeof bytes, 0);
  while (count < 0 && errno == EINTR);
  if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
  if (count < 0 && errno != ECONNRESET) fail("receive");
  reset_ = reset_ || count < 0;
  return count > 0;
}

}  // namespace enrichment_mock::support
