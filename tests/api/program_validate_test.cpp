// enrichment-mock validate: files, directories and standard input, for people and for tools.
#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>

#include "enrichment_mock/emulator.h"
#include "support/json.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;
using json = nlohmann::json;

namespace {

const std::string kGood = R"({"name": "good", "description": "Nothing special."})";

std::string with_key(const std::string& name, const std::string& key) {
  return R"({"name": ")" + name + R"(", "teams": [{"name": "t", "api_keys": [")" + key + R"("]}]})";
}

// The output for tools: exit status and report.
std::pair<int, json> report(std::vector<std::string> args, const std::string& input = "") {
  args.insert(args.begin(), {"validate", "--format", "json"});
  const auto ended = run(args, {}, input);
  CHECK(ended.errors.empty());
  REQUIRE(ended.output.ends_with("}\n"));
  return {ended.status, json::parse(ended.output)};
}

}  // namespace

TEST_CASE("validate: valid files are reported as valid") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("good.json", kGood);
  for (const std::string& argument : {file, directory.path()}) {
    const auto ended = run({"validate", argument});
    CHECK_MESSAGE(ended.status == 0, ended.errors);
    CHECK(ended.output == file + ": valid\n");
  }
  CHECK(run({"validate", "-"}, {}, kGood).output == "-: valid\n");
}

TEST_CASE("validate: every problem is a line of standard error, and the exit status is 2") {
  const TemporaryDirectory directory;
  const std::string good = directory.write("good.json", kGood);
  const std::string bad = directory.write("bad.json", "{\"name\": \"bad\",\n \"credit\": 1, \"seed\": -1}");
  const std::string worse = directory.write("worse.json", "{");
  const std::string missing = directory.path("missing.json");
  const auto ended = run({"validate", directory.path(), missing});
  CHECK(ended.status == 2);
  CHECK(ended.output == good + ": valid\n");
  CHECK(ended.errors == bad + ":2:2: unknown key \"credit\"; did you mean \"credits\"?\n" +  //
                            bad + ":2:23: /seed: found -1; expected a whole number from 0 to 18446744073709551615\n" +
                            worse +
                            ":1:2: the file ends, but the object that begins at line 1, column 1 is not closed\n" +  //
                            missing + ": cannot be read: No such file or directory\n");
  CHECK(run({"validate", "-"}, {}, "{").status == 2);
}

TEST_CASE("validate: tools get every file and problem as JSON, and nothing on standard error") {
  const TemporaryDirectory directory;
  const std::string good = directory.write("good.json", kGood);
  const std::string bad = directory.write("bad.json", "{\"name\": \"bad\",\n \"rules\": [0, {\"a/b\": 1}]}");
  CHECK(report({good}) ==
        std::pair(0, json::parse(R"({"files": [{"file": ")" + good + R"(", "valid": true, "problems": []}]})")));
  const auto [status, said] = report({bad, good, directory.path("missing.json")});
  CHECK(status == 2);
  REQUIRE(said["files"].size() == 3);
  CHECK(said["files"][0]["file"] == bad);
  CHECK(said["files"][0]["valid"] == false);
  REQUIRE(said["files"][0]["problems"].size() == 2);
  CHECK(said["files"][0]["problems"][0] == json::parse(R"({"pointer": "/rules/0", "line": 2, "column": 12,
                                                           "message": "found 0; expected an object"})"));
  CHECK(said["files"][0]["problems"][1]["pointer"] == "/rules/1");
  CHECK(said["files"][1]["valid"] == true);
  CHECK(said["files"][2]["problems"][0] ==
        json::parse(R"({"pointer": "", "message": "cannot be read: No such file or directory"})"));
}

TEST_CASE("validate: a file name that is not UTF-8 is shown as far as JSON allows") {
  const TemporaryDirectory directory;
  const auto [status, said] = report({directory.path("caf\xE9.json")});
  CHECK(status == 2);
  CHECK(said["files"][0]["file"].get<std::string>().ends_with("caf\xEF\xBF\xBD.json"));
}

