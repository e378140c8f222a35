// GET enrichments, GET enrichments/{id}, POST enrichments, POST enrichments/{id}/resolve.
#include <doctest/doctest.h>
#include <thread>

#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

constexpr auto* kUnknown = "507f1f77bcf86cd799439011";

json lead(const std::string& username, const json& more = json::object()) {
  json body{{"linkedin_url", "https://www.linkedin.com/in/" + username}, {"type", "work"}};
  body.update(more);
  return body;
}

}  // namespace

TEST_CASE("an enrichment is shown as a poll shows it, with history, rule, charge and callbacks") {
  Mock mock;
  const auto id = mock.client.submit("callback-twice-1", {{"callback_url", "http://127.0.0.1:1/"}});
  const auto start = mock.client.get("clock").body()["now"];
  mock.client.advance("500ms");
  auto shown = mock.client.get("enrichments/" + id).body();
  const auto polled = mock.client.poll(id).body();
  for (const auto& [name, value] : polled.items()) CHECK(shown[name] == value);
  REQUIRE(shown["history"].size() == 3);
  CHECK(shown["history"][0] == json{{"at", start}, {"status", "pending"}});
  CHECK(shown["history"][2]["status"] == "completed");
  CHECK(shown["rule"] == "callback-twice*: the callback is sent twice");
  CHECK(shown["charged"] == true);
  CHECK(shown["callback_ids"] == json{id + "-1", id + "-2"});
}

TEST_CASE("control reads do not count as polls") {
  Mock mock({.scenario_texts = {R"({"name":"s","lookup":{"pending":{"polls":1}}})"}, .manual_clock = true});
  const auto id = mock.client.submit("jane");
  for (int i = 0; i < 3; ++i) CHECK(mock.client.get("enrichments/" + id).body()["status"] == "pending");
  mock.client.poll(id);
  CHECK(mock.client.get("enrichments/" + id).body()["status"] == "processing");
}

TEST_CASE("the list can be filtered and paged") {
  Mock mock;
  mock.client.submit("jane", {{"external_id", "lead-1"}});
  mock.client.submit("not-found-1", {{"external_id", "lead-2"}});
  mock.client.submit("stuck-1");
  mock.client.settle();
  struct Case {
    const char* query;
    std::size_t count;
  };
  for (const auto& [query, count] : {Case{"", 3},
                                     {"?status=completed", 1},
                                     {"?status=completed,not-found", 2},
                                     {"?status=completed&status=not-found", 2},
                                     {"?status=completed&status=not-found,processing", 3},
                                     {"?status=failed", 0},
                                     {"?external_id=lead-2", 1},
                                     {"?linkedin_url=https://www.linkedin.com/in/stuck-1", 1},
                                     {"?status=completed&external_id=lead-2", 0}}) {
    const auto& this_query = query;
    CAPTURE(this_query);
    CHECK(mock.client.list(std::string("enrichments") + query, "enrichments").size() == count);
  }
  const auto first = mock.client.get("enrichments?limit=2").body();
  CHECK(first["enrichments"].size() == 2);
  const auto rest = mock.client.get("enrichments?limit=2&after=" + first["next"].get<std::string>()).body();
  CHECK(rest["enrichments"].size() == 1);
  CHECK(rest["next"].is_null());
}

TEST_CASE("without a key the list goes through all teams, page by page") {
  Mock mock;
  std::vector<std::string> ids;
  for (auto* client : {&mock.client, &mock.other})
    for (int i = 0; i < 2; ++i) ids.push_back(client->submit("jane"));
  std::vector<std::string> seen;
  json next;
  do {
    const auto page =
        mock.whole.get("enrichments?limit=1" + (next.is_null() ? "" : "&after=" + next.get<std::string>())).body();
    for (const auto& each : page["enrichments"]) seen.push_back(each["_id"]);
    next = page["next"];
  } while (!next.is_null());
  CHECK(seen == ids);
  CHECK(mock.whole.get("enrichments/" + ids[3]).status == 200);
  CHECK(mock.client.get("enrichments/" + ids[3]).status == 404);
}

