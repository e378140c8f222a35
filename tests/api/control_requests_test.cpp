// GET requests, GET requests/unmatched, DELETE requests: requests, responses, and reasons.
#include <doctest/doctest.h>

#include "support/mock.h"
#include "support/raw_socket.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

json requests(ControlClient& client, const std::string& query = "") {
  return client.list("requests" + query, "requests");
}

// A request with these additional fields.
std::string body_with(const std::string& members) {
  return R"({ "linkedin_url": "https:\/\/www.linkedin.com/in/j\u0061ne", "type" : "work",)" + members + " }";
}

struct Journalled : Mock {
  Journalled() : Mock({.manual_clock = true}, "secret-key-of-jane") {}
};

}  // namespace

TEST_CASE("an entry has request and response, the rule that was followed, the enrichment and both times") {
  Journalled mock;
  const auto id = mock.client.submit("not-found-1", {{"external_id", "lead-1"}});
  const auto all = requests(mock.client);
  REQUIRE(all.size() == 1);
  const auto& entry = all[0];
  CHECK(entry["method"] == "POST");
  CHECK(entry["path"] == "/v1/api/enrichment/email");
  CHECK(entry["status"] == 201);
  CHECK(entry["body"]["external_id"] == "lead-1");
  CHECK(entry["answer"]["_id"] == id);
  CHECK(entry["enrichment_id"] == id);
  CHECK(entry["rule"] == "not-found*: no email is available");
  CHECK(entry["step"] == 0);
  CHECK(entry["at"] == mock.client.get("clock").body()["now"]);
  CHECK(entry["time"].is_string());
  CHECK_FALSE(entry.contains("reason"));
}

