#include <doctest/doctest.h>
#include <functional>
#include <stdexcept>

#include "scenarios/plays.h"
#include "support/raw_socket.h"

using namespace std::chrono_literals;

namespace enrichment_mock::stage {

namespace {

using support::RawSocket;

void rate_limited(Stage& stage) {
  const auto ids = stage.submit_three();
  CHECK(stage.status(ids[0]) == "pending");
  CHECK(stage.api.credits() == 250);
  stage.team.advance(300ms);
  const auto refused = stage.request("kay");  // the sixth call
  CHECK(refused.status == 429);
  CHECK(refused.header("Retry-After") == "1");
  CHECK(stage.api.poll(ids[0]).status == 429);
  stage.team.advance(700ms);
  CHECK(stage.request("kay").status == 201);
  stage.team.settle();
  CHECK(stage.statuses(ids) == times(3, "completed"));
  CHECK(stage.receiver.requests().size() == 4);
}

void outage_window(Stage& stage) {
  CHECK(stage.request("ada").status == 503);
  CHECK(stage.api.send("GET", "/v1/api/enrichment/credits").status == 503);
  stage.team.advance(2s);
  const auto ids = stage.submit_three();
  stage.team.advance(6s);  // the next outage
  CHECK_THROWS_AS(stage.status(ids[0]), std::runtime_error);
  CHECK_THROWS_AS(stage.request("kay"), std::runtime_error);
  CHECK_THROWS_AS(stage.api.credits(), std::runtime_error);
  stage.team.advance(10s - 1us);
  CHECK_THROWS_AS(stage.status(ids[0]), std::runtime_error);
  CHECK(stage.called_back() == ids);  // lookups and callbacks continue
  stage.team.advance(1us);
  CHECK(stage.statuses(ids) == times(3, "completed"));
  CHECK(stage.team.enrichments().size() == 3);
  CHECK(stage.api.credits() == 247);
}

// The bytes of the response to a call, which may be none.
std::string call(const Stage& stage, const std::string& method, const std::string& path, const std::string& body = "") {
  return method + " /v1/api/enrichment/" + path + " HTTP/1.1\r\nHost: api.test\r\nx-api-key: " + stage.key +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

// How each fault looks to the client.

void check_reset(RawSocket& socket) {
  CHECK(socket.receive_rest() == "");
  CHECK(socket.was_reset());
}

void check_empty(RawSocket& socket) {
  CHECK(socket.receive_rest() == "");
  CHECK_FALSE(socket.was_reset());
}

void check_truncated(RawSocket& socket) {
  const auto length = std::stoul(socket.receive(true).header("Content-Length"));
  CHECK(socket.receive_rest().size() == length / 2);
}

void check_malformed(RawSocket& socket) { CHECK_FALSE(json::accept(socket.receive().body)); }

// The client leaves, because nothing more will arrive.
void check_stalled(RawSocket& socket) {
  const auto head = socket.receive(true);
  CHECK(head.status < 300);
  CHECK(head.header("Content-Length") != "");
}

void check_mislabelled(RawSocket& socket) {
  const auto response = socket.receive();
  CHECK(response.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(json::accept(response.body));
}

// This call gets the six faults in the scenario's order, and after each fault one normal response.
void check_faults(Stage& stage, const std::string& bytes, const std::function<void()>& check_spared) {
  for (auto* check : {check_reset, check_empty, check_truncated, check_malformed, check_stalled, check_mislabelled}) {
    RawSocket socket(stage.emulator.port());
    socket.send(bytes);
    check(socket);
    check_spared();
  }
}

void malformed_responses(Stage& stage) {
  const std::string body = R"({"linkedin_url":"https://www.linkedin.com/in/ada","type":"work","callback_url":")" +
                           stage.receiver.url() + R"("})";
  check_faults(stage, call(stage, "POST", "email", body), [&] { CHECK(stage.request("grace").status == 201); });
  CHECK(stage.team.enrichments().size() == 12);  // also those with a fault in the response
  stage.team.settle();
  CHECK(stage.receiver.requests().size() == 12);
  const auto id = stage.team.enrichments()[0].id;
  check_faults(stage, call(stage, "GET", "email/" + id), [&] { CHECK(stage.status(id) == "completed"); });
  check_faults(stage, call(stage, "GET", "credits"), [&] { CHECK(stage.api.credits() == 238); });
}

}  // namespace

std::span<const Play> plays_of_calls() {
  static constexpr Play plays[] = {
      {"rate-limited", rate_limited},
      {"outage-window", outage_window},
      {"malformed-responses", malformed_responses},
  };
  return plays;
}

}  // namespace enrichment_mock::stage
