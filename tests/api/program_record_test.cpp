// The command record: its file, its exit status and its TLS. What it passes on is tested in record_test.cpp.
#include <csignal>
#include <doctest/doctest.h>

#include "support/api_client.h"
#include "support/mock.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

bool is_in(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A recorder in front of a mock, on a free port, that has said it is ready.
struct RunningRecorder {
  explicit RunningRecorder(std::vector<std::string> more = {})
      : process({.args = args(std::move(more)), .environment = {}, .input = {}}) {
    ready_line = process.read_line().value_or("");
    const auto begin = ready_line.find("http");
    url = ready_line.substr(begin, ready_line.find(' ', begin) - begin);
  }
  std::vector<std::string> args(std::vector<std::string> more) const {
    std::vector<std::string> all{"record", "--upstream", mock.url, "--out", file, "--port", "0"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryDirectory folder;
  std::string file = folder.path("recorded.json");
  RunningMock mock;
  Process process;
  std::string ready_line, url;
};

}  // namespace

TEST_CASE("program: record writes a valid scenario when it is stopped, by either signal") {
  for (const int number : {SIGTERM, SIGINT}) {
    RunningRecorder recorder;
    CHECK(recorder.ready_line ==
          "enrichment-mock 0.1.0 listening on " + recorder.url + " (recording " + recorder.mock.url + ")");
    ApiClient client(recorder.url, "a-key-that-nobody-may-see");
    client.submit("jane");
    recorder.process.signal(number);
    const auto ended = recorder.process.wait();
    CHECK(ended.status == 0);
    CHECK(is_in(ended.errors, "\"path\":\"/v1/api/enrichment/email\",\"status\":201"));
    const auto text = read_file(recorder.file);
    CHECK(is_in(text, ": 1 request,"));
    CHECK(is_in(text, "no --public-url"));
    for (const auto& written : {text, ended.errors, ended.output}) CHECK_FALSE(is_in(written, "nobody-may-see"));
    CHECK(run({"validate", recorder.file}).status == 0);
  }
}

TEST_CASE("program: record leaves a valid file if it is killed, and no other file") {
  RunningRecorder recorder;
  recorder.process.signal(SIGKILL);
  recorder.process.wait();
  CHECK(run({"validate", recorder.file}).status == 0);
  const std::filesystem::directory_iterator files(recorder.folder.path());
  CHECK(std::distance(files, {}) == 1);
}

TEST_CASE("program: record overwrites no file, and leaves none if it cannot start") {
  const TemporaryDirectory folder;
  const auto file = folder.write("mine.json", "mine");
  const auto refused = run({"record", "--upstream", "http://127.0.0.1:1", "--out", file});
  CHECK(refused.status == 1);
  CHECK(refused.errors == "enrichment-mock: " + file + " already exists; choose another name\n");
  CHECK(read_file(file) == "mine");

  const RunningMock mock;
  const auto taken =
      run({"record", "--upstream", mock.url, "--out", folder.path("new.json"), "--port", std::to_string(mock.port)});
  CHECK(taken.status == 1);
  CHECK(is_in(taken.errors, "choose another address with --host, --port and --callback-port"));
  CHECK_FALSE(std::filesystem::exists(folder.path("new.json")));

  for (const auto& flags : {std::vector<std::string>{"--port-file", folder.path("no/port")},
                            {"--tls-self-signed", "--tls-ca-file", folder.path("no/ca.pem")}}) {
    CAPTURE(flags[0]);
    std::vector<std::string> args{"record", "--upstream", mock.url, "--out", folder.path("new.json"), "--port", "0"};
    args.insert(args.end(), flags.begin(), flags.end());
    const auto unpublished = run(args);
    CHECK(unpublished.status == 1);
    CHECK(is_in(unpublished.errors, "cannot write "));
    CHECK_FALSE(std::filesystem::exists(folder.path("new.json")));
  }

  const auto nowhere = run({"record", "--upstream", mock.url, "--out", folder.path("no/new.json"), "--port", "0"});
  CHECK(nowhere.status == 1);
  CHECK(is_in(nowhere.errors, "cannot write "));
}

TEST_CASE("program: record listens with TLS, and writes its port") {
  const TemporaryDirectory folder;
  RunningRecorder recorder({"--tls-self-signed", "--tls-ca-file", folder.path("ca.pem"), "--port-file",
                            folder.path("port"), "--public-url", "https://t.example", "--callback-port", "0"});
  CHECK(is_in(recorder.ready_line, " listening on https://127.0.0.1:"));
  CHECK(is_in(recorder.ready_line, ", callbacks on port "));
  CHECK(read_file(folder.path("port")) == recorder.url.substr(recorder.url.rfind(':') + 1) + "\n");
  CHECK(is_in(read_file(folder.path("ca.pem")), "BEGIN CERTIFICATE"));
  recorder.process.signal(SIGTERM);
  const auto ended = recorder.process.wait();
  CHECK(ended.status == 0);
  CHECK(is_in(ended.errors, "TLS certificate, SHA-256 "));
  CHECK_FALSE(is_in(read_file(recorder.file), "no --public-url"));
  CHECK_FALSE(std::filesystem::exists(folder.path("port")));
}

TEST_CASE("program: record --stop-on-eof stops when its input has ended") {
  const TemporaryDirectory folder;
  const auto ended = run(
      {"record", "--upstream", "http://127.0.0.1:1", "--out", folder.path("a.json"), "--port", "0", "--stop-on-eof"});
  CHECK(ended.status == 0);
}