TEST_CASE("a JSON body is shown byte for byte: in the list, in the snapshot, in events and as the nearest call") {
  Journalled mock;
  RawSocket events(mock.emulator.port());
  events.send("GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE(events.receive(true).status == 200);
  REQUIRE(events.receives_within(kPatience));
  const auto body = body_with(R"("score":1.10,"id":12345678901234567890123,"exp":1e3,"list":[ -0.0,1E+2 ])");
  REQUIRE(mock.client.post_text(body).status == 201);
  const auto shown = "\"body\":" + body + ",\"status\":201";
  std::string line;
  while (!line.starts_with("data: ")) line = events.receive_line();
  for (const auto& text : {mock.client.get("requests").text, mock.whole.get("snapshot").text, line}) {
    CAPTURE(text);
    CHECK(text.find(shown) != text.npos);
  }
  const auto verdict = mock.client.verify({{"requests", {{"body", {{"score", 1.2}}}}}});
  CHECK(verdict.body()["failures"][0]["nearest"]["differs"][0] ==
        "body: expected at least {\"score\":1.2}, found " + body);
}

TEST_CASE("a body with a duplicate key, or with a byte order mark, is shown as a string") {
  Journalled mock;
  const auto doubled = body_with(R"("score":1,"score":2)"), marked = "\xEF\xBB\xBF" + body_with(R"("score":1.10)");
  CHECK(mock.client.post_text(doubled).status == 400);
  CHECK(mock.client.post_text(marked).status == 201);
  const auto all = requests(mock.client);
  REQUIRE(all.size() == 2);
  CHECK(all[0]["body"] == doubled);
  CHECK(all[1]["body"] == marked);
  CHECK(mock.client.verify({{"requests", {{"body", {{"score", 2}}}}}, {"count", 0}}).status == 200);
}

TEST_CASE("a number past the range of a double is accepted in a body, and is shown as it was sent") {
  Journalled mock;
  for (const std::string& number : {std::string("1e309"), std::string("-1e999999"), std::string(400, '9')}) {
    CAPTURE(number);
    const auto body = body_with(R"("n":)" + number);
    CHECK(mock.client.post_text(body).status == 201);
    CHECK(mock.client.get("requests").text.find("\"body\":" + body) != std::string::npos);
    CHECK(
        mock.client.control("POST", "verify", R"({"expect":[{"requests":{"body":{"n":)" + number + R"(}},"count":1}]})")
            .status == 200);
    mock.client.control("DELETE", "requests");
  }
  // An error after such a number is reported as after any other number.
  const auto broken = mock.client.post_text(R"({"n":1e309,"m":})");
  check_refused(broken, 400, "The body is not valid JSON: parse error at line 1, column 16");
  check_refused(mock.client.post_text(R"({"linkedin_url":1e309})"), 400, "linkedin_url must be a string");
}

TEST_CASE("secrets in headers are masked") {
  Journalled mock;
  mock.client.send("GET", "/v1/api/enrichment/credits", "", {{"Authorization", "Bearer hush"}, {"Cookie", "sid=hush"}});
  const auto text = mock.client.get("requests").text;
  CHECK(text.find("secret-key-of-jane") == text.npos);
  CHECK(text.find("hush") == text.npos);
}

TEST_CASE("a key is masked wherever its call has it, also in a query where it does not belong") {
  Journalled mock;
  const std::string key = "secret-key-of-jane", mark = "/v1/" + key;
  mock.client.send("GET", mark + "?who=" + key, "", {{"X-Tenant", "for " + key}, {"X-Session-Token", "hush"}});
  const auto id = mock.client.submit("jane", {{"external_id", "lead of " + key}});
  ControlClient without_key(mock.emulator.url(), "");
  without_key.send("GET", "/v1/api/enrichment/credits?page=1&x-api-key=lost-hush&empty&Api_Key=");
  ControlClient(mock.emulator.url(), "defautl.hush-hush-hush").send("GET", "/v1/x");  // refused
  const auto verdict = mock.client.verify({{"requests", {{"path", "/elsewhere"}, {"body", {{"external_id", "x"}}}}}});
  const auto unmatched = mock.client.verify({{"unmatched", 0}});
  for (const auto& text :
       {mock.whole.get("requests").text, mock.whole.get("snapshot").text, verdict.text, unmatched.text}) {
    CHECK(text.find("***#") != text.npos);
    CHECK(text.find(key) == text.npos);
    CHECK(text.find("hush") == text.npos);
  }
  const auto query = requests(mock.whole, "?status=401")[0]["query"].get<std::string>();
  CHECK(query.starts_with("page=1&x-api-key=los***#"));
  CHECK(query.ends_with("&empty&Api_Key="));
  // Filters compare with the text that was sent.
  CHECK(requests(mock.client, "?external_id=lead%20of%20" + key).size() == 1);
  CHECK(mock.client.verify({{"requests", {{"body", {{"external_id", "lead of " + key}}}}}, {"count", 1}}).status ==
        200);
}

TEST_CASE("a refused or unmatched call has the reason") {
  Mock mock({.scenario_texts = {R"({"name":"s","credits":0,"rules":[
      {"name":"down","match":{"username":"down"},"response":{"status":503}}]})"},
             .manual_clock = true});
  const auto post = [&](const std::string& url) { mock.client.post({{"linkedin_url", url}, {"type", "work"}}); };
  post("https://example.com/in/jane");
  post("https://linkedin.com/in/down");
  post("https://linkedin.com/in/jane");
  mock.client.poll("507f1f77bcf86cd799439011");
  mock.client.send("GET", "/v1/api/enrichment/emails");
  mock.client.send("DELETE", "/v1/api/enrichment/credits");
  const auto all = requests(mock.client);
  REQUIRE(all.size() == 6);
  CHECK(all[0]["reason"] == "linkedin_url must be a linkedin.com/in/<username> URL");
  CHECK(all[1]["reason"] == "scripted by the rule \"down\"");
  CHECK(all[2]["reason"] == "Insufficient enrichment credits");
  CHECK(all[3]["reason"] == "No enrichment request found for the given id");
  CHECK(all[4]["reason"] == "Cannot GET /v1/api/enrichment/emails; did you mean /v1/api/enrichment/email?");
  CHECK(all[5]["reason"] == "DELETE is not allowed for /v1/api/enrichment/credits; allowed: GET, HEAD");
}

