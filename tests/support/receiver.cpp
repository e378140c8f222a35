#include "support/receiver.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdlib>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include "support/patience.h"

namespace enrichment_mock::support {
namespace {

constexpr int kForever = -1;
constexpr int kDrip = 5;  // milliseconds

ReceivedRequest parse_head(std::string_view head) {
  ReceivedRequest request;
  const auto take = [&head](std::string_view end) {
    const std::size_t at = std::min(head.find(end), head.size());
    const std::string piece(head.substr(0, at));
    head.remove_prefix(std::min(at + end.size(), head.size()));
    return piece;
  };
  request.method = take(" ");
  request.target = take(" ");
  take("\r\n");
  while (!head.empty()) {
    const std::string line = take("\r\n");
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return request;
}

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> server_context(const std::string& certificate, const std::string& key) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  const auto read = [](const std::string& pem, auto reader) {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* object = reader(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    return object;
  };
  X509* x509 = read(certificate, &PEM_read_bio_X509);
  EVP_PKEY* pkey = read(key, &PEM_read_bio_PrivateKey);
  SSL_CTX_use_certificate(context.get(), x509);
  SSL_CTX_use_PrivateKey(context.get(), pkey);
  X509_free(x509);
  EVP_PKEY_free(pkey);
  return context;
}

}  // namespace

std::string ReceivedRequest::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [name](const auto& each) { return each.first == name; });
  return found == headers.end() ? "" : found->second;
}

bool Peer::wait(short events, int milliseconds) {
  pollfd polled[2] = {{.fd = fd_, .events = events, .revents = 0},
                      {.fd = owner_.stop_pipe_[0], .events = POLLIN, .revents = 0}};
  return poll(polled, 2, milliseconds) > 0 && polled[1].revents == 0;
}

long Peer::receive(char* to, std::size_t size) {
  if (ssl_ != nullptr && SSL_pending(ssl_) > 0) return SSL_read(ssl_, to, static_cast<int>(size));
  if (!wait(POLLIN, kForever)) return -1;
  return ssl_ != nullptr ? SSL_read(ssl_, to, static_cast<int>(size)) : recv(fd_, to, size, 0);
}

std::optional<ReceivedRequest> Peer::read_request() {
  std::string bytes;
  std::size_t whole = std::string::npos;
  ReceivedRequest request;
  while (bytes.size() < whole) {
    char chunk[4096];
    const long count = receive(chunk, sizeof chunk);
    if (count <= 0) return std::nullopt;
    bytes.append(chunk, static_cast<std::size_t>(count));
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string::npos || whole != std::string::npos) continue;
    request = parse_head(std::string_view(bytes).substr(0, head));
    whole = head + 4 + static_cast<std::size_t>(std::atol(request.header("Content-Length").c_str()));
  }
  request.body = bytes.substr(bytes.find("\r\n\r\n") + 4);
  const std::lock_guard lock(owner_.mutex_);
  owner_.requests_.push_back(request);
  owner_.changed_.notify_all();
  return request;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait(POLLOUT, kForever)) return false;
    const long count = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                       : ::send(fd_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Peer::send_slowly(std::string_view bytes) {
  while (send(bytes.substr(0, 1))) {
    if (bytes.size() > 1) bytes.remove_prefix(1);
    if (owner_.stopping(kDrip)) return;
  }
}

void Peer::hang() {
  char chunk[4096];
  while (receive(chunk, sizeof chunk) > 0) {
  }
}

void Peer::hang_unread() { owner_.stopping(kForever); }

void Peer::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Receiver::Receiver(Script script) : script_(std::move(script)), tls_(nullptr, &SSL_CTX_free) { start(); }

Receiver::Receiver(Script script, const std::string& certificate, const std::string& key)
    : script_(std::move(script)), tls_(server_context(certificate, key)) {
  start();
}

void Receiver::start() {
  signal(SIGPIPE, SIG_IGN);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  if (pipe(stop_pipe_) != 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 4096) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port for a receiver");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Receiver::~Receiver() {
  if (write(stop_pipe_[1], "", 1) != 1) std::abort();
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  for (const int fd : {listener_, stop_pipe_[0], stop_pipe_[1]}) close(fd);
}

std::string Receiver::url(std::string_view target, std::string_view host) const {
  return (tls_ ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_) + std::string(target);
}

bool Receiver::stopping(int milliseconds) const {
  pollfd polled{.fd = stop_pipe_[0], .events = POLLIN, .revents = 0};
  return poll(&polled, 1, milliseconds) > 0;
}

void Receiver::accept_all() {
  pollfd polled[2] = {{.fd = listener_, .events = POLLIN, .revents = 0},
                      {.fd = stop_pipe_[0], .events = POLLIN, .revents = 0}};
  while (poll(polled, 2, kForever) > 0 && polled[1].revents == 0) {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    ++connections_;
    ++open_;
    threads_.emplace_back([this, fd] { serve(fd); });
    changed_.notify_all();
  }
}

void Receiver::serve(int fd) {
  Peer peer(*this, fd);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(tls_ ? SSL_new(tls_.get()) : nullptr, &SSL_free);
  peer.ssl_ = ssl.get();
  if (ssl) SSL_set_fd(ssl.get(), fd);
  if (!ssl || SSL_accept(ssl.get()) == 1) script_(peer);
  if (ssl) SSL_shutdown(ssl.get());
  close(fd);
  const std::lock_guard lock(mutex_);
  --open_;
  changed_.notify_all();
}

template <typename Condition>
bool Receiver::wait_until(Condition condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, condition);
}

bool Receiver::wait_for_requests(std::size_t count) {
  return wait_until([this, count] { return requests_.size() >= count; });
}

bool Receiver::wait_for_connections(std::size_t count) {
  return wait_until([this, count] { return connections_ >= count; });
}

std::vector<ReceivedRequest> Receiver::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t Receiver::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::size_t Receiver::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

Receiver::Script answers(int status, std::string body, std::string headers) {
  return answers_bytes("HTTP/1.1 " + std::to_string(status) + " As scripted\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n" + headers + "Connection: close\r\n\r\n" + body);
}

Receiver::Script answers_bytes(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    if (peer.read_request()) peer.send(bytes);
  };
}

Receiver::Script drips(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    if (peer.read_request()) peer.send_slowly(bytes);
  };
}

Receiver::Script hangs() {
  return [](Peer& peer) {
    if (peer.read_request()) peer.hang();
  };
}

Receiver::Script sends(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.send(bytes);
    peer.hang();
  };
}

}  // namespace enrichment_mock::support
