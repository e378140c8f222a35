// A receiver of callbacks with very little cost: one thread, every POST is answered 200 and its connection closed.
//
//   sink PORTS HANGING [FILE]
//
// Listens at 127.0.0.1 on PORTS ports, and on HANGING more that accept and never answer. Prints both as a line of
// JSON; after each line on standard input another one, with the number of POSTs so far and when, in microseconds,
// the first and the last one arrived. The FILE, if given, always has the number, as eight bytes that
// others may map into their memory. Ends with its standard input.
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

struct Listener {
  int fd;
  std::uint16_t port;
};

Listener listen_somewhere() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4096) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  return {fd, ntohs(address.sin_port)};
}

// Whether the text is a complete request.
bool is_whole(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  constexpr std::string_view kLength = "Content-Length: ";
  std::size_t length = 0;
  if (const auto at = text.find(kLength); at < end) {
    std::from_chars(text.data() + at + kLength.size(), text.data() + end, length);
  }
  return text.size() >= end + 4 + length;
}

// A number in that file, at 0.
std::int64_t& map_number(const char* file) {
  const int fd = ::open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, sizeof(std::int64_t)) != 0) throw std::runtime_error("cannot write the file");
  void* memory = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("cannot map the file");
  return *static_cast<std::int64_t*>(memory);
}

class Sink {
 public:
  Sink(int ports, int hanging, std::int64_t& received) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), received_(received) {
    watch(STDIN_FILENO);
    for (int n = 0; n < ports + hanging; ++n) {
      const auto [fd, port] = listen_somewhere();
      watch(fd);
      listeners_[fd] = n < ports;
      (n < ports ? ports_ : hanging_).push_back(port);
    }
    print();
  }

  void run() {
    while (true) {
      epoll_event events[256];
      const int count = ::epoll_wait(epoll_, events, 256, -1);
      if (count < 0 && errno != EINTR) throw std::runtime_error("epoll_wait");
      for (int n = 0; n < count; ++n) {
        const int fd = events[n].data.fd;
        if (fd == STDIN_FILENO) {
          if (!read_command()) return;
        } else if (const auto listener = listeners_.find(fd); listener != listeners_.end()) {
          accept_all(fd, listener->second);
        } else {
          receive(fd);
        }
      }
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
  }

  // False at the end of standard input.
  bool read_command() {
    char lines[256];
    const auto size = ::read(STDIN_FILENO, lines, sizeof lines);
    for (ssize_t n = 0; n < size; ++n) {
      if (lines[n] == '\n') print();
    }
    return size > 0;
  }

  void accept_all(int listener, bool answers) {
    int fd;
    while ((fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      if (!answers) continue;  // and keeps the connection open as long as this program runs
      watch(fd);
      receive(fd);  // usually the request has arrived already
    }
  }

  void receive(int fd) {
    char bytes[4096];
    const auto size = ::recv(fd, bytes, sizeof bytes, 0);
    if (size < 0 && errno == EAGAIN) return;
    auto& text = begun_[fd];
    if (size > 0 && !is_whole(text.append(bytes, static_cast<std::size_t>(size)))) return;
    if (size > 0) {
      [[maybe_unused]] const auto sent = ::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
      last_us_ = now_us();
      if (received_++ == 0) first_us_ = last_us_;
    }
    begun_.erase(fd);
    ::close(fd);
  }

  void print() const {
    const auto list = [](const std::vector<std::uint16_t>& ports) {
      std::string text;
      for (const auto port : ports) text += (text.empty() ? "" : ",") + std::to_string(port);
      return "[" + text + "]";
    };
    std::cout << "{\"ports\":" << list(ports_) << ",\"hanging\":" << list(hanging_) << ",\"received\":" << received_
              << ",\"first_us\":" << first_us_ << ",\"last_us\":" << last_us_ << "}" << std::endl;
  }

  int epoll_;
  std::unordered_map<int, bool> listeners_;  // and whether it answers
  std::vector<std::uint16_t> ports_, hanging_;
  std::unordered_map<int, std::string> begun_;  // the part of each request that has arrived
  std::int64_t& received_;
  std::int64_t first_us_ = 0, last_us_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: sink PORTS HANGING [FILE]\n";
    return 2;
  }
  try {
    std::int64_t unshared = 0;
    auto& received = argc == 4 ? map_number(argv[3]) : unshared;
    Sink(std::atoi(argv[1]), std::atoi(argv[2]), received).run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "sink: " << error.what() << '\n';
    return 1;
  }
}
