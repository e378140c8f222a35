// Scenario files that change while the server runs, written as editors do.
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <mutex>
#include <thread>

#include "enrichment_mock/emulator.h"
#include "support/control_client.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

// The notices and warnings of a watching emulator; waits for a text.
class Messages {
 public:
  std::function<void(std::string_view)> listen() {
    return [this](std::string_view message) {
      const std::lock_guard lock(mutex_);
      text_ += std::string(message) + '\n';
      changed_.notify_all();
    };
  }
  bool comes(const std::string& wanted, std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_in_text(wanted) >= times; });
  }
  // How often the text has been reported.
  std::size_t count(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return count_in_text(text);
  }

 private:
  std::size_t count_in_text(const std::string& text) const {
    std::size_t count = 0;
    for (auto at = text_.find(text); at != text_.npos; at = text_.find(text, at + 1)) ++count;
    return count;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

std::string with_status(int status) {
  return R"({"name":"mine","rules":[{"on":"credits","response":{"status":)" + std::to_string(status) + "}}]}";
}

int status_of(ApiClient& api) { return api.send("GET", "/v1/api/enrichment/credits").status; }

// Whether the response has that status in the end.
bool comes(ApiClient& api, int status) {
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (status_of(api) != status)
    if (std::chrono::steady_clock::now() > patience) return false;
  return true;
}

}  // namespace

TEST_CASE("a changed file applies to new requests, whether written in place or renamed over it") {
  const TemporaryDirectory folder;
  const auto file = folder.write("mine.json", with_status(501));
  Emulator emulator({.scenario_files = {file}, .watch = true});
  ApiClient api(emulator.url(), "k");
  CHECK(status_of(api) == 501);
  folder.write("mine.json", with_status(502));
  CHECK(comes(api, 502));
  std::filesystem::rename(folder.write(".mine.json.swap", with_status(503)), file);
  CHECK(comes(api, 503));
  std::filesystem::remove(file);
  folder.write("mine.json", with_status(504));
  CHECK(comes(api, 504));
}

TEST_CASE("a broken file is reported with the position, and the old scenario stays") {
  const TemporaryDirectory folder;
  const auto file = folder.write("mine.json", with_status(501));
  Messages notices, warnings;
  Emulator emulator(
      {.scenario_files = {file}, .watch = true, .on_notice = notices.listen(), .on_warning = warnings.listen()});
  ApiClient api(emulator.url(), "k");
  folder.write("mine.json", R"({"name":"mine","rulez":[]})");
  CHECK(warnings.comes("the old scenario stays active: " + file +
                       ":1:16: unknown key \"rulez\"; did you mean \"rules\"?"));
  CHECK(status_of(api) == 501);
  folder.write("mine.json", with_status(502));
  CHECK(notices.comes("loaded scenario mine from " + file));
  CHECK(status_of(api) == 502);
  std::filesystem::remove(file);
  CHECK(warnings.comes("the scenario file " + file + " is gone; its scenario stays loaded until the next start"));
  CHECK(status_of(api) == 502);
  folder.write("mine.json", with_status(502));
  CHECK(notices.comes("loaded scenario mine from " + file, 2));
}

TEST_CASE("accepted lookups keep their plan, balance and clock stay, the options' overrides still apply") {
  const TemporaryDirectory folder;
  const auto file = folder.write("mine.json", R"({"name":"mine","lookup":{"email":"old@example.com"}})");
  Messages notices;
  Emulator emulator({.scenario_files = {file}, .watch = true, .manual_clock = true, .on_notice = notices.listen()});
  ApiClient api(emulator.url(), "k");
  auto team = emulator.team("k");
  const auto old = api.submit("jane");
  team.settle();
  const auto pending = api.submit("john");
  const auto before = team.now();
  folder.write("mine.json", R"({"name":"mine","credits":3,"lookup":{"email":"new@example.com"}})");
  REQUIRE(notices.comes("loaded"));
  CHECK(api.credits() == 249);
  CHECK(team.now() == before);
  const auto later = api.submit("bob");
  team.settle();
  CHECK(api.poll(old).body()["email"]["email"] == "old@example.com");
  CHECK(api.poll(pending).body()["email"]["email"] == "old@example.com");
  CHECK(api.poll(later).body()["email"]["email"] == "new@example.com");
  CHECK(ApiClient(emulator.url(), "mine.new").credits() == 3);
}

TEST_CASE("enrichments of a changed file exist in new teams, in others after their reset") {
  const TemporaryDirectory folder;
  const auto with = [](const std::string& username) {
    return R"({"name":"mine","enrichments":[{"linkedin_url":"https://linkedin.com/in/)" + username +
           R"(","type":"work"}]})";
  };
  const auto file = folder.write("mine.json", with("jane"));
  Messages notices;
  Emulator emulator({.scenario_files = {file}, .watch = true, .manual_clock = true, .on_notice = notices.listen()});
  const auto url_in = [&](const std::string& key) { return emulator.team(key).enrichments().at(0).linkedin_url; };
  CHECK(url_in("k") == "https://linkedin.com/in/jane");
  folder.write("mine.json", with("john"));
  REQUIRE(notices.comes("loaded"));
  CHECK(emulator.team("k").enrichments().size() == 1);
  CHECK(url_in("k") == "https://linkedin.com/in/jane");
  CHECK(url_in("new") == "https://linkedin.com/in/john");
  CHECK(ControlClient(emulator.url(), "k").order("reset").status == 200);
  CHECK(url_in("k") == "https://linkedin.com/in/john");
}

