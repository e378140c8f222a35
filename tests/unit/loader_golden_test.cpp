// Every file of tests/golden/loader/ is a broken scenario; the .txt beside it is what the loader says of it.
// ENRICHMENT_MOCK_UPDATE_GOLDEN=1 writes the .txt files anew.
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "scenario/loader.h"
#include "support/checkout.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::scenario;
using enrichment_mock::support::read_file;

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

TEST_CASE("a broken scenario file gets the messages that stand beside it") {
  for (const auto& stem : cases(".json")) {
    CAPTURE(stem);
    const auto expected = kFolder / (stem + ".txt");
    const auto messages = messages_for(stem);
    CHECK_FALSE(messages.empty());
    if (updates_golden_files()) std::ofstream(expected, std::ios::binary) << messages;
    CHECK(messages == read_file(expected));
  }
}

TEST_CASE("no expected messages are left without their file") {
  const auto files = cases(".json");
  CHECK(files.size() > 10);
  for (const auto& stem : cases(".txt")) CHECK(files.contains(stem));
}