TEST_CASE("a wait returns when the status is reached") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  std::thread waiting([&] {
    ControlClient waiter(mock.emulator.url(), "k");
    const auto answer = waiter.get("enrichments/" + id + "?wait=completed,not-found,failed&timeout=10m");
    CHECK(answer.status == 200);
    CHECK(answer.body()["status"] == "completed");
  });
  mock.client.settle();
  waiting.join();
}

TEST_CASE("a repeated parameter is a list, like one with commas") {
  Mock mock;
  const auto id = mock.client.submit("not-found-1");
  mock.client.settle();
  const auto wait = [&](const std::string& query) { return mock.client.get("enrichments/" + id + query); };
  CHECK(wait("?wait=completed&wait=not-found").status == 200);
  check_refused(wait("?wait=completed&wait=failed"), 409, "can no longer become completed or failed");
  check_refused(wait("?wait=completed&wait=done"), 400, "parameter \"wait\": there is no status \"done\"");
  check_refused(wait("?wait=completed&timeout=1s&timeout=2s"), 400, "\"timeout\" is given twice");
}

TEST_CASE("a HEAD counts as a poll like a GET, and the control API responds to both in the same way") {
  Mock mock({.scenario_texts = {R"({"name":"s","lookup":{"pending":{"polls":1},"processing":{"polls":2}}})"},
             .manual_clock = true});
  const auto id = mock.client.submit("jane");
  const auto status = [&] { return mock.client.get("enrichments/" + id).body()["status"]; };
  for (const auto* expected : {"processing", "processing", "completed"}) {
    CHECK(mock.client.send("HEAD", "/v1/api/enrichment/email/" + id).status == 200);
    CHECK(mock.client.send("HEAD", "/__admin/enrichments/" + id).status == 200);
    CHECK(status() == expected);
  }
  CHECK(mock.client.list("requests?method=HEAD", "requests").size() == 3);
  for (const auto* path : {"enrichments", "enrichments/x", "scenario", "openapi.json", "nowhere", "reset", "events"}) {
    CAPTURE(path);
    const auto head = mock.client.control("HEAD", path);
    if (std::string(path) != "events") CHECK(head.status == mock.client.get(path).status);
    CHECK((head.status == 200 || std::string(path) != "events"));
    CHECK(head.text.empty());
  }
  const auto refused = mock.client.control("PATCH", "rules");
  CHECK(refused.header("Allow") == "POST, DELETE");
  CHECK(mock.client.control("POST", "teams").header("Allow") == "GET, HEAD");
}

TEST_CASE("a wait that times out is 422, with the enrichment, the open work, and why it is open") {
  Mock mock;
  const auto id = mock.client.submit("jane"), stuck = mock.client.submit("stuck-1");
  mock.client.advance("100ms");
  const auto answer = mock.client.get("enrichments/" + id + "?wait=completed&timeout=1ms");
  check_refused(answer, 422, "Still processing when the timeout was reached; the team's clock is manual");
  CHECK(answer.body()["enrichment"]["_id"] == id);
  CHECK(answer.body()["open"] == json{{{"id", id}, {"why", "pending"}}, {{"id", stuck}, {"why", "forever"}}});
}

TEST_CASE(
    "a wait for a status that is no longer possible is refused at once; one for an earlier status returns at once") {
  Mock mock;
  const auto failed = mock.client.submit("failed-1");
  mock.client.settle();
  const auto wait = [&](const std::string& statuses) {
    return mock.client.get("enrichments/" + failed + "?timeout=10m&wait=" + statuses);
  };
  const auto unreachable = wait("completed,not-found");
  check_refused(unreachable, 409, "The status is failed and can no longer become completed or not-found");
  CHECK(unreachable.body()["enrichment"]["_id"] == failed);
  for (const auto* passed : {"pending", "processing", "completed,processing", "failed"}) {
    CHECK(wait(passed).status == 200);
    CHECK(wait(passed).body()["status"] == "failed");
  }
}

TEST_CASE("a wait ends with 409 when the lookup resolves to another status") {
  Mock mock;
  const auto id = mock.client.submit("failed-1");
  std::thread waiting([&] {
    ControlClient waiter(mock.emulator.url(), "k");
    check_refused(waiter.get("enrichments/" + id + "?wait=completed&timeout=10m"), 409,
                  "can no longer become completed");
  });
  mock.client.settle();
  waiting.join();
}

