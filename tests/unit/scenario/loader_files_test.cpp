// Files that cannot be read are reported as problems.
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "scenario/loader.h"
#include "support/checkout.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::scenario;
using enrichment_mock::support::read_file;
using enrichment_mock::support::TemporaryDirectory;

namespace {

std::string message_for(const std::filesystem::path& file) {
  const auto result = load_file(file);
  const auto* problems = std::get_if<std::vector<Problem>>(&result);
  return problems ? to_string(problems->front()) : "";
}

}  // namespace

TEST_CASE("a file is read and loaded") {
  const TemporaryDirectory folder;
  const auto result = load_file(folder.write("x.json", R"({"name": "x", "credits": 3})"));
  REQUIRE(std::holds_alternative<Scenario>(result));
  CHECK(std::get<Scenario>(result).credits == 3);
}

TEST_CASE("messages begin with the file's name as it was given") {
  const TemporaryDirectory folder;
  const auto file = folder.write("x.json", "{\"name\": \"x\",\n \"credit\": 3}");
  CHECK(message_for(file) == file + ":2:2: unknown key \"credit\"; did you mean \"credits\"?");
}

TEST_CASE("a file that cannot be read says why") {
  const TemporaryDirectory folder;
  const auto absent = folder.path("absent.json");
  CHECK(message_for(absent) == absent + ": cannot be read: No such file or directory");
  CHECK(message_for(folder.path()) == folder.path() + ": is a directory, not a file");
  CHECK(message_for(folder.write("x.json", "") + "/below.json").ends_with("cannot be read: Not a directory"));
}

TEST_CASE("a file that is too large is not read to its end") {
  CHECK(message_for("/dev/zero") == "/dev/zero:1:1: the file is larger than 1 MB");
  std::ifstream endless("/dev/zero");
  const auto examined = examine_stream(endless, "-");
  CHECK(to_string(examined.problems.front()) == "-:1:1: the file is larger than 1 MB");
}

TEST_CASE("a pipe is read like a file") {
  const TemporaryDirectory folder;
  const auto pipe = folder.path("x.json");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(pipe) << R"({"name": "x"})"; });
  const auto result = load_file(pipe);
  writer.join();
  CHECK(std::holds_alternative<Scenario>(result));
}

TEST_CASE("a problem is written with the known parts of its position") {
  CHECK(to_string(Problem{"a.json", "/rules/0", 12, 5, "wrong"}) == "a.json:12:5: /rules/0: wrong");
  CHECK(to_string(Problem{"a.json", "", 1, 2, "wrong"}) == "a.json:1:2: wrong");
  CHECK(to_string(Problem{"a.json", "/name", 0, 0, "wrong"}) == "a.json: /name: wrong");
  CHECK(to_string(Problem{"a.json", "", 0, 0, "wrong"}) == "a.json: wrong");
  CHECK(to_string(Problem{"", "/name", 3, 4, "wrong"}) == "line 3, column 4: /name: wrong");
  CHECK(to_string(Problem{"", "", 0, 0, "wrong"}) == "wrong");
}

// Every file of tests/golden/loader/ is a broken scenario; the .txt file of the same name has the loader's messages.
// ENRICHMENT_MOCK_UPDATE_GOLDEN=1 writes the .txt files again.

namespace {

const std::filesystem::path kFolder = enrichment_mock::support::checkout_path("tests/golden/loader");

std::set<std::string> cases(std::string_view extension) {
  std::set<std::string> stems;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == extension) stems.insert(entry.path().stem().string());
  return stems;
}

std::string messages_for(const std::string& stem) {
  const auto result = load_text(read_file(kFolder / (stem + ".json")), stem + ".json");
  std::string text;
  if (const auto* problems = std::get_if<std::vector<Problem>>(&result))
    for (const auto& problem : *problems) text += to_string(problem) + '\n';
  return text;
}

bool updates_golden_files() {
  const char* flag = std::getenv("ENRICHMENT_MOCK_UPDATE_GOLDEN");
  return flag && std::string_view(flag) == "1";
}

}  // namespace

