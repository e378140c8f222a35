// How the page at /__admin/ is served, over real sockets.
#include <doctest/doctest.h>
#include <filesystem>
#include <string>

#include "support/checkout.h"
#include "support/mock.h"
#include "support/raw_socket.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

// As a browser calls: without a key.
struct Site : Mock {
  using Mock::Mock;
  Answer get(const std::string& path, const Headers& headers = {}) { return whole.send("GET", path, "", headers); }
};

std::string file_name(const std::filesystem::path& path) { return path.filename().string(); }

}  // namespace

TEST_CASE("the page and each of its files is served as it is, with its type") {
  Site mock;
  for (const auto& entry : std::filesystem::directory_iterator(checkout_path("server/dashboard"))) {
    const auto extension = entry.path().extension();
    if (extension != ".html" && extension != ".css" && extension != ".js") continue;
    const bool page = extension == ".html";
    const auto path = page ? "/__admin/" : "/__admin/dashboard/" + file_name(entry.path());
    CAPTURE(path);
    const auto answer = mock.get(path);
    CHECK(answer.status == 200);
    CHECK(answer.text == read_file(entry.path().string()));
    CHECK(answer.header("Content-Type") == (page                  ? "text/html; charset=utf-8"
                                            : extension == ".css" ? "text/css; charset=utf-8"
                                                                  : "text/javascript; charset=utf-8"));
  }
}

TEST_CASE("/__admin redirects to the page") {
  Site mock;
  const auto answer = mock.get("/__admin");
  CHECK(answer.status == 302);
  CHECK(answer.header("Location") == "/__admin/");
}

TEST_CASE("every file has a policy that forbids files and calls of other servers") {
  Site mock;
  for (const auto* path : {"/__admin/", "/__admin/dashboard/main.js", "/__admin/dashboard/style.css"}) {
    CAPTURE(path);
    const auto answer = mock.get(path);
    CHECK(answer.header("Content-Security-Policy") ==
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri "
          "'none'; form-action 'none'; frame-ancestors 'none'");
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("Referrer-Policy") == "no-referrer");
    CHECK(answer.header("Cache-Control") == "no-cache");
    CHECK(answer.header("Access-Control-Allow-Origin").empty());
  }
}

TEST_CASE("a file that the browser has is not sent again, and the connection stays open") {
  Site mock;
  const auto tag = mock.get("/__admin/dashboard/main.js").header("ETag");
  REQUIRE(tag.size() > 2);
  RawSocket browser(mock.emulator.port());
  const auto ask = [&](const std::string& known) {
    return browser.exchange("GET /__admin/dashboard/main.js HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + known +
                            "\r\n\r\n");
  };
  for (int i = 0; i < 2; ++i) {
    const auto again = ask(tag);
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(again.header("ETag") == tag);
  }
  CHECK(ask("\"other\"").status == 200);
  CHECK(mock.get("/__admin/dashboard/api.js").header("ETag") != tag);
}

TEST_CASE("HEAD is answered with the head alone") {
  Site mock;
  const auto answer = mock.whole.send("HEAD", "/__admin/");
  CHECK(answer.status == 200);
  CHECK(answer.text.empty());
  CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
}

TEST_CASE("other paths are 404, and other methods than GET and HEAD are refused") {
  Site mock;
  for (const auto* path : {"/__admin/dashboard/", "/__admin/dashboard/nowhere.js", "/__admin/dashboard/../main.js",
                           "/__admin/dashboard/index.html", "/__admin/dashboard/%2e%2e/api.js"})
    check_refused(mock.get(path), 404, path);
  for (const auto* path : {"/__admin", "/__admin/", "/__admin/dashboard/main.js"})
    for (const auto* method : {"POST", "PUT", "DELETE"}) {
      const auto answer = mock.whole.send(method, path, "{}");
      check_refused(answer, 405, path);
      CHECK(answer.header("Allow") == "GET, HEAD");
    }
}

TEST_CASE("any host and origin gets the page, which has no data; its calls are refused with a message that it shows") {
  Site mock;
  const auto ask = [&](const std::string& path, const std::string& headers) {
    return RawSocket(mock.emulator.port()).exchange("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n").status;
  };
  for (const auto* path : {"/__admin/", "/__admin/dashboard/main.js"}) {
    CAPTURE(path);
    CHECK(ask(path, "Host: mock.ci.example:8080\r\n") == 200);
    CHECK(ask(path, "Host: 127.0.0.1:1\r\nOrigin: https://mock.ci.example\r\n") == 200);
  }
  CHECK(ask("/__admin/teams", "Host: mock.ci.example:8080\r\n") == 403);
  CHECK(ask("/__admin/teams", "Host: 127.0.0.1:1\r\nOrigin: https://mock.ci.example\r\n") == 403);
}

TEST_CASE("the page needs no token, because it has no data; the data needs one") {
  Site mock({.admin_token = "s3cret"});
  CHECK(mock.get("/__admin/").status == 200);
  CHECK(mock.get("/__admin/dashboard/main.js").status == 200);
  CHECK(mock.get("/__admin/teams").status == 401);
}

TEST_CASE("loading the page opens no team and adds nothing to the journal") {
  Site mock;
  mock.get("/__admin");
  mock.get("/__admin/", {{"x-api-key", "k"}});
  mock.get("/__admin/dashboard/main.js");
  mock.get("/");
  CHECK(mock.get("/__admin/teams").body()["teams"].empty());
  CHECK(mock.get("/__admin/requests").body()["requests"].empty());
}