TEST_CASE("force an outcome: at once, via processing, with a charge; a second time is 409") {
  Mock mock;
  const auto id = mock.client.submit("stuck-1");
  const auto forced =
      mock.client.order("enrichments/" + id + "/resolve", {{"outcome", "completed"}, {"email", "jane@acme.example"}});
  CHECK(forced.status == 200);
  CHECK(forced.body()["email"]["email"] == "jane@acme.example");
  CHECK(forced.body()["history"].size() == 3);
  CHECK(forced.body()["charged"] == true);
  CHECK(mock.client.poll(id).body()["status"] == "completed");
  CHECK(mock.client.credits() == 249);
  check_refused(mock.client.order("enrichments/" + id + "/resolve", {{"outcome", "failed"}}), 409, "resolved already");
}

TEST_CASE("an outcome that costs a credit cannot be forced without a credit") {
  Mock mock;
  const auto id = mock.client.submit("stuck-1");
  mock.client.put("credits", {{"balance", 0}});
  check_refused(mock.client.order("enrichments/" + id + "/resolve", {{"outcome", "completed"}}), 409, "no credit");
  CHECK(mock.client.poll(id).body()["status"] == "pending");
  CHECK(mock.client.order("enrichments/" + id + "/resolve", {{"outcome", "not-found"}}).status == 200);
}

TEST_CASE("seed an enrichment with a chosen _id and status, free unless charged") {
  Mock mock;
  const auto made = mock.client.order(
      "enrichments", lead("jane", {{"_id", kUnknown}, {"status", "completed"}, {"email", "jane@acme.example"}}));
  CHECK(made.status == 201);
  CHECK(mock.client.poll(kUnknown).body()["email"]["email"] == "jane@acme.example");
  CHECK(mock.client.credits() == 250);
  check_refused(mock.client.order("enrichments", lead("jane", {{"_id", kUnknown}})), 409, "_id");
  CHECK(mock.client.order("enrichments", lead("joe", {{"status", "completed"}, {"charge", true}})).status == 201);
  CHECK(mock.client.credits() == 249);
  mock.client.put("credits", {{"balance", 0}});
  check_refused(mock.client.order("enrichments", lead("jim", {{"status", "completed"}, {"charge", true}})), 409,
                "no credit");
}

TEST_CASE("a seed may have comments, like other bodies") {
  Mock mock;
  const auto made = mock.client.control(
      "POST", "enrichments", R"({"linkedin_url": "https://linkedin.com/in/jane", /* she */ "type": "work"} // end)");
  CHECK(made.status == 201);
  CHECK(mock.client.poll(made.body()["_id"]).status == 200);
}

TEST_CASE("a seeded enrichment that is not resolved continues as the scenario says") {
  Mock mock;
  const std::string id = mock.client.order("enrichments", lead("jane", {{"status", "processing"}})).body()["_id"];
  mock.client.settle();
  CHECK(mock.client.poll(id).body()["status"] == "completed");
}

TEST_CASE("an unknown id is 404") {
  Mock mock;
  for (const std::string id : {kUnknown, "x"}) {
    check_refused(mock.client.get("enrichments/" + id), 404, "No enrichment");
    check_refused(mock.client.get("enrichments/" + id + "?wait=completed"), 404, "No enrichment");
    check_refused(mock.client.order("enrichments/" + id + "/resolve", {{"outcome", "failed"}}), 404, "No enrichment");
  }
}

TEST_CASE("bad parameters are refused by name") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  struct Case {
    std::string path, said;
  };
  for (const auto& [path, said] : {Case{"enrichments?status=complete", "parameter \"status\": there is no status "},
                                   {"enrichments?limit=x", "parameter \"limit\""},
                                   {"enrichments?after=7", "parameter \"after\""},
                                   {"enrichments?since=1", "unknown parameter \"since\""},
                                   {"enrichments?status=", "parameter \"status\": its value is empty"},
                                   {"enrichments?external_id=", "parameter \"external_id\": its value is empty"},
                                   {"enrichments/" + id + "?wait=", "parameter \"wait\": its value is empty"},
                                   {"enrichments/" + id + "?wait=failed,", "parameter \"wait\": there is no status"},
                                   {"enrichments/" + id + "?wait=done", "parameter \"wait\""},
                                   {"enrichments/" + id + "?wait=completed&timeout=soon", "parameter \"timeout\""}}) {
    const auto& this_path = path;
    CAPTURE(this_path);
    check_refused(mock.client.get(path), 400, said);
  }
}

