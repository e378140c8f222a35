#include "scenario/match.h"

#include <doctest/doctest.h>

using namespace enrichment_mock::scenario;

TEST_CASE("patterns know * and ?") {
  struct Case {
    const char *pattern, *text;
    bool fits;
  };
  for (const auto& wanted : {Case{"jane*", "janedoe", true},
                             {"jane*", "jane", true},
                             {"jane*", "xjane", false},
                             {"*doe", "janedoe", true},
                             {"j?ne", "jane", true},
                             {"j?ne", "jne", false},
                             {"*", "", true},
                             {"", "", true},
                             {"", "x", false},
                             {"a*b*c", "a-b-b-c", true},
                             {"a*b*c", "a-c-b", false},
                             {"**a**", "bab", true},
                             {"a", "A", false}}) {
    CAPTURE(wanted.pattern);
    CAPTURE(wanted.text);
    CHECK(fits_pattern(wanted.pattern, wanted.text) == wanted.fits);
  }
}

TEST_CASE("a pattern of many stars takes no exponential time") {
  std::string pattern, text(5000, 'a');
  for (int i = 0; i < 50; ++i) pattern += "*a";
  CHECK_FALSE(fits_pattern(pattern + "b", text));
}

TEST_CASE("every part of a match has to fit; one left out fits all") {
  const RequestFacts facts{"janedoe", EmailType::work, "lead-1", true, "acme"};
  CHECK(matches({}, facts));
  CHECK(matches(
      {.username = "jane*", .type = EmailType::work, .external_id = "lead-*", .has_callback = true, .team = "acme"},
      facts));
  CHECK_FALSE(matches({.username = "john*"}, facts));
  CHECK_FALSE(matches({.type = EmailType::personal}, facts));
  CHECK_FALSE(matches({.external_id = "x"}, facts));
  CHECK_FALSE(matches({.has_callback = false}, facts));
  CHECK_FALSE(matches({.team = "other"}, facts));
  CHECK_FALSE(matches({.external_id = "*"}, {}));
}
