#include "engine/enrichment.h"

#include <doctest/doctest.h>
#include <set>
#include <string>
#include <utility>

using namespace enrichment_mock::engine;

TEST_CASE("a status goes from pending to processing, and from processing to a final one, and no other way") {
  constexpr Status kAll[] = {Status::pending, Status::processing, Status::completed, Status::not_found, Status::failed};
  const std::set<std::pair<Status, Status>> legal = {{Status::pending, Status::processing},
                                                     {Status::processing, Status::completed},
                                                     {Status::processing, Status::not_found},
                                                     {Status::processing, Status::failed}};
  for (const Status from : kAll)
    for (const Status to : kAll) {
      CAPTURE(to_text(from));
      CAPTURE(to_text(to));
      CHECK(is_legal(from, to) == legal.contains({from, to}));
    }
}

TEST_CASE("statuses are written as the documentation writes them") {
  CHECK(to_text(Status::pending) == "pending");
  CHECK(to_text(Status::processing) == "processing");
  CHECK(to_text(Status::completed) == "completed");
  CHECK(to_text(Status::not_found) == "not-found");
  CHECK(to_text(Status::failed) == "failed");
}

TEST_CASE("the texts of an enrichment are its own, and one that is missing is not an empty one") {
  std::string url = "https://linkedin.com/in/jane", email = "jane@example.com";
  const EnrichmentTexts texts({.linkedin_url = url, .email = email, .external_id = ""});
  const auto copy = texts;
  url = email = "changed";
  for (const auto& each : {texts, copy}) {
    const auto parts = each.parts();
    CHECK(parts.linkedin_url == "https://linkedin.com/in/jane");
    CHECK(parts.email == "jane@example.com");
    CHECK_FALSE(parts.callback_url);
    CHECK(parts.external_id == "");
  }
  const EnrichmentTexts without_email(
      {.linkedin_url = "", .email = "", .callback_url = "http://a/", .external_id = {}});
  CHECK(without_email.parts().email.empty());
  CHECK(without_email.parts().callback_url == "http://a/");
  CHECK_FALSE(without_email.parts().external_id);
  CHECK(EnrichmentTexts(EnrichmentTexts()).parts().linkedin_url.empty());
}
