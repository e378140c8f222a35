// The shipped scenarios: each loads, says what it is for, and uses only reserved domains.
#include "scenario/shipped.h"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "scenario/loader.h"
#include "support/checkout.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::scenario;
using enrichment_mock::support::checkout_path;

namespace {

// Reserved by RFC 2606.
bool is_reserved(const std::string& domain) {
  constexpr std::array<std::string_view, 7> ends = {".example",     ".test",        ".invalid",    ".localhost",
                                                    ".example.com", ".example.net", ".example.org"};
  return std::ranges::any_of(ends, [&](std::string_view end) { return ('.' + domain).ends_with(end); });
}

std::set<std::string> domains_in(std::string_view text) {
  std::set<std::string> found;
  for (const std::string_view mark : {"@", "://"}) {
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
      const auto begin = at + mark.size();
      const auto end =
          text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", begin);
      found.emplace(text.substr(begin, end - begin));
    }
  }
  return found;
}

}  // namespace

TEST_CASE("every shipped scenario loads under its file's name and says what it is for") {
  for (const auto& shipped : shipped_files()) {
    CAPTURE(shipped.name);
    const auto result = load_text(shipped.text, std::string(shipped.name) + ".json");
    if (const auto* problems = std::get_if<std::vector<Problem>>(&result)) FAIL(to_string(problems->front()));
    const auto& scenario = std::get<Scenario>(result);
    CHECK(scenario.name == shipped.name);
    CHECK(scenario.description.size() > 40);
  }
}

TEST_CASE("every shipped scenario says when to use it, expects something and names the schema for editors") {
  for (const auto& shipped : shipped_files()) {
    CAPTURE(shipped.name);
    for (const auto* part : {"Use it ", "\n  \"expect\": {", "\n  \"$schema\": \"./scenario.schema.json\",\n"})
      CHECK_MESSAGE(shipped.text.find(part) != shipped.text.npos, part);
  }
}

TEST_CASE("the table of shipped scenarios names each of them") {
  const auto readme = enrichment_mock::support::read_file(checkout_path("README.md"));
  for (const auto& shipped : shipped_files())
    CHECK_MESSAGE(readme.find("\n| `" + std::string(shipped.name) + "` |") != readme.npos, shipped.name);
}

TEST_CASE("every file of scenarios/ is compiled in") {
  std::set<std::string> files, shipped;
  for (const auto& entry : std::filesystem::directory_iterator(checkout_path("scenarios")))
    if (const auto& path = entry.path(); path.extension() == ".json" && !path.stem().string().ends_with(".schema"))
      files.insert(path.stem().string());
  for (const auto& file : shipped_files()) shipped.emplace(file.name);
  CHECK(files == shipped);
}

TEST_CASE("shipped scenarios name reserved domains only") {
  for (const auto& shipped : shipped_files()) {
    CAPTURE(shipped.name);
    for (const auto& domain : domains_in(shipped.text)) {
      CAPTURE(domain);
      CHECK(is_reserved(domain));
    }
  }
}