TEST_CASE("a broken scenario file gets the messages of its .txt file") {
  for (const auto& stem : cases(".json")) {
    CAPTURE(stem);
    const auto expected = kFolder / (stem + ".txt");
    const auto messages = messages_for(stem);
    CHECK_FALSE(messages.empty());
    if (updates_golden_files()) std::ofstream(expected, std::ios::binary) << messages;
    CHECK(messages == read_file(expected));
  }
}

TEST_CASE("every .txt file has its scenario file") {
  const auto files = cases(".json");
  CHECK(files.size() > 10);
  for (const auto& stem : cases(".txt")) CHECK(files.contains(stem));
}

// scenarios/README.md: its examples load, and it names every key that the loader knows.

namespace {

std::string readme() { return read_file(enrichment_mock::support::checkout_path("scenarios/README.md")); }

// The blocks that begin with "```jsonc scenario".
std::vector<std::string> whole_scenarios(const std::string& text) {
  const std::string opening = "\n```jsonc scenario\n", closing = "\n```\n";
  std::vector<std::string> out;
  for (auto at = text.find(opening); at != text.npos; at = text.find(opening, at + 1)) {
    const auto begin = at + opening.size();
    out.push_back(text.substr(begin, text.find(closing, begin) - begin));
  }
  return out;
}

// The keys that the loader accepts where `text` has the key "?": its message for an unknown key lists them.
std::set<std::string> known_keys(const std::string& text) {
  const auto problems = std::get<std::vector<Problem>>(load_text(text, "-"));
  const std::string start = "unknown key \"?\"; expected ";
  std::set<std::string> keys;
  for (const auto& problem : problems) {
    if (!problem.message.starts_with(start)) continue;
    const auto list = problem.message.substr(start.size());
    for (std::size_t open = list.find('"'); open != list.npos;) {
      const auto close = list.find('"', open + 1);
      keys.insert(list.substr(open + 1, close - open - 1));
      open = list.find('"', close + 1);
    }
  }
  return keys;
}

}  // namespace

TEST_CASE("the README's examples are scenarios that load") {
  const auto examples = whole_scenarios(readme());
  CHECK(examples.size() >= 9);
  for (const auto& example : examples) {
    CAPTURE(example);
    const auto result = load_text(example, "-");
    if (const auto* problems = std::get_if<std::vector<Problem>>(&result)) FAIL_CHECK(to_string(problems->front()));
  }
}

TEST_CASE("the README has every key that the loader knows, each in the table of its object") {
  const auto text = readme();
  struct Row {
    std::string object;
    bool has_table;
  };
  const std::vector<Row> objects = {
      {R"({"?": 0})", true},
      {R"({"clock": {"?": 0}})", true},
      {R"({"teams": [{"?": 0}]})", true},
      {R"({"lookup": {"?": 0}})", true},
      {R"({"lookup": {"pending": {"?": 0}}})", false},
      {R"({"lookup": {"jitter": {"?": 0}}})", false},
      {R"({"lookup": {"outcome": {"?": 0}}})", false},
      {R"({"callback": {"?": 0}})", true},
      {R"({"profiles": {"jane": {"?": 0}}})", true},
      {R"({"enrichments": [{"?": 0}]})", true},
      {R"({"rate_limit": {"?": 0}})", true},
      {R"({"schedule": [{"?": 0}]})", true},
      {R"({"expect": {"?": 0}})", true},
      {R"({"expect": {"callbacks": {"?": 0}}})", false},
      {R"({"rules": [{"?": 0}]})", true},
      {R"({"rules": [{"match": {"?": 0}}]})", true},
      {R"({"rules": [{"steps": [{"?": 0}]}]})", true},
      {R"({"rules": [{"response": {"?": 0}}]})", true},
  };
  for (const auto& row : objects) {
    CAPTURE(row.object);
    const auto keys = known_keys(row.object);
    CHECK_FALSE(keys.empty());
    for (const auto& key : keys) {
      CAPTURE(key);
      CHECK(text.find('"' + key + "\":") != text.npos);
      if (row.has_table) CHECK(text.find("\n| `" + key + "` |") != text.npos);
    }
  }
}
