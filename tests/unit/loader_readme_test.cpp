// scenarios/README.md: its examples load, and it names every key that the loader knows.
#include <doctest/doctest.h>
#include <set>
#include <string>
#include <vector>

#include "scenario/loader.h"
#include "support/checkout.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::scenario;
using enrichment_mock::support::checkout_path;
using enrichment_mock::support::read_file;

namespace {

std::string readme() { return read_file(checkout_path("scenarios/README.md")); }

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

// The keys that the loader would have taken where `text` has the key "?": its message for an unknown key lists them.
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

TEST_CASE("the README shows every key that the loader knows, and the keys with a table of their own stand there") {
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
      {R"({"lookup": {"outcome": {"?": 0}}})", false},
      {R"({"callback": {"?": 0}})", true},
      {R"({"profiles": {"jane": {"?": 0}}})", true},
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
