#include "base/threads.h"

#include <array>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "base/sockets.h"

namespace enrichment_mock::base {
namespace {

#ifdef __linux__

TEST_CASE("a thread has its name, cut to the length that the system allows") {
  const auto named = [](const char* name) {
    char text[32] = "";
    std::thread([&] {
      name_this_thread(name);
      pthread_getname_np(pthread_self(), text, sizeof text);
    }).join();
    return std::string(text);
  };
  CHECK(named("http-serve") == "http-serve");
  CHECK(named("a name that is too long") == "a name that is ");
}

cpu_set_t allowed_processors() {
  cpu_set_t set;
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  return set;
}

TEST_CASE("a thread moves to a processor, and is not bound to it") {
  const auto before = allowed_processors();
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &before)) continue;
    bool was_there = false;
    for (int tries = 0; tries < 100 && !was_there; ++tries) {  // the system may move it at once
      move_this_thread(processor);
      was_there = sched_getcpu() == processor;
    }
    CHECK(was_there);
    const auto after = allowed_processors();
    CHECK(CPU_EQUAL(&before, &after));
  }
}

TEST_CASE("a thread does not move to a processor where it may not run") {
  const auto allowed = allowed_processors();
  for (int processor = 0; processor < CPU_SETSIZE; ++processor)
    if (!CPU_ISSET(processor, &allowed)) CHECK(!move_this_thread(processor));
  for (const int none : {-1, CPU_SETSIZE, 1 << 30}) CHECK(!move_this_thread(none));
}

TEST_CASE("a socket tells on which processor data has arrived") {
  const int listener = open_socket(AF_INET), client = open_socket(AF_INET);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(listener, any, size) == 0);
  REQUIRE(listen(listener, 1) == 0);
  REQUIRE(getsockname(listener, any, &size) == 0);
  connect(client, any, size);  // does not block
  int server = -1;
  while ((server = accept_socket(listener)) < 0) std::this_thread::yield();
  std::array<char, 1> byte{};
  while (send(client, byte.data(), byte.size(), 0) != 1) std::this_thread::yield();
  while (recv(server, byte.data(), byte.size(), 0) != 1) std::this_thread::yield();
  int told = -1;
  size = sizeof told;
  const bool tells = getsockopt(server, SOL_SOCKET, SO_INCOMING_CPU, &told, &size) == 0;  // not under each emulation
  CHECK(arrival_processor(server) == (tells ? told : -1));
  CHECK(arrival_processor(-1) == -1);
  for (const int socket : {listener, client, server}) close(socket);
}

#endif

}  // namespace
}  // namespace enrichment_mock::base
