// A disk that is full or broken, a file that is removed: no commit is half saved, and it can be repeated.
#include <doctest/doctest.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/file.h"
#include "state/sqlite.h"
#include "support/failing_vfs.h"
#include "support/saved_teams.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using state::File;
using state::Sync;

namespace {

// What a process finds that opens the file after this one was killed.
std::string content_after_kill(const std::string& path, const TemporaryDirectory& directory,
                               const Scenarios& scenarios) {
  const auto copy = directory.path("copy");
  for (const auto* part : {"", "-wal"}) {
    std::filesystem::remove(copy + part);
    if (std::filesystem::exists(path + part)) std::filesystem::copy_file(path + part, copy + part);
  }
  std::filesystem::remove(copy + "-shm");
  const File file(copy, Sync::off);
  std::string content = std::to_string(file.last_world()) + "\n" + std::to_string(file.secret().value_or(0)) + "\n";
  for (const auto& saved : file.teams(scenarios.loader())) content += TeamText::of(restored(file, saved));
  return content;
}

std::string message_of(File& file, const File::Commit& commit) {
  try {
    file.save(commit);
  } catch (const state::SaveError& error) {
    return error.what();
  }
  return "";
}

struct Fault {
  FailingVfs::Error error;
  FailingVfs::Times times;
  const char* message;
};
constexpr Fault kFaults[] = {
    {FailingVfs::Error::no_space, FailingVfs::Times::once, ""},
    {FailingVfs::Error::no_space, FailingVfs::Times::always, ""},
    {FailingVfs::Error::io, FailingVfs::Times::once, "disk I/O error"},
    {FailingVfs::Error::io, FailingVfs::Times::always, "disk I/O error"},
};

}  // namespace

TEST_CASE("if any operation of a commit fails, all or nothing of it is saved, and the same commit can be repeated") {
  for (const auto& fault : kFaults) {
    bool ended = false;
    for (int n = 1; !ended; ++n) {
      CAPTURE(n);
      TemporaryDirectory directory;
      const auto path = directory.path("state");
      FailingVfs vfs;
      Scenarios scenarios;
      RandomTeam team(7, 1, scenarios);
      File file(path, Sync::full);
      const auto save_some = [&](int acts) {
        for (int i = 0; i < acts; ++i) team.act();
        return std::vector{team.take_changes()};
      };
      const auto first = save_some(60);
      file.save({.teams = first, .secret = 1});
      const auto before = content_after_kill(path, directory, scenarios);
      const auto second = save_some(60);
      const File::Commit commit{.teams = second, .secret = 2};
      vfs.fail(n, fault.error, fault.times);
      const auto message = message_of(file, commit);
      ended = !vfs.failed();
      vfs.stop_failing();
      CHECK(message.empty() == ended);
      if (!ended) {
        CHECK(message.starts_with("cannot save to the state file " + path + ": "));
        CHECK(message.find(fault.message) != std::string::npos);
      }
      const auto found = content_after_kill(path, directory, scenarios);
      if (found == before) file.save(commit);
      const auto after = "1\n2\n" + TeamText::of(team.team());
      CHECK((found == before || found == after));
      CHECK(message_of(file, commit) == "");
      CHECK(content_after_kill(path, directory, scenarios) == after);
    }
  }
}

TEST_CASE("if any operation of the creation of a file fails, it can be opened later") {
  for (const auto& fault : kFaults) {
    bool ended = false;
    for (int n = 1; !ended; ++n) {
      CAPTURE(n);
      TemporaryDirectory directory;
      const auto path = directory.path("state");
      FailingVfs vfs;
      vfs.fail(n, fault.error, fault.times);
      std::string message;
      try {
        File(path, Sync::full).save({.secret = 3});
      } catch (const state::OpenError& error) {
        message = error.what();
      } catch (const state::SaveError& error) {
        message = error.what();
      }
      ended = !vfs.failed();
      vfs.stop_failing();
      File file(path, Sync::full);
      if (message.empty()) CHECK(file.secret() == 3);
      file.save({.secret = 4});
      CHECK(file.secret() == 4);
    }
  }
}

TEST_CASE("a file that was removed or replaced takes no commit until it is back") {
  const TemporaryDirectory directory;
  const auto path = directory.path("state"), elsewhere = directory.path("elsewhere");
  File file(path, Sync::normal);
  file.save({.secret = 1});
  for (const auto* part : {"", "-wal"}) {
    CAPTURE(part);
    std::filesystem::rename(path + part, elsewhere);
    CHECK(message_of(file, {.secret = 2}).find("it was removed or replaced; put it back") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(path + part));
    directory.write(std::string("state") + part, "");
    CHECK(message_of(file, {.secret = 2}).find("it was removed or replaced") != std::string::npos);
    CHECK_THROWS_AS(file.clean_up(), state::SaveError);
    std::filesystem::rename(elsewhere, path + part);
    CHECK(message_of(file, {.secret = 2}) == "");
  }
  CHECK(file.secret() == 2);
}

TEST_CASE("a commit waits for another process that writes, but not for long") {
  const TemporaryDirectory directory;
  const auto path = directory.path("state");
  File file(path, Sync::off);
  state::Database other(path, state::Database::Access::write);
  other.execute("BEGIN IMMEDIATE");
  CHECK(message_of(file, {.secret = 2}) ==
        "cannot save to the state file " + path + ": another process is writing to it");
  other.execute("COMMIT");
  CHECK(message_of(file, {.secret = 2}) == "");
}
