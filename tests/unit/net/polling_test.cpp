#include "net/polling.h"

#include <doctest/doctest.h>

namespace enrichment_mock::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

// A client that waits for each response, on a clock of its own.
struct Client {
  Polling polling;
  base::Clock::time_point now{};
  int polled = 0;

  // How many of the requests were answered by a thread that polls.
  int requests(int count, microseconds sleeping, microseconds while_polling) {
    polled = 0;
    for (int i = 0; i < count; ++i) {
      const bool polls = polling.time().count() > 0;
      polled += polls ? 1 : 0;
      now += polls ? while_polling : sleeping;
      polling.answered(now);
    }
    return polled;
  }
};

TEST_CASE("a thread polls if that is clearly faster") {
  Client client;
  CHECK(client.polling.time() == 0us);
  CHECK(client.requests(10'000, 60us, 40us) > 9'000);
  CHECK(client.polling.time() > 0us);
}

TEST_CASE("a thread rarely polls if that is hardly faster, or slower") {
  for (const auto while_polling : {57us, 60us, 90us}) {
    Client client;
    const int polled = client.requests(100'000, 60us, while_polling);
    CHECK(polled > 0);
    CHECK(polled < 5'000);
  }
}

TEST_CASE("a thread notices that another way has become faster") {
  Client client;
  client.requests(100'000, 60us, 40us);
  CHECK(client.requests(100'000, 60us, 90us) < 10'000);
  CHECK(client.requests(100'000, 60us, 40us) > 90'000);
}

TEST_CASE("a thread does not poll for rare requests") {
  Client client;
  CHECK(client.requests(1'000, 2ms, 1ms) == 0);
  client.requests(10'000, 60us, 40us);
  CHECK(client.requests(1'000, 2ms, 2ms) <= 100);
}

TEST_CASE("a thread remembers that polling is slower if it is interrupted often") {
  Client client;
  client.requests(100'000, 60us, 90us);
  int polled = 0;
  for (int i = 0; i < 100; ++i) {
    client.polling.interrupted();
    polled += client.requests(200, 60us, 90us);
  }
  CHECK(polled == 0);
}

TEST_CASE("a thread polls soon again after an interruption if that was faster") {
  Client client;
  client.requests(100'000, 60us, 40us);
  client.polling.interrupted();
  CHECK(client.requests(1'000, 60us, 40us) > 600);
}

TEST_CASE("a thread does not poll once requests arrive together") {
  Client client;
  client.requests(10'000, 60us, 40us);
  REQUIRE(client.polling.time() > 0us);
  client.polling.interrupted();
  CHECK(client.polling.time() == 0us);
  CHECK(client.requests(50, 60us, 40us) == 0);  // and is slow to begin again
}

}  // namespace
}  // namespace enrichment_mock::net
