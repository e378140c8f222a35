#include "base/threads.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <string>
#include <thread>

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

#endif

}  // namespace
}  // namespace enrichment_mock::base