TEST_CASE("validate: a directory without scenarios is a problem, and the other arguments are still checked") {
  const TemporaryDirectory empty, full;
  const std::string file = full.write("good.json", kGood);
  full.write("scenario.schema.json", "{}");
  full.write(".hidden.json", "{}");
  full.write("notes.txt", "");
  const auto ended = run({"validate", empty.path(), full.path()});
  CHECK(ended.status == 2);
  CHECK(ended.output == file + ": valid\n");
  CHECK(ended.errors == empty.path() + ": is a directory without scenario files (*.json)\n");
  const auto [status, said] = report({empty.path(), full.path()});
  CHECK(status == 2);
  CHECK(said["files"].size() == 2);
}

TEST_CASE("validate: standard input can be one of the files, once") {
  const TemporaryDirectory directory;
  const auto [status, said] = report({directory.write("good.json", kGood), "-"}, "{\"name\": 1}");
  CHECK(status == 2);
  CHECK(said["files"][1]["file"] == "-");
  CHECK(said["files"][1]["problems"][0]["pointer"] == "/name");
  const auto twice = run({"validate", "-", "-"}, {}, kGood);
  CHECK(twice.status == 2);
  CHECK(twice.errors.starts_with("enrichment-mock: validate: - is given twice"));
}

TEST_CASE("validate: an API key in two files is reported as a problem of the later file") {
  const TemporaryDirectory directory;
  const std::string one = directory.write("one.json", with_key("one", "same"));
  const std::string two = directory.write("two.json", with_key("two", "same"));
  CHECK(run({"validate", one}).status == 0);
  for (const auto& [first, second, name] : {std::tuple(one, two, "one"), std::tuple(two, one, "two")}) {
    const auto ended = run({"validate", first, second});
    CHECK(ended.status == 2);
    CHECK(ended.output == first + ": valid\n");
    CHECK(ended.errors == second + ": /teams/0/api_keys/0: this API key is also listed in the scenario \"" + name +
                              "\"; a key can open only one team\n");
  }
}

TEST_CASE("validate: an API key in two files is reported together with the files' other problems") {
  const TemporaryDirectory directory;
  const auto broken = [&](const std::string& name) {
    return directory.write(name + ".json", R"({"name": ")" + name + R"(", "credits": -1,
 "teams": [{"name": "t", "api_keys": ["same"]}]})");
  };
  const auto one = broken("one"), two = broken("two");
  const auto [status, said] = report({one, two});
  CHECK(status == 2);
  CHECK(said["files"][0]["problems"].size() == 1);
  REQUIRE(said["files"][1]["problems"].size() == 2);
  CHECK(said["files"][1]["problems"][1]["pointer"] == "/teams/0/api_keys/0");
}

TEST_CASE("validate: two files of one name are reported as a problem of the later one, the same file twice is not") {
  const TemporaryDirectory first, second;
  const std::string one = first.write("one.json", with_key("one", "same"));
  const std::string other = second.write("one.json", with_key("one", "same"));
  const auto ended = run({"validate", one, other});
  CHECK(ended.status == 2);
  CHECK(ended.output == one + ": valid\n");
  CHECK(ended.errors ==
        other + ": /name: the scenario \"one\" is also in " + one + "; expected one file for each name\n");
  CHECK(run({"validate", one,
             first.path("../" + std::filesystem::path(one).parent_path().filename().string() + "/one.json"), one})
            .status == 0);
  CHECK(run({"validate", one, second.write("default.json", with_key("default", "other"))}).status == 0);

  second.write("one.json", "{");  // its name is the file's name
  const auto [status, said] = report({one, other});
  CHECK(status == 2);
  REQUIRE(said["files"][1]["problems"].size() == 2);
  CHECK(said["files"][1]["problems"][1]["pointer"] == "/name");
}

TEST_CASE("validate: a broken link in a directory is a problem; pipes, folders and hidden files are skipped") {
  const TemporaryDirectory directory;
  const std::string schema = directory.write("bad-schema.json", R"({"name": "bad-schema"})");
  directory.write("scenario.schema.json", "{}");
  const auto path = [&](const char* name) { return directory.path(name); };
  std::filesystem::create_symlink("nowhere", path("lost.json"));
  std::filesystem::create_symlink("nowhere", path(".#lock.json"));
  std::filesystem::create_directory(path("folder.json"));
  REQUIRE(mkfifo(path("pipe.json").c_str(), 0600) == 0);
  const auto ended = run({"validate", directory.path()});
  CHECK(ended.status == 2);
  CHECK(ended.output == schema + ": valid\n");
  CHECK(ended.errors == path("lost.json") + ": cannot be read: No such file or directory\n");
  const auto served = run({"--port", "0", "--scenarios", directory.path()});
  CHECK(served.status == 2);
  CHECK(served.errors.find(path("lost.json") + ": cannot be read") != std::string::npos);
}

