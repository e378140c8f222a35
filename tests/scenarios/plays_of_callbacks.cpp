#include <algorithm>
#include <doctest/doctest.h>

#include "scenarios/plays.h"

using namespace std::chrono_literals;

namespace enrichment_mock::stage {

namespace {

void flaky_callback(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.advance(500ms);
  CHECK(stage.statuses(ids) == times(3, "completed"));
  stage.team.advance(3s - 1us);
  CHECK(stage.receiver.requests().empty());
  stage.team.advance(1us);
  CHECK(stage.called_back() == ids);
  for (const auto& callback : stage.team.callbacks()) {
    CHECK(callback.state == CallbackState::delivered);
    REQUIRE(callback.attempts.size() == 3);
    CHECK(callback.attempts[1].status == 0);
    CHECK(callback.attempts[2].status == 200);
  }
}

void callback_never(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.advance(24h);
  CHECK(stage.statuses(ids) == times(3, "completed"));
  CHECK(stage.receiver.requests().empty());
  for (const auto& callback : stage.team.callbacks()) CHECK(callback.state == CallbackState::dropped);
  CHECK(stage.api.credits() == 247);
}

void duplicate_callbacks(Stage& stage) {
  const auto ids = stage.submit_three();
  stage.team.settle();
  const auto called = stage.called_back();
  REQUIRE(called.size() == 9);
  for (const auto& id : ids) CHECK(std::ranges::count(called, id) == 3);
  for (const auto& callback : stage.team.callbacks()) CHECK(callback.attempts.size() == 1);
  CHECK(stage.callbacks()[0] == stage.callbacks()[1]);
  CHECK(stage.api.credits() == 247);
}

void out_of_order_callbacks(Stage& stage) {
  auto ids = stage.submit_three();
  stage.team.advance(900ms);
  ids.push_back(stage.submit("kay"));  // resolves less than a second after the three
  stage.team.advance(1s);
  CHECK(stage.called_back() == std::vector{ids[3], ids[2], ids[1], ids[0]});

  const auto late = stage.submit("edsger");
  stage.team.settle();
  CHECK(stage.called_back().back() == late);
}

void callback_before_response(Stage& stage) {
  const auto id = stage.submit("ada");
  CHECK(stage.called_back() == std::vector{id});  // and no time has passed
  CHECK(stage.status(id) == "completed");
  CHECK(stage.api.credits() == 249);

  const auto quiet = stage.submit("grace", {{"callback_url", nullptr}});
  CHECK(stage.status(quiet) == "pending");
  stage.team.settle();
  CHECK(stage.status(quiet) == "completed");
  CHECK(stage.receiver.requests().size() == 1);
}

void corrupt_callback(Stage& stage) {
  std::vector<std::string> ids;
  for (int n = 0; n < 6; ++n) ids.push_back(stage.submit("person-" + std::to_string(n)));
  stage.team.settle();
  CHECK(stage.statuses(ids) == times(6, "completed"));
  const auto received = stage.receiver.requests();
  REQUIRE(received.size() == 6);
  CHECK_FALSE(json::accept(received[0].body));
  const auto body = [&](std::size_t n) { return json::parse(received[n].body); };
  CHECK_FALSE(body(1).contains("request_id"));
  CHECK_FALSE(body(2).contains("email"));
  CHECK(body(3)["email"].is_string());
  CHECK(body(4)["status"] == "done");
  CHECK(body(5)["request_id"] == ids[5]);
  CHECK(body(5)["status"] == "completed");
  CHECK(body(5)["email"]["email"] == "person-5@example.com");
  CHECK(stage.api.credits() == 244);
}

}  // namespace

std::span<const Play> plays_of_callbacks() {
  static constexpr Play plays[] = {
      {"flaky-callback", flaky_callback},
      {"callback-never", callback_never},
      {"duplicate-callbacks", duplicate_callbacks},
      {"out-of-order-callbacks", out_of_order_callbacks},
      {"callback-before-response", callback_before_response},
      {"corrupt-callback", corrupt_callback},
  };
  return plays;
}

}  // namespace enrichment_mock::stage
