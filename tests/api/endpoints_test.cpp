// The three endpoints over real HTTP, with the library and with the program.
#include <atomic>
#include <doctest/doctest.h>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/process.h"
#include "support/raw_socket.h"

using namespace enrichment_mock::support;

namespace {

// Each host starts one server for the whole test program; each test has its own API keys.

// Team time runs this much faster than real time, so that a lookup of half a second takes 10 ms.
constexpr int kScale = 50;

struct InLibrary {
  static std::string url() {
    static enrichment_mock::Emulator emulator({.time_scale = kScale});
    return emulator.url();
  }
};

struct InBinary {
  static std::string url() {
    static RunningMock mock({"--time-scale", std::to_string(kScale), "--quiet"});
    return mock.url;
  }
};

// A new key for a team that runs that scenario.
std::string fresh_key(std::string_view scenario = "default") {
  static std::atomic<int> count = 0;
  return std::string(scenario) + ".test-" + std::to_string(++count);
}

template <class Host>
ApiClient client(std::string_view scenario = "default") {
  return ApiClient(Host::url(), fresh_key(scenario));
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

void check_error(const Answer& answer, int status, const std::string& message, const std::string& error) {
  CHECK(answer.status == status);
  CHECK(answer.body() == json{{"statusCode", status}, {"message", message}, {"error", error}});
  CHECK(answer.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(answer.header("X-Mock-Scenario") != "");
}

// cpp-httplib's client would add its own Content-Type.
int post_untyped(const std::string& url, const std::string& body) {
  RawSocket socket(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  return socket
      .exchange("POST /v1/api/enrichment/email HTTP/1.1\r\nHost: x\r\nx-api-key: untyped\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body)
      .status;
}

const json kJane{{"linkedin_url", "https://www.linkedin.com/in/janedoe"}, {"type", "work"}};

}  // namespace

TEST_CASE_TEMPLATE("a lookup from request to resolution, charged once", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  CHECK(api.credits() == 250);
  auto body = kJane;
  body["external_id"] = "lead-42";
  const auto accepted = api.post(body);
  CHECK(accepted.status == 201);
  CHECK(keys(accepted.body()) == std::set<std::string>{"_id", "status", "linkedin_url"});
  CHECK(accepted.body()["status"] == "pending");
  CHECK(accepted.body()["linkedin_url"] == kJane["linkedin_url"]);
  const std::string id = accepted.body()["_id"];
  CHECK(id.size() == 24);

  const auto resolved = api.resolve(id);
  CHECK(resolved.status == 200);
  CHECK(resolved.body() == json{{"_id", id},
                                {"status", "completed"},
                                {"enrichment_type", "work_email"},
                                {"email", {{"email", "janedoe@example.com"}, {"type", "work"}}},
                                {"linkedin_url", kJane["linkedin_url"]},
                                {"external_id", "lead-42"}});
  CHECK(api.poll(id).text == resolved.text);
  CHECK(api.credits() == 249);
}

TEST_CASE_TEMPLATE("not-found and failed resolve with a null email and cost nothing", Host, InLibrary, InBinary) {
  for (const std::string status : {"not-found", "failed"}) {
    auto api = client<Host>();
    const auto resolved = api.resolve(api.submit(status + "-1", {{"type", "personal"}})).body();
    CHECK(resolved["status"] == status);
    CHECK(resolved["enrichment_type"] == "personal_email");
    CHECK(resolved["email"] == nullptr);
    CHECK_FALSE(resolved.contains("external_id"));
    CHECK(api.credits() == 250);
  }
}

TEST_CASE_TEMPLATE("a running lookup shows three fields", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  const auto id = api.submit("stuck-1", {{"external_id", "lead-1"}});
  const auto running = api.poll(id).body();
  CHECK(keys(running) == std::set<std::string>{"_id", "status", "linkedin_url"});
}

TEST_CASE_TEMPLATE("402 when no credit is left", Host, InLibrary, InBinary) {
  auto api = client<Host>("out-of-credits");
  REQUIRE(api.credits() < 10);
  while (api.credits() > 0) api.resolve(api.submit("janedoe"));
  check_error(api.post(kJane), 402, "Insufficient enrichment credits", "Payment Required");
  CHECK(api.credits() == 0);
}

TEST_CASE_TEMPLATE("401 without a key, or with a blank one, before all other checks", Host, InLibrary, InBinary) {
  const std::string message = "Missing API key: send it in the header x-api-key";
  for (const auto* key : {"", " ", "\t"}) {
    ApiClient api(Host::url(), key);
    check_error(api.post(kJane), 401, message, "Unauthorized");
    check_error(api.send("GET", "/nowhere"), 401, message, "Unauthorized");
    check_error(api.post_text("{", "text/plain"), 401, message, "Unauthorized");
  }
}

TEST_CASE_TEMPLATE("a misspelt scenario name in a key is 401 with the right one", Host, InLibrary, InBinary) {
  ApiClient api(Host::url(), "happy-pth.test");
  const auto answer = api.post(kJane);
  CHECK(answer.status == 401);
  CHECK(answer.body()["message"].get<std::string>().find("did you mean \"happy-path\"?") != std::string::npos);
}

TEST_CASE_TEMPLATE("401 for an API key of more than 2048 bytes", Host, InLibrary, InBinary) {
  const std::string longest = fresh_key() + std::string(2048, 'k');
  CHECK(ApiClient(Host::url(), longest.substr(0, 2048)).post(kJane).status == 201);
  check_error(ApiClient(Host::url(), longest.substr(0, 2049)).post(kJane), 401, "The API key is longer than 2048 bytes",
              "Unauthorized");
}

TEST_CASE_TEMPLATE("404 for routes that the API does not have", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  for (const std::string path :
       {"/", "/v1/api/enrichment", "/v1/api/enrichment/email/", "/v1/api/enrichment/email/a/b",
        "/v1/api/enrichment/emails", "/v1/api/enrichment/credits/", "/V1/api/enrichment/credits"}) {
    CAPTURE(path);
    check_error(api.send("GET", path), 404, "Cannot GET " + path, "Not Found");
  }
}

TEST_CASE_TEMPLATE("404 for an id that is unknown, malformed or another team's", Host, InLibrary, InBinary) {
  auto api = client<Host>(), other = client<Host>();
  const auto id = other.submit("janedoe");
  for (const auto& wrong :
       {id, std::string("507f1f77bcf86cd799439011"), std::string("x"), std::string(24, 'z'), std::string("%00")})
    check_error(api.poll(wrong), 404, "No enrichment request found for the given id", "Not Found");
  CHECK(other.poll(id).status == 200);
}

TEST_CASE_TEMPLATE("405 names the method that is allowed", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  struct Case {
    const char *method, *path, *allow;
  };
  for (const auto& [method, path, allow] :
       {Case{"GET", "/v1/api/enrichment/email", "POST"},
        {"PUT", "/v1/api/enrichment/email", "POST"},
        {"POST", "/v1/api/enrichment/credits", "GET, HEAD"},
        {"DELETE", "/v1/api/enrichment/email/507f1f77bcf86cd799439011", "GET, HEAD"},
        {"HEAD", "/v1/api/enrichment/email", "POST"}}) {
    const auto answer = api.send(method, path);
    CHECK(answer.header("Allow") == allow);
    if (std::string(method) == "HEAD") continue;
    check_error(answer, 405, std::string(method) + " is not allowed for " + path + "; allowed: " + allow,
                "Method Not Allowed");
  }
}

TEST_CASE_TEMPLATE("HEAD is answered as GET, without the body", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  const auto id = api.submit("janedoe");
  for (const std::string& path : {std::string("/v1/api/enrichment/credits"), "/v1/api/enrichment/email/" + id,
                                  std::string("/v1/api/enrichment/email/x"), std::string("/v1/nowhere")}) {
    CAPTURE(path);
    const auto get = api.send("GET", path), head = api.send("HEAD", path);
    CHECK(head.status == get.status);
    CHECK(head.text.empty());
    CHECK(head.header("Content-Type") == get.header("Content-Type"));
    CHECK(head.header("X-Mock-Scenario") == get.header("X-Mock-Scenario"));
  }
  CHECK(ApiClient(Host::url(), "").send("HEAD", "/v1/api/enrichment/credits").status == 401);
}

TEST_CASE_TEMPLATE("without a key / describes the mock and links the dashboard; with a key it is not a route", Host,
                   InLibrary, InBinary) {
  ApiClient without_key(Host::url(), ""), blank(Host::url(), " ");
  for (auto* person : {&without_key, &blank}) {
    const auto text = person->send("GET", "/?x");
    CHECK(text.status == 200);
    CHECK(text.header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(text.text.find("enrichment-mock") != std::string::npos);
    CHECK(text.text.find("Dashboard:    /__admin/\n") != std::string::npos);
    const auto page = person->send("GET", "/", "", {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}});
    CHECK(page.status == 200);
    CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.text.find("<a href=\"__admin/\">") != std::string::npos);
    const auto head = person->send("HEAD", "/");
    CHECK(head.status == 200);
    CHECK(head.text.empty());
  }
  CHECK(without_key.send("POST", "/").status == 401);
  CHECK(without_key.send("GET", "/index.html").status == 401);
  auto api = client<Host>();
  check_error(api.send("GET", "/"), 404, "Cannot GET /", "Not Found");
  CHECK(api.send("HEAD", "/").status == 404);
}

TEST_CASE_TEMPLATE("415 for other content types and encodings; no Content-Type and parameters are fine", Host,
                   InLibrary, InBinary) {
  auto api = client<Host>();
  check_error(api.post_text(kJane.dump(), "text/plain"), 415, "Content-Type must be application/json, not text/plain",
              "Unsupported Media Type");
  CHECK(api.post_text(kJane.dump(), "application/x-www-form-urlencoded").status == 415);
  CHECK(api.post_text(kJane.dump(), "multipart/form-data; boundary=x").status == 415);
  CHECK(api.post_text(kJane.dump(), "Application/JSON ; charset=utf-8").status == 201);
  CHECK(post_untyped(Host::url(), kJane.dump()) == 201);
  const auto encoded = api.send("POST", "/v1/api/enrichment/email", "x",
                                {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}});
  check_error(encoded, 415, "Content-Encoding must be absent or identity, not gzip", "Unsupported Media Type");
}

TEST_CASE_TEMPLATE("413 for a body over 1 MB, after key, route and content type; 1 MB is fine", Host, InLibrary,
                   InBinary) {
  auto api = client<Host>();
  constexpr std::size_t kLimit = 1024 * 1024;
  const std::string frame = kJane.dump().substr(0, kJane.dump().size() - 1) + ",\"note\":\"\"}";
  std::string whole = frame;
  whole.insert(whole.size() - 2, std::string(kLimit - frame.size(), 'x'));
  CHECK(api.post_text(whole).status == 201);
  check_error(api.post_text(whole + " "), 413, "The body is larger than 1 MB", "Payload Too Large");
  CHECK(api.post_text(whole + " ", "text/plain").status == 415);
  CHECK(api.send("PUT", "/v1/api/enrichment/email", whole + " ").status == 405);
  CHECK(ApiClient(Host::url(), "").post_text(whole + " ").status == 401);
}

TEST_CASE_TEMPLATE("400 names every wrong field, or the error in the JSON", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  check_error(api.post({{"linkedin_url", "https://example.com"}, {"type", 7}}), 400,
              "linkedin_url must be a linkedin.com/in/<username> URL; type must be a string", "Bad Request");
  check_error(api.post_text(""), 400, "The body is empty; a JSON object is expected", "Bad Request");
  CHECK(api.post_text("{\"type\":\"\xff\"}").status == 400);
  CHECK(api.post_text(std::string(1'000'000, '[')).status == 400);
  CHECK(api.credits() == 250);
}

TEST_CASE_TEMPLATE("every response names the scenario that its team runs", Host, InLibrary, InBinary) {
  CHECK(client<Host>("happy-path").post(kJane).header("X-Mock-Scenario") == "happy-path");
  CHECK(ApiClient(Host::url(), "any other key").post(kJane).header("X-Mock-Scenario") == "default");
}

TEST_CASE_TEMPLATE("scripted responses replace the API's", Host, InLibrary, InBinary) {
  auto api = client<Host>();
  const auto limited = api.post({{"linkedin_url", "https://linkedin.com/in/rate-limited"}, {"type", "work"}});
  check_error(limited, 429, "Too Many Requests", "Too Many Requests");
  CHECK(limited.header("Retry-After") == "1");
  CHECK(api.post({{"linkedin_url", "https://linkedin.com/in/server-error"}, {"type", "work"}}).status == 500);
  check_error(api.post({{"linkedin_url", "https://linkedin.com/in/no-credits"}, {"type", "work"}}), 402,
              "Insufficient enrichment credits", "Payment Required");
}

TEST_CASE_TEMPLATE("many clients at once: every lookup completes, every credit is charged once", Host, InLibrary,
                   InBinary) {
  const auto key = fresh_key();
  std::vector<std::thread> clients;
  for (int t = 0; t < 8; ++t)
    clients.emplace_back([&] {
      ApiClient api(Host::url(), key);
      for (int i = 0; i < 10; ++i) CHECK(api.resolve(api.submit("janedoe")).body()["status"] == "completed");
    });
  for (auto& thread : clients) thread.join();
  CHECK(ApiClient(Host::url(), key).credits() == 250 - 80);
}
