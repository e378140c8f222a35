#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "scenario/username.h"

using enrichment_mock::scenario::fold_username;

TEST_CASE("a username is percent-decoded, then in lower case") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {"JaneDoe", "janedoe"},
      {"jane%20doe", "jane doe"},
      {"%4A%61ne", "jane"},
      {"j%C3%A9r%c3%89", "j\xC3\xA9r\xC3\x89"},
      {"100%", "100%"},
      {"a%2", "a%2"},
      {"a%zzB", "a%zzb"},
      {"%%41", "%a"},
      {"%2541", "%41"},
  };
  for (const auto& row : table) {
    CAPTURE(row.first);
    CHECK(fold_username(row.first) == row.second);
  }
}