TEST_CASE("a call that followed no rule shows the rule that nearly matched, in the snapshot, too") {
  Mock mock({.scenario_texts = {R"({"name":"s","rules":[
      {"name":"r","match":{"username":"jane","type":"personal"},"response":{"status":503}},
      {"name":"p","on":"poll","match":{"username":"jane","has_callback":true},"response":{"status":503}}]})"},
             .manual_clock = true});
  const auto id = mock.client.submit("jane");
  mock.client.poll(id);
  mock.client.order("rules", {{"rule",
                               {{"name", "x"},
                                {"match", {{"username", "jane"}, {"type", "work"}, {"external_id", "lead-*"}}},
                                {"response", {{"status", 500}}}}}});
  mock.client.submit("jane", {{"external_id", "lax"}});
  mock.client.submit("joe");
  mock.client.post({{"linkedin_url", "https://linkedin.com/in/jane"}});  // 400: it was refused before the rules
  // As it was then, in spite of later changes.
  mock.client.put("scenario",
                  {{"name", "own"}, {"rules", {{{"match", {{"type", "work"}, {"username", "without_key"}}}}}}});
  mock.client.control("DELETE", "rules");
  const auto near = [](const json& entry) { return entry.value("nearest_rule", json()); };
  const auto all = requests(mock.client);
  REQUIRE(all.size() == 5);
  CHECK(near(all[0]) == json{{"name", "r"}, {"differs", {"type: expected personal, found work"}}});
  CHECK(near(all[1]) == json{{"name", "p"}, {"differs", {"has_callback: expected true, found false"}}});
  CHECK(near(all[2]) == json{{"name", "x"}, {"differs", {R"(external_id: expected "lead-*", found "lax")"}}});
  CHECK(near(all[3])["name"] == "x");
  CHECK(near(all[4]).is_null());
  CHECK(as_listed(mock.client.get("snapshot").body()["teams"][0]["requests"]) == all);
}

TEST_CASE("unmatched calls can be listed alone") {
  Journalled mock;
  mock.client.credits();
  mock.client.send("GET", "/v2/nowhere?x=1");
  const auto unmatched = mock.client.list("requests/unmatched", "requests");
  REQUIRE(unmatched.size() == 1);
  CHECK(unmatched[0]["path"] == "/v2/nowhere");
  CHECK(unmatched[0]["query"] == "x=1");
}

TEST_CASE("filters: status, method, path, external_id, linkedin_url, since on the team's clock") {
  Journalled mock;
  const auto id = mock.client.submit("jane", {{"external_id", "lead 1+1"}});
  const auto post = [&](json body) {
    body["type"] = "work";
    mock.client.post(body);
  };
  post({{"linkedin_url", "https://linkedin.com/in/server-error-1"}, {"external_id", "lead-2"}});
  post({{"linkedin_url", "https://linkedin.com/in/rate-limited-1"}});
  mock.client.advance("10s");
  const std::string now = mock.client.get("clock").body()["now"];
  mock.client.poll(id);
  struct Case {
    std::string query;
    std::size_t count;
  };
  for (const auto& [query, count] : {Case{"", 4},
                                     {"?status=201", 1},
                                     {"?status=500", 1},
                                     {"?status=404", 0},
                                     {"?status=201,500", 2},
                                     {"?status=201&status=500&status=404", 2},
                                     {"?method=GET", 1},
                                     {"?method=get", 1},
                                     {"?method=PROPFIND", 0},
                                     {"?path=/v1/api/enrichment/email", 3},
                                     {"?path=/v1/api/enrichment/email*", 4},
                                     {"?external_id=lead-2", 1},
                                     {"?external_id=lead%201%2B1", 2},
                                     {"?linkedin_url=https://www.linkedin.com/in/jane", 2},
                                     {"?since=" + now, 1},
                                     {"?since=2001-01-01T00:00:00Z", 4},
                                     {"?method=POST&status=429", 1}}) {
    const auto& this_query = query;
    CAPTURE(this_query);
    CHECK(requests(mock.client, query).size() == count);
  }
}

