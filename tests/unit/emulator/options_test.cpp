// The public header's checks of single options.
#include <doctest/doctest.h>

#include "enrichment_mock/emulator.h"
#include "support/certificate.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

TEST_CASE("options: a host is an address or a name, without scheme and port") {
  for (const char* host : {"localhost", "Mock.Example", "127.0.0.1", "::1", "0.0.0.0"})
    CHECK_MESSAGE(is_host(host), host);
  for (const char* text : {"", "http://x", "localhost:80", "127.0.0.256", "[::1]", "a b", "user@host", "host/path"})
    CHECK_FALSE_MESSAGE(is_host(text), text);
}

TEST_CASE("options: a callback target is a host, an address, a range, or all") {
  for (const char* target : {"app", "10.0.0.1", "10.0.0.0/8", "fd00::/8", "loopback", "all"})
    CHECK_MESSAGE(is_callback_target(target), target);
  for (const char* text : {"", "10.0.0.0/33", "http://app", "app:80"})
    CHECK_FALSE_MESSAGE(is_callback_target(text), text);
}

TEST_CASE("options: an invalid rewrite is refused with the reason") {
  CHECK(callback_rewrite_problem("http://a=http://b") == std::nullopt);
  CHECK(callback_rewrite_problem("http://a") == "\"http://a\": expected FROM=TO");
}

TEST_CASE("options: the message says which of certificate and key is wrong") {
  const TemporaryDirectory directory;
  const auto made = make_certificate("localhost"), other = make_certificate("localhost");
  const auto certificate = directory.write("cert.pem", made.certificate);
  const auto key = directory.write("key.pem", made.key);
  const auto file_at_fault = [](const std::string& cert_file, const std::string& key_file) {
    const auto problem = tls_problem(cert_file, key_file);
    REQUIRE(problem);
    CHECK_FALSE(problem->message.empty());
    return problem->file;
  };
  CHECK_FALSE(tls_problem(certificate, key));
  CHECK(file_at_fault(directory.path("none"), key) == TlsProblem::File::certificate);
  CHECK(file_at_fault(certificate, directory.path("none")) == TlsProblem::File::key);
  CHECK(file_at_fault(certificate, directory.write("other.pem", other.key)) == TlsProblem::File::key);
}

TEST_CASE("options: scenario files of a directory are listed by name, without the schema and hidden files") {
  const TemporaryDirectory directory;
  for (const char* name : {"b.json", "a.json", "scenario.schema.json", ".hidden.json", "notes.txt"})
    directory.write(name, "{}");
  CHECK(scenario_files_in(directory.path()) ==
        std::vector<std::string>{directory.path("a.json"), directory.path("b.json")});
  CHECK(scenario_files_in(directory.path("missing")) == std::nullopt);
}
