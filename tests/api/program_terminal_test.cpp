// The program on a terminal.
#include <doctest/doctest.h>

#include "support/api_client.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

constexpr char kCtrlC[] = "\x03", kCtrlD[] = "\x04";

struct OnTerminal {
  explicit OnTerminal(std::vector<std::string> args, std::map<std::string, std::string> environment = {})
      : process({.args = with_free_port(std::move(args)),
                 .environment = terminal(std::move(environment)),
                 .input = {},
                 .terminal = true}) {}

  static std::vector<std::string> with_free_port(std::vector<std::string> args) {
    args.insert(args.begin(), {"--port", "0"});
    return args;
  }
  static std::map<std::string, std::string> terminal(std::map<std::string, std::string> environment) {
    environment.insert({{"TERM", "xterm"}, {"NO_COLOR", ""}});
    return environment;
  }

  // The next line, without its end.
  std::string line() {
    std::string text = process.read_line().value_or("(the end)");
    if (text.ends_with('\r')) text.pop_back();
    return text;
  }
  // The next line that contains `part`.
  std::string line_with(const std::string& part) {
    std::string text = line();
    while (text.find(part) == std::string::npos && text != "(the end)") text = line();
    return text;
  }

  Process process;
};

std::string url_in(const std::string& ready_line) {
  const auto begin = ready_line.find("http");
  return ready_line.substr(begin, ready_line.find(' ', begin) - begin);
}

}  // namespace

TEST_CASE("terminal: after the ready line come the URLs, the scenario and how to stop, which works") {
  OnTerminal mock({"--scenario", "flaky-callback"}, {{"NO_COLOR", "1"}});
  const std::string ready = mock.line(), url = url_in(ready);
  CHECK(ready.ends_with(" (scenario flaky-callback)"));
  CHECK(mock.line().empty());
  CHECK(mock.line() == "  API        " + url + "/v1/api/enrichment");
  CHECK(mock.line() == "  Dashboard  " + url + "/__admin/");
  CHECK(mock.line() == "  Scenario   flaky-callback");
  CHECK(mock.line() == "  Stop       Ctrl+C");
  mock.process.type(kCtrlC);
  CHECK(mock.process.wait().status == 0);
}

TEST_CASE("terminal: with --stop-on-eof, Ctrl+D stops it, and other input does not") {
  OnTerminal mock({"--stop-on-eof"});
  const std::string url = url_in(mock.line());
  mock.process.type("text\n");
  CHECK(ApiClient(url, "k").send("GET", "/nowhere").status == 404);
  mock.process.type(kCtrlD);
  CHECK(mock.process.wait().status == 0);
}

TEST_CASE("terminal: request lines are text with a coloured status, and plain with NO_COLOR or on a dumb terminal") {
  const auto request_line = [](std::map<std::string, std::string> environment) {
    OnTerminal mock({}, std::move(environment));
    ApiClient(url_in(mock.line()), "k").send("GET", "/nowhere");
    std::string text = mock.line_with("GET");
    mock.process.type(kCtrlC);
    CHECK(mock.process.wait().output.find("{\"time\"") == std::string::npos);
    return text;
  };
  CHECK(request_line({}).find("\x1b[33m404\x1b[0m GET /nowhere ") != std::string::npos);
  for (const std::map<std::string, std::string>& plain :
       {std::map<std::string, std::string>{{"NO_COLOR", "1"}}, std::map<std::string, std::string>{{"TERM", "dumb"}}}) {
    const std::string text = request_line(plain);
    CHECK(text.find(" 404 GET /nowhere ") != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("terminal: a server that listens on all addresses is shown with a URL for a browser, in colours") {
  OnTerminal mock({"--host", "0.0.0.0"});
  const std::string ready = mock.line();
  CHECK(ready.find("http://0.0.0.0:") != std::string::npos);
  CHECK(ready.find('\x1b') == std::string::npos);
  const std::string shown = mock.line_with("Dashboard");
  CHECK(shown.find("\x1b[1mhttp://127.0.0.1:") != std::string::npos);
}

TEST_CASE("terminal: with --log-format json there is no banner") {
  OnTerminal mock({"--log-format", "json"});
  mock.line();
  mock.process.type(kCtrlC);
  CHECK(mock.process.wait().output.find("Dashboard") == std::string::npos);
}