TEST_CASE("emails that are seeded and forced are templates, like emails in a scenario") {
  Mock mock;
  const json email{{"status", "completed"}, {"email", "{first}.{last}@{type}.example"}};
  const auto seeded = mock.client.order("enrichments", lead("jane-doe", email));
  CHECK(seeded.body()["email"]["email"] == "jane.doe@work.example");
  const auto id = mock.client.submit("stuck-j%C3%B6hn");
  const auto forced = mock.client.order("enrichments/" + id + "/resolve",
                                        {{"outcome", "completed"}, {"email", "{username}@b.example"}});
  CHECK(forced.body()["email"]["email"] == "stuck-ju00f6hn@b.example");
}

TEST_CASE("usernames that differ in a character beyond ASCII get different addresses") {
  Mock mock;
  const auto email_of = [&](const std::string& username) {
    const auto id = mock.client.submit(username);
    mock.client.settle();
    return mock.client.poll(id).body()["email"]["email"].get<std::string>();
  };
  CHECK(email_of("j\u00f6hn") == "ju00f6hn@example.com");
  CHECK(email_of("j%C3%A4hn") == "ju00e4hn@example.com");
  CHECK(email_of("a%2Bb.c_d") == "a-b.c_d@example.com");
}

TEST_CASE("bad fields are refused by name") {
  Mock mock;
  const std::string no_address = R"(expected an address with one "@")";
  const auto completed_with = [](const json& email) { return json{{"outcome", "completed"}, {"email", email}}; };
  const auto seeded_with = [](const json& email) { return json{{"status", "completed"}, {"email", email}}; };
  const auto resolve = "enrichments/" + mock.client.submit("jane") + "/resolve";
  struct Case {
    std::string path;
    json body;
    std::string said;
  };
  for (const auto& [path, body, said] : {Case{"enrichments", json::object(), "linkedin_url"},
                                         {"enrichments", lead("jane", {{"type", "home"}}), "type"},
                                         {"enrichments", lead("jane", {{"_id", "1234"}}), "/_id"},
                                         {"enrichments", lead("jane", {{"status", "done"}}), "/status"},
                                         {"enrichments", lead("jane", {{"email", "a@b.example"}}), "/email"},
                                         {"enrichments", lead("jane", {{"charge", true}}), "/charge"},
                                         {"enrichments", lead("jane", {{"charge", "yes"}}), "/charge"},
                                         {"enrichments", lead("jane", {{"extrnal_id", "x"}}), "external_id"},
                                         {resolve, json::object(), "outcome"},
                                         {resolve, {{"outcome", "done"}}, "/outcome"},
                                         {resolve, {{"outcome", "failed"}, {"email", "a@b.example"}}, "/email"},
                                         {resolve, {{"outcom", "failed"}}, "outcome"},
                                         {resolve, completed_with("jane"), no_address},
                                         {resolve, completed_with("@example.com"), no_address},
                                         {resolve, completed_with("a@b@example.com"), no_address},
                                         {resolve, completed_with("{frist}@example.com"), "did you mean \"first\"?"},
                                         {resolve, completed_with(7), "/email: found 7; expected a string"},
                                         {"enrichments", lead("jane", seeded_with("jane")), no_address},
                                         {"enrichments", lead("jane", seeded_with("jane@")), no_address},
                                         {"enrichments", lead("jane", seeded_with("{}@b")), "/email: found"}}) {
    const auto& this_body = body;
    CAPTURE(this_body);
    check_refused(mock.client.order(path, body), 400, said);
  }
  CHECK(mock.client.list("enrichments", "enrichments").size() == 1);
}
