#include "api/answer.h"

#include <doctest/doctest.h>

#include "api/error.h"
#include "support/json.h"

using namespace enrichment_mock;
using engine::EnrichmentView;
using engine::Status;

namespace {

EnrichmentView view(Status status) {
  EnrichmentView made{*engine::parse_id("507f1f77bcf86cd799439011"), status, engine::EmailType::work,
                      "https://www.linkedin.com/in/janedoe",         {},     {}};
  if (status == Status::completed) made.email = "jane@acme.example";
  return made;
}

}  // namespace

TEST_CASE("the 201 has exactly three fields") {
  CHECK(
      api::render_accepted(view(Status::pending).id, "https://www.linkedin.com/in/janedoe") ==
      R"({"_id":"507f1f77bcf86cd799439011","status":"pending","linkedin_url":"https://www.linkedin.com/in/janedoe"})");
}

TEST_CASE("a running poll has three fields, also with an external_id") {
  auto running = view(Status::processing);
  running.external_id = "lead-42";
  CHECK(
      api::render_enrichment(running).text() ==
      R"({"_id":"507f1f77bcf86cd799439011","status":"processing","linkedin_url":"https://www.linkedin.com/in/janedoe"})");
}

TEST_CASE("a resolved poll has the documented fields, external_id only if supplied") {
  auto completed = view(Status::completed);
  completed.external_id = "lead-42";
  CHECK(
      api::render_enrichment(completed).text() ==
      R"({"_id":"507f1f77bcf86cd799439011","status":"completed","enrichment_type":"work_email","email":{"email":"jane@acme.example","type":"work"},"linkedin_url":"https://www.linkedin.com/in/janedoe","external_id":"lead-42"})");
  auto personal = view(Status::not_found);
  personal.type = engine::EmailType::personal;
  CHECK(
      api::render_enrichment(personal).text() ==
      R"({"_id":"507f1f77bcf86cd799439011","status":"not-found","enrichment_type":"personal_email","email":null,"linkedin_url":"https://www.linkedin.com/in/janedoe"})");
  CHECK(api::render_enrichment(view(Status::failed))
            .text()
            .find(R"("status":"failed","enrichment_type":"work_email","email":null)") != std::string::npos);
}

TEST_CASE("a callback is the resolved poll under the name request_id") {
  CHECK(
      api::render_callback(view(Status::completed), {}) ==
      R"({"request_id":"507f1f77bcf86cd799439011","status":"completed","enrichment_type":"work_email","email":{"email":"jane@acme.example","type":"work"},"linkedin_url":"https://www.linkedin.com/in/janedoe"})");
}

TEST_CASE("credits and errors") {
  CHECK(api::render_credits(250) == R"({"balance":250})");
  CHECK(api::error_body(402, "Insufficient enrichment credits") ==
        R"({"statusCode":402,"message":"Insufficient enrichment credits","error":"Payment Required"})");
  CHECK(api::error_body(400, "\xff").find("\xef\xbf\xbd") != std::string::npos);
}

TEST_CASE("text from a client is escaped as JSON, and reads back the same") {
  auto completed = view(Status::completed);
  for (const std::string text :
       {"quote \" backslash \\", "line\nbreak\ttab", "\x01\x1f\x7f", "\xc3\xa4\xf0\x9f\x98\x80", "</script>", ""}) {
    completed.external_id = text;
    const auto body = nlohmann::json::parse(api::render_enrichment(completed).text());
    CHECK(body["external_id"] == text);
    CHECK(body["linkedin_url"] == "https://www.linkedin.com/in/janedoe");
  }
}
