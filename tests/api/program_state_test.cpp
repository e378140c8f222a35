// enrichment-mock state: what it prints, and its exit status.
#include <doctest/doctest.h>
#include <string>

#include "state/file.h"
#include "state/sqlite.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

TEST_CASE("state: shows what a file has, and checks it, also while it is in use") {
  const TemporaryDirectory directory;
  const auto path = directory.path("state");
  state::File file(path, state::Sync::off);
  file.save({.secret = 1});
  const auto shown = run({"state", path});
  CHECK_MESSAGE(shown.status == 0, shown.errors);
  CHECK(shown.output.starts_with("State file " + path + ": version 1, mode 0600, "));
  CHECK(shown.output.ends_with(" bytes\n0 teams\n"));
  for (const auto& ended : {run({"state", "--check", path}), run({"state", path}, {{"ENRICHMENT_MOCK_CHECK", "1"}})}) {
    CHECK(ended.status == 0);
    CHECK(ended.output == path + ": no faults\n");
  }
}

TEST_CASE("state: a fault or an unreadable file is reported, and the exit status is 1") {
  const TemporaryDirectory directory;
  const auto path = directory.path("state");
  { const state::File file(path, state::Sync::off); }
  state::Database(path, state::Database::Access::write)
      .execute("INSERT INTO movement VALUES (7, 0, 0, 0, 5, 5, NULL), (8, 0, 0, 0, 5, 5, NULL)");
  const auto checked = run({"state", path, "--check"});
  CHECK(checked.status == 1);
  CHECK(checked.output.empty());
  CHECK(checked.errors == "world 7: it has records and no team\nworld 8: it has records and no team\n");
  const auto missing = run({"state", directory.path("missing")});
  CHECK(missing.status == 1);
  CHECK(missing.output.empty());
  CHECK(missing.errors.find("missing cannot be read: No such file or directory") != std::string::npos);
}
