#include "cli/log.h"

#include <doctest/doctest.h>

#include "support/json.h"
#include "support/temporary_directory.h"

namespace cli = enrichment_mock::cli;
using enrichment_mock::RequestLine;
using enrichment_mock::support::read_file;
using enrichment_mock::support::TemporaryDirectory;
using std::chrono::microseconds;

namespace {

constexpr cli::LogTime kTime{std::chrono::sys_days{std::chrono::year(2026) / 1 / 2} + std::chrono::hours(3) +
                             std::chrono::milliseconds(4005)};
constexpr RequestLine kRequest{"POST", "/v1/api/enrichment/email", 201, microseconds(1312), "acme"};

std::string request_line(cli::LogStyle style, const RequestLine& request) {
  std::string line;
  append_request(line, style, kTime, request);
  return line;
}

std::string warning_line(cli::LogStyle style, std::string_view message) {
  std::string line;
  append_warning(line, style, kTime, message);
  return line;
}

// Every byte three times, so that each occurs at the start, within and at the end of a text.
std::string all_bytes() {
  std::string bytes;
  for (int round = 0; round < 3; ++round)
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

}  // namespace

TEST_CASE("log: a request as JSON") {
  CHECK(request_line(cli::LogStyle::json, kRequest) ==
        R"({"time":"2026-01-02T03:00:04.005Z","level":"info","msg":"request","method":"POST",)"
        R"("path":"/v1/api/enrichment/email","status":201,"duration_ms":1.312,"team":"acme"})"
        "\n");
}

TEST_CASE("log: a request as text") {
  CHECK(request_line(cli::LogStyle::text, kRequest) == "03:00:04.005 201 POST /v1/api/enrichment/email 1.312ms acme\n");
}

TEST_CASE("log: a request that the server refused before the handler has the reason") {
  const RequestLine refused{"GET", "/", 400, microseconds(5), "", "the \"Host\" is malformed\n"};
  CHECK(request_line(cli::LogStyle::json, refused) ==
        R"({"time":"2026-01-02T03:00:04.005Z","level":"info","msg":"request","method":"GET","path":"/","status":400,)"
        R"("duration_ms":0.005,"team":"","reason":"the \"Host\" is malformed\n"})"
        "\n");
  CHECK(request_line(cli::LogStyle::text, refused) ==
        "03:00:04.005 400 GET / 0.005ms : the \"Host\" is malformed\\x0a\n");
}

TEST_CASE("log: the colour depends on the status") {
  const auto colour = [](int status) {
    const auto line = request_line(cli::LogStyle::coloured, {"GET", "/", status, microseconds(1), "t"});
    return line.substr(line.find('\x1b'), 5);
  };
  CHECK(colour(200) == "\x1b[32m");
  CHECK(colour(404) == "\x1b[33m");
  CHECK(colour(503) == "\x1b[31m");
}

TEST_CASE("log: a warning") {
  CHECK(warning_line(cli::LogStyle::json, "full") ==
        R"({"time":"2026-01-02T03:00:04.005Z","level":"warn","msg":"full"})"
        "\n");
  CHECK(warning_line(cli::LogStyle::text, "full") == "03:00:04.005 warning: full\n");
}

TEST_CASE("log: a line of JSON stays one line, whatever bytes a client sends") {
  const std::string bytes = all_bytes();
  const std::string line = request_line(cli::LogStyle::json, {bytes, bytes, 400, microseconds(0), bytes});
  CHECK(line.find('\n') == line.size() - 1);
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  REQUIRE(parsed.is_object());
  CHECK(parsed.size() == 8);
  CHECK(parsed["status"] == 400);
}

TEST_CASE("log: JSON keeps what is valid UTF-8 and replaces the rest") {
  const auto path = [](std::string_view text) {
    const auto line = request_line(cli::LogStyle::json, {"GET", text, 200, microseconds(0), ""});
    return nlohmann::json::parse(line)["path"].get<std::string>();
  };
  CHECK(path("/m\xc3\xbcller\"\\\n") == "/m\xc3\xbcller\"\\\n");
  CHECK(path("/\xff!") == "/\xef\xbf\xbd!");
}

TEST_CASE("log: text shows line breaks and terminal control characters as escapes") {
  const auto line =
      request_line(cli::LogStyle::text, {"GET", "/\x1b]0;x\x07\r\n\\ \x9b\xc2\x9b", 200, microseconds(0), "t"});
  CHECK(line == "03:00:04.005 200 GET /\\x1b]0;x\\x07\\x0d\\x0a\\x5c \\x9b\\xc2\\x9b 0.000ms t\n");
}

TEST_CASE("log: only printable ASCII of a client's text reaches a terminal") {
  const std::string bytes = all_bytes();
  const auto line = request_line(cli::LogStyle::text, {bytes, bytes, 200, microseconds(0), bytes}) +
                    warning_line(cli::LogStyle::text, bytes);
  std::size_t newlines = 0;
  for (const char c : line) {
    if (c == '\n') ++newlines;
    if (c != '\n') REQUIRE((c >= 0x20 && c < 0x7f));
  }
  CHECK(newlines == 2);
}

TEST_CASE("log: request lines and warnings go to the log file") {
  const TemporaryDirectory directory;
  const cli::LogSettings settings{.file = directory.path("log")};
  const int fd = cli::open_log(settings);
  CHECK(cli::log_style(settings, fd) == cli::LogStyle::json);
  {
    cli::Log log(fd, cli::LogStyle::text, [] { return cli::LogTime{}; });
    log.request({"GET", "/", 200, std::chrono::microseconds(1), "acme"});
    log.warning("full");
  }
  CHECK(read_file(settings.file) == "00:00:00.000 200 GET / 0.001ms acme\n00:00:00.000 warning: full\n");
}

TEST_CASE("log: a file that cannot be written is named") {
  CHECK_THROWS_WITH(
      cli::open_log({.file = "/nowhere/log"}),
      "cannot write the log to /nowhere/log: No such file or directory; choose another file with --log-file");
}
