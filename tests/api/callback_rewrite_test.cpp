// Callbacks into other networks: rewrites, the default timeout, the hint for containers.
#include <doctest/doctest.h>
#include <mutex>

#include "enrichment_mock/emulator.h"
#include "support/control_client.h"
#include "support/receiver.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

constexpr auto* kOneAttempt = R"({"name":"one","callback":{"max_attempts":1}})";
const std::string kNowhere = "https://app.example.com/hooks";

Options one_attempt() { return {.scenario_texts = {kOneAttempt}, .manual_clock = true}; }

std::string port_of(const Receiver& receiver) { return std::to_string(receiver.port()); }

// The callback of one settled lookup, as the control API shows it.
json callback_to(Emulator& emulator, const std::string& url) {
  ControlClient client(emulator.url(), "k");
  const auto id = client.submit("janedoe", {{"callback_url", url}});
  client.settle();
  return client.get("callbacks/" + id + "-1").body();
}

struct Warnings {
  std::function<void(std::string_view)> taker() {
    return [this](std::string_view text) {
      const std::lock_guard lock(mutex);
      all.emplace_back(text);
    };
  }
  std::mutex mutex;
  std::vector<std::string> all;
};

}  // namespace

TEST_CASE("a callback goes where a rewrite says, and the control API shows both URLs") {
  Receiver receiver(answers(200));
  auto options = one_attempt();
  options.callback_rewrite = {"https://app.example.com=" + receiver.url("/in")};
  Emulator emulator(options);
  const auto shown = callback_to(emulator, kNowhere + "?a=b");
  CHECK(shown["url"] == kNowhere + "?a=b");
  CHECK(shown["rewritten_url"] == receiver.url("/in/hooks?a=b"));
  CHECK(shown["state"] == "delivered");
  REQUIRE(receiver.requests().size() == 1);
  CHECK(receiver.requests()[0].target == "/in/hooks?a=b");
  CHECK(receiver.requests()[0].header("Host") == "127.0.0.1:" + port_of(receiver));

  ControlClient client(emulator.url(), "k");
  CHECK(client.list("callbacks?url=" + kNowhere + "%3Fa=b", "callbacks")[0] == shown);
  CHECK(as_listed(client.get("snapshot").body()["teams"][0]["callbacks"][0]) == shown);
  const auto verdict = client.verify({{"callback", {{"url", kNowhere + "?a=b"}}}, {"attempts", 2}}).body();
  auto nearest = verdict["failures"][0]["nearest"];
  CHECK(nearest["differs"] == json{"attempts: expected 2, found 1"});
  nearest.erase("differs");
  CHECK(nearest == shown);
}

TEST_CASE("a callback that matches no rewrite goes to its own URL, and only that URL is shown") {
  Receiver receiver(answers(200));
  auto options = one_attempt();
  options.callback_rewrite = {"https://app.example.com=http://127.0.0.1:1"};
  Emulator emulator(options);
  const auto shown = callback_to(emulator, receiver.url());
  CHECK(shown["state"] == "delivered");
  CHECK_FALSE(shown.contains("rewritten_url"));
}

TEST_CASE("the target policy checks the rewritten URL, and a refusal is logged once") {
  Receiver receiver(answers(200));
  Warnings warnings;
  auto options = one_attempt();
  options.host = "0.0.0.0";  // callbacks to loopback only
  options.callback_rewrite = {"http://192.0.2.1=" + receiver.url(""), receiver.url("/out") + "=http://192.0.2.1"};
  options.on_warning = warnings.taker();
  Emulator emulator(options);
  ControlClient client("http://127.0.0.1:" + std::to_string(emulator.port()), "k");
  const auto shown = [&](const std::string& url) {
    const auto id = client.submit("janedoe", {{"callback_url", url}});
    client.settle();
    return client.get("callbacks/" + id + "-1").body();
  };
  CHECK(shown("http://192.0.2.1/hook")["state"] == "delivered");
  for (int i = 0; i < 2; ++i)
    CHECK(shown(receiver.url("/out"))["attempts"][0]["error"] ==
          "callback target 192.0.2.1 is not allowed (see --callback-allow)");
  emulator.stop();
  REQUIRE(warnings.all.size() == 1);
  CHECK(warnings.all[0] == "the callback to " + receiver.url("/out") +
                               " failed: callback target 192.0.2.1 is not allowed (see --callback-allow)");
}

TEST_CASE("in a container, a refused callback to loopback says how to call the container's host") {
  std::string refused;
  {
    const Receiver gone(answers(200));
    refused = "http://localhost:" + port_of(gone);
  }
  Warnings warnings;
  auto options = one_attempt();
  options.in_container = true;
  options.on_warning = warnings.taker();
  Emulator emulator(options);
  const std::string error = callback_to(emulator, refused + "/hook")["attempts"][0]["error"];
  CHECK(error ==
        "connection refused; inside a container localhost is the container itself: to reach its host, use "
        "--callback-rewrite http://localhost:*=http://host.docker.internal:*");
  emulator.stop();
  REQUIRE(warnings.all.size() == 1);
  CHECK(warnings.all[0] == "the callback to " + refused + "/hook failed: " + error);

  auto outside = one_attempt();
  Emulator other(outside);
  CHECK(callback_to(other, refused + "/hook")["attempts"][0]["error"] == "connection refused");
}

TEST_CASE("the rewrite that the hint names leads to another host, at the same port") {
  Receiver receiver(answers(200));
  auto options = one_attempt();
  options.callback_rewrite = {"http://callbacks.test:*=http://127.0.0.1:*"};
  Emulator emulator(options);
  CHECK(callback_to(emulator, "http://callbacks.test:" + port_of(receiver) + "/hook")["state"] == "delivered");
}

TEST_CASE("the default timeout applies to scenarios without a timeout") {
  Receiver receiver(hangs());
  auto options = one_attempt();
  options.callback_timeout = 30ms;
  Emulator emulator(options);
  CHECK(callback_to(emulator, receiver.url())["attempts"][0]["error"] ==
        "timed out after 30ms (see --callback-timeout)");
  options.scenario_texts = {R"({"name":"one","callback":{"max_attempts":1,"timeout":"60ms"}})"};
  Emulator own(options);
  CHECK(callback_to(own, receiver.url())["attempts"][0]["error"] ==
        "timed out after 60ms (see callback.timeout in the scenario)");
}

TEST_CASE("invalid options are refused, and the message names them") {
  const auto complaint = [](const Options& options) {
    try {
      const Emulator emulator(options);
    } catch (const StartError& error) {
      return std::string(error.what());
    }
    return std::string("(none)");
  };
  CHECK(complaint({.callback_rewrite = {"http://a"}}) == "callback_rewrite: \"http://a\": expected FROM=TO");
  CHECK(complaint({.callback_timeout = 0ms}) == "callback_timeout must be above zero");
  CHECK(complaint({.tls_cert = "c.pem"}) == "tls_key is missing: tls_cert needs it");
  CHECK(complaint({.tls_key = "k.pem"}) == "tls_cert is missing: tls_key needs it");
  CHECK(complaint({.tls_cert = "/nowhere/c.pem", .tls_key = "k.pem"}) ==
        "tls_cert /nowhere/c.pem: the file cannot be read");
  CHECK(complaint({.tls_self_signed = true, .tls_names = {"a b"}}) ==
        "tls_names: \"a b\" is not a host name or an address");
  CHECK(complaint({.tls_names = {"a"}}) == "tls_names needs tls_self_signed");
}