TEST_CASE("validate: control characters of a file or its name are not printed, and a problem stays one line") {
  const TemporaryDirectory directory;
  const std::string key = R"(a\u001b[31m\nb\u007f\u009b\u202e)";
  const std::string file = directory.write("x\x1b[1m.json", R"({"name": "x", "rules": [{")" + key + R"(": {"c": 1}}],
    "errors": {"500": {}, ")" + key + R"(": 1}, "profiles": {")" +
                                                                key + R"(": {"home": null}}})");
  const auto ended = run({"validate", file});
  CHECK(ended.status == 2);
  const auto problems = report({file}).second["files"][0]["problems"].size();
  CHECK(static_cast<std::size_t>(std::ranges::count(ended.errors, '\n')) == problems);
  const std::string told = ended.errors + run({"validate", "--format", "json", file}).output +
                           run({"--port", "0", "--scenario", file}).errors;
  for (const char* part : {"\x1b", "\x7f", "\xc2\x9b", "\xe2\x80\xae"}) CHECK(told.find(part) == std::string::npos);
  CHECK(ended.errors.find("/profiles/a\\u001b[31m\\u000ab\\u007f\\u009b\\u202e: ") != std::string::npos);
}

TEST_CASE("validate: if there are very many problems, it prints the first ones and the number of the others") {
  const TemporaryDirectory directory;
  std::string rules = "0";
  for (int i = 1; i < 5'000; ++i) rules += ",0";
  const std::string file = directory.write("many.json", R"({"name": "many", "rules": [)" + rules + "]}");
  const auto ended = run({"validate", file});
  CHECK(std::ranges::count(ended.errors, '\n') == 101);
  CHECK(ended.errors.find("/rules/99: found 0; expected an object\n" + file + ": 4900 more problems\n") !=
        std::string::npos);
  const auto problems = report({file}).second["files"][0]["problems"];
  CHECK(problems.size() == 101);
  CHECK(problems[100] == json{{"pointer", ""}, {"message", "4900 more problems"}});
  CHECK(run({"--port", "0", "--scenario", file}).errors.size() < 20'000);
}

TEST_CASE("validate: long keys do not make long messages") {
  const TemporaryDirectory directory;
  std::string wrong = "\"x0\":0";
  for (int i = 1; i < 150; ++i) wrong += ",\"x" + std::to_string(i) + "\":0";
  const std::string file = directory.write(
      "long.json", R"({"name": "long", "profiles": {")" + std::string(900'000, 'k') + "\": {" + wrong + "}}}");
  const auto ended = run({"validate", file});
  CHECK(ended.status == 2);
  CHECK(ended.errors.size() < 100'000);
}

TEST_CASE("validate: very many keys that two files list are not all printed either") {
  const TemporaryDirectory directory;
  const auto with_keys = [&](const std::string& name) {
    std::string keys = "\"k0\"";
    for (int i = 1; i < 1000; ++i) keys += ",\"k" + std::to_string(i) + "\"";
    return directory.write(name + ".json",
                           R"({"name": ")" + name + R"(", "teams": [{"name": "t", "api_keys": [)" + keys + "]}]}");
  };
  const std::string one = with_keys("one"), two = with_keys("two");
  const auto ended = run({"validate", one, two});
  CHECK(std::ranges::count(ended.errors, '\n') == 101);
  CHECK(ended.errors.ends_with(two + ": 900 more problems\n"));
}

TEST_CASE("validate: the library reports the same problems") {
  const TemporaryDirectory directory;
  const std::string bad = directory.write("bad.json", "{\"name\": \"bad\",\n \"credits\": -1}");
  const auto problems = enrichment_mock::validate_scenario_file(bad);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].file == bad);
  CHECK(problems[0].pointer == "/credits");
  CHECK(problems[0].line == 2);
  CHECK(problems[0].column == 13);
  CHECK(problems[0].message == "found -1; expected a whole number from 0 to 1000000000000");
  CHECK(problems[0].text == bad + ":2:13: /credits: " + problems[0].message);
  CHECK(enrichment_mock::validate_scenario_files({bad, directory.write("good.json", kGood)})[1].empty());
}