TEST_CASE("the calls of a trace: those with its id in traceparent, also if no endpoint answers them") {
  Journalled mock;
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", other = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string parent = "-b7ad6b7169203331-01";
  const auto call = [&](const char* path, const std::string& name, const std::string& value) {
    mock.client.send("GET", path, "", {{name, value}});
  };
  constexpr auto kCredits = "/v1/api/enrichment/credits";
  call(kCredits, "traceparent", "00-" + trace + parent);
  call(kCredits, "TraceParent", "01-" + trace + parent + "-more");
  call("/v2/nowhere", "traceparent", "00-" + trace + parent);
  call(kCredits, "traceparent", "00-" + other + parent);
  for (const auto& value : {"00-" + trace, "00-" + trace + "0" + parent, trace + parent, "00_" + trace + parent})
    call(kCredits, "traceparent", value);
  call(kCredits, "tracestate", "00-" + trace + parent);
  mock.client.credits();
  CHECK(requests(mock.client).size() == 10);
  CHECK(requests(mock.client, "?trace_id=" + trace).size() == 3);
  CHECK(requests(mock.client, "?trace_id=" + trace + "&status=200").size() == 2);
  CHECK(requests(mock.client, "?trace_id=" + other).size() == 1);
  CHECK(requests(mock.client, "?trace_id=" + std::string(32, '1')).empty());
  CHECK(mock.client.list("requests/unmatched?trace_id=" + trace, "requests").size() == 1);
  CHECK(mock.client.list("requests/unmatched?trace_id=" + other, "requests").empty());
  for (const auto& wrong : {std::string(), std::string(32, '0'), trace.substr(1), trace + "0", "00-" + trace + parent,
                            trace.substr(1) + "C"})
    for (const std::string path : {"requests", "requests/unmatched"})
      check_refused(mock.client.get(path + "?trace_id=" + wrong), 400,
                    "parameter \"trace_id\": \"" + wrong.substr(0, 20));
  check_refused(mock.client.get("requests?trace_id=1"), 400,
                "\"1\" is not a trace id: expected 32 lower-case hex digits, not all zeros");
}

TEST_CASE("paging goes through all entries once") {
  Journalled mock;
  for (int i = 0; i < 5; ++i) mock.client.credits();
  std::vector<std::uint64_t> seen;
  json next;
  do {
    const auto page = mock.client.get("requests?limit=2" + (next.is_null() ? "" : "&after=" + next.dump())).body();
    CHECK(page["requests"].size() <= 2);
    for (const auto& entry : page["requests"]) seen.push_back(entry["number"]);
    next = page["next"];
  } while (!next.is_null());
  CHECK(seen.size() == 5);
  CHECK(std::ranges::is_sorted(seen));
}

TEST_CASE("the journal is bounded: the oldest entries are removed") {
  Mock mock({.manual_clock = true, .journal_size = 3});
  mock.client.send("GET", "/first");
  for (int i = 0; i < 3; ++i) mock.client.credits();
  const auto all = requests(mock.client);
  CHECK(all.size() == 3);
  CHECK(all[0]["path"] == "/v1/api/enrichment/credits");
}

