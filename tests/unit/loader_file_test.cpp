// Files that cannot be read are problems like any other.
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <thread>

#include "scenario/loader.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::scenario;
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

TEST_CASE("messages begin with the file as it was given") {
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

TEST_CASE("a problem is written with what is known of its place") {
  CHECK(to_string({"a.json", "/rules/0", 12, 5, "wrong"}) == "a.json:12:5: /rules/0: wrong");
  CHECK(to_string({"a.json", "", 1, 2, "wrong"}) == "a.json:1:2: wrong");
  CHECK(to_string({"a.json", "/name", 0, 0, "wrong"}) == "a.json: /name: wrong");
  CHECK(to_string({"a.json", "", 0, 0, "wrong"}) == "a.json: wrong");
  CHECK(to_string({"", "/name", 3, 4, "wrong"}) == "line 3, column 4: /name: wrong");
  CHECK(to_string({"", "", 0, 0, "wrong"}) == "wrong");
}