TEST_CASE("a new file in a watched directory is loaded; keys that it lists use it from then on") {
  const TemporaryDirectory folder;
  folder.write("mine.json", R"({"name":"mine"})");
  Messages notices;
  Emulator emulator({.scenario_files = {folder.path("mine.json")},
                     .watch = true,
                     .watch_directories = {folder.path()},
                     .on_notice = notices.listen()});
  ApiClient api(emulator.url(), "acme-ci");
  CHECK(api.credits() == 250);
  folder.write("acme.json", R"({"name":"acme","teams":[{"name":"acme","api_keys":["acme-ci"],"credits":7}]})");
  REQUIRE(notices.comes("loaded scenario acme"));
  CHECK(api.credits() == 7);
  CHECK(ApiClient(emulator.url(), "acme.test").credits() == 250);
}

TEST_CASE("a key that was used before its scenario's file appeared runs it from then on, after a reset, too") {
  const TemporaryDirectory folder;
  Messages notices;
  Emulator emulator({.watch = true, .watch_directories = {folder.path()}, .on_notice = notices.listen()});
  ApiClient api(emulator.url(), "mine.1");
  CHECK(status_of(api) == 200);
  folder.write("mine.json", with_status(503));
  REQUIRE(notices.comes("loaded scenario mine"));
  CHECK(status_of(api) == 503);
  CHECK(api.send("POST", "/__admin/reset").status == 200);
  CHECK(status_of(api) == 503);
}

TEST_CASE("a key that another file lists already is a problem, and stays with that file") {
  const TemporaryDirectory folder;
  folder.write("a.json", R"({"name":"a","teams":[{"name":"t","api_keys":["k1"],"credits":1}]})");
  folder.write("b.json", R"({"name":"b"})");
  Messages warnings;
  Emulator emulator({.scenario_files = {folder.path("a.json"), folder.path("b.json")},
                     .watch = true,
                     .on_warning = warnings.listen()});
  folder.write("b.json", R"({"name":"b","teams":[{"name":"t","api_keys":["k1"]}]})");
  CHECK(warnings.comes("a key can open only one team"));
  CHECK(ApiClient(emulator.url(), "k1").credits() == 1);
}

TEST_CASE("files that change together are loaded together, so that a key can move from one to the other") {
  const TemporaryDirectory folder;
  const auto with_key = R"({"name":"a","teams":[{"name":"t","api_keys":["k1"],"credits":1}]})";
  const auto a = folder.write("a.json", with_key), b = folder.write("b.json", R"({"name":"b"})");
  Messages notices, warnings;
  Emulator emulator(
      {.scenario_files = {b, a}, .watch = true, .on_notice = notices.listen(), .on_warning = warnings.listen()});
  ApiClient api(emulator.url(), "k1");
  CHECK(api.credits() == 1);
  folder.write("b.json", R"({"name":"b","teams":[{"name":"t","api_keys":["k1"],"credits":2}]})");
  folder.write("a.json", R"({"name":"a"})");
  CHECK(notices.comes("loaded scenario a"));
  CHECK(notices.comes("loaded scenario b"));
  CHECK(api.credits() == 2);
}

TEST_CASE("a file that conflicts with another one is loaded once the other one has changed") {
  const TemporaryDirectory folder;
  const auto a = folder.write("a.json", R"({"name":"a","teams":[{"name":"t","api_keys":["k1"],"credits":1}]})");
  Messages notices, warnings;
  Emulator emulator({.scenario_files = {a},
                     .watch = true,
                     .watch_directories = {folder.path()},
                     .on_notice = notices.listen(),
                     .on_warning = warnings.listen()});
  folder.write("b.json", R"({"name":"b","teams":[{"name":"t","api_keys":["k1"],"credits":2}]})");
  REQUIRE(warnings.comes("not loaded: " + folder.path("b.json") + ": /teams/0/api_keys/0: "));
  ApiClient api(emulator.url(), "k1");
  CHECK(api.credits() == 1);
  folder.write("c.json", R"({"name":"c"})");
  REQUIRE(notices.comes("loaded scenario c"));
  CHECK(api.credits() == 1);
  folder.write("a.json", R"({"name":"a"})");
  REQUIRE(notices.comes("loaded scenario b"));
  CHECK(api.credits() == 2);
  CHECK(warnings.count("b.json") == 1);
}

TEST_CASE("if several files change together, one with problems is skipped and the others are loaded") {
  const TemporaryDirectory folder;
  Messages notices, warnings;
  Emulator emulator({.watch = true,
                     .watch_directories = {folder.path()},
                     .on_notice = notices.listen(),
                     .on_warning = warnings.listen()});
  std::filesystem::create_symlink("nowhere", folder.path("lost.json"));
  folder.write("bad.json", "{");
  folder.write("default.json", R"({"name":"default","credit":1})");
  folder.write("mine.json", with_status(503));
  CHECK(notices.comes("loaded scenario mine"));
  CHECK(warnings.comes("not loaded: " + folder.path("bad.json")));
  CHECK(warnings.comes("not loaded: " + folder.path("lost.json") + ": cannot be read"));
  CHECK(warnings.comes("not loaded, the old scenario stays active: " + folder.path("default.json")));
}

TEST_CASE("with --watch the program watches its files, also in a directory, and logs what it did") {
  const TemporaryDirectory folder, other;
  folder.write("mine.json", with_status(501));
  RunningMock mock({"--scenarios", folder.path(), "--scenario", "mine", "--watch", "--log-file", other.path("log")});
  ApiClient api(mock.url, "k");
  CHECK(status_of(api) == 501);
  folder.write("mine.json", with_status(502));
  CHECK(comes(api, 502));
  const std::string line = R"("level":"info","msg":"loaded scenario mine from)";
  CHECK(await_in_file(other.path("log"), line).find(line) != std::string::npos);
  mock.process.signal(SIGTERM);
  CHECK(mock.process.wait().status == 0);
}
