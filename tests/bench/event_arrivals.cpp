// Listens to the server's events and prints when each arrived.
//
//   event_arrivals PORT COUNT SECONDS
//
// Prints a line once it listens; then, after COUNT transitions or SECONDS seconds, a line for
// each: the microseconds of the wall clock at which its last byte was read, a blank, and its JSON. Until then the input
// is only stored with its time, so that parsing delays nothing.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::string_view kRequest = "GET /__admin/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view kTransition = "event: transition\n";

struct Chunk {
  std::size_t end;  // in all that was read
  std::int64_t at_us;
};

std::int64_t wall_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{0, 200'000};  // how often it checks its deadline
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size())) {
    throw std::runtime_error("cannot connect");
  }
  return fd;
}

struct Received {
  std::string text;
  std::vector<Chunk> chunks;
};

Received listen(int fd, int count, std::chrono::seconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  Received received;
  std::size_t seen = 0;  // up to where transitions were counted
  bool told = false;
  for (std::vector<char> bytes(1 << 16); count > 0 && std::chrono::steady_clock::now() < until;) {
    const auto size = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (size == 0) throw std::runtime_error("the server ended the stream of events");
    if (size < 0) continue;
    received.text.append(bytes.data(), static_cast<std::size_t>(size));
    received.chunks.push_back({received.text.size(), wall_us()});
    for (auto at = received.text.find(kTransition, seen); at != std::string::npos;
         at = received.text.find(kTransition, seen)) {
      seen = at + kTransition.size();
      --count;
    }
    seen = std::max(seen, received.text.size() - std::min(received.text.size(), kTransition.size() - 1));
    if (!told && received.text.find(": listening\n") != std::string::npos) {
      std::cout << "listening" << std::endl;
      told = true;
    }
  }
  return received;
}

void print(const Received& received) {
  constexpr std::string_view kData = "data: ";
  auto chunk = received.chunks.begin();
  for (auto at = received.text.find(kTransition); at != std::string::npos; at = received.text.find(kTransition, at)) {
    const auto begin = at + kTransition.size() + kData.size();
    const auto end = received.text.find("\n\n", begin);
    if (end == std::string::npos) return;
    while (chunk->end < end + 2) ++chunk;
    std::cout << chunk->at_us << ' ' << std::string_view(received.text).substr(begin, end - begin) << '\n';
    at = end;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: event_arrivals PORT COUNT SECONDS\n";
    return 2;
  }
  try {
    const int fd = connect_to(std::atoi(argv[1]));
    print(listen(fd, std::atoi(argv[2]), std::chrono::seconds(std::atoi(argv[3]))));
    ::close(fd);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "event_arrivals: " << error.what() << '\n';
    return 1;
  }
}