TEST_CASE("the journal keeps the first 64 KB of a long body, and its length") {
  const std::string answer(70'000, 'a');
  Mock mock({.scenario_texts = {R"({"name":"s","rules":[{"on":"credits","response":{"status":200,"body":")" + answer +
                                R"("}}]})"},
             .manual_clock = true});
  const std::string pad(100'000, 'x');
  mock.client.post({{"linkedin_url", "https://www.linkedin.com/in/jane"}, {"type", "work"}, {"pad", pad}});
  mock.client.send("GET", "/v1/api/enrichment/credits");
  const auto all = requests(mock.client);
  REQUIRE(all.size() == 2);
  CHECK(all[0]["status"] == 201);
  CHECK(all[0]["body"].get<std::string>().size() == 65'536);
  CHECK(all[0]["body"].get<std::string>().ends_with("xxx"));
  CHECK(all[0]["body_bytes"].get<std::size_t>() > 100'000);
  CHECK(all[0]["body_truncated"] == true);
  CHECK(all[0]["answer"]["status"] == "pending");
  CHECK_FALSE(all[0].contains("answer_bytes"));
  CHECK_FALSE(all[0].contains("answer_truncated"));
  CHECK_FALSE(all[1].contains("body_truncated"));
  CHECK(all[1]["answer"].get<std::string>().size() == 65'536);
  CHECK(all[1]["answer_bytes"] == 70'000);
  CHECK(all[1]["answer_truncated"] == true);
  CHECK(requests(mock.client, "?external_id=x").empty());
}

TEST_CASE("the journal is bounded by its size, for each team and for calls without a key") {
  Mock mock({.manual_clock = true, .journal_bytes = 256 * 1024});
  const std::string pad(50'000, 'x');
  for (auto* client : {&mock.client, &mock.whole})
    for (int i = 0; i < 9; ++i) client->post({{"pad", pad}});
  mock.other.credits();
  CHECK(requests(mock.client).size() == 5);
  CHECK(requests(mock.other).size() == 1);
  CHECK(requests(mock.whole, "?status=401").size() == 5);
  CHECK(mock.client.get("snapshot").body()["teams"][0]["requests_evicted"] == 4);
}

TEST_CASE("a team sees its own calls only; without a key all calls are listed, with their teams or without a team") {
  Journalled mock;
  mock.client.credits();
  mock.other.submit("jane");
  mock.whole.send("GET", "/v1/api/enrichment/credits");  // without a key: 401
  CHECK(requests(mock.client).size() == 1);
  CHECK(requests(mock.other).size() == 1);
  const auto all = requests(mock.whole);
  REQUIRE(all.size() == 3);
  CHECK(all[0]["team"] != all[1]["team"]);
  CHECK_FALSE(all[2].contains("team"));
  CHECK(all[2]["reason"] == "Missing API key: send it in the header x-api-key");
  const std::string team = all[1]["team"];
  CHECK(requests(mock.whole, "?team=" + team).size() == 1);
}

TEST_CASE("DELETE requests removes a team's entries, without a key all entries") {
  Journalled mock;
  for (auto* client : {&mock.client, &mock.other}) client->credits();
  CHECK(mock.client.control("DELETE", "requests").body() == json{{"deleted", 1}});
  CHECK(requests(mock.client).empty());
  CHECK(requests(mock.other).size() == 1);
  CHECK(mock.whole.control("DELETE", "requests").body() == json{{"deleted", 1}});
  CHECK(requests(mock.whole).empty());
}

TEST_CASE("control calls are not in the journal") {
  Journalled mock;
  mock.client.get("credits");
  mock.client.get("nowhere");
  CHECK(requests(mock.client).empty());
}

TEST_CASE("a bad filter is refused, and the message names it") {
  Journalled mock;
  struct Case {
    const char *query, *said;
  };
  for (const auto& [query, said] :
       {Case{"since=yesterday", "parameter \"since\""},
        {"status=20", "parameter \"status\""},
        {"status=ok", "parameter \"status\""},
        {"status=", "parameter \"status\""},
        {"method=", "parameter \"method\": its value is empty"},
        {"path=", "parameter \"path\": its value is empty"},
        {"external_id=", "parameter \"external_id\": its value is empty"},
        {"linkedin_url=", "parameter \"linkedin_url\": its value is empty"},
        {"limit=0", "parameter \"limit\""},
        {"limit=1001", "parameter \"limit\""},
        {"after=x", "parameter \"after\""},
        {"external-id=1", "unknown parameter \"external-id\"; did you mean \"external_id\"?"},
        {"limit=1&limit=2", "\"limit\" is given twice"}}) {
    const auto& this_query = query;
    CAPTURE(this_query);
    check_refused(mock.client.get(std::string("requests?") + query), 400, said);
  }
}
