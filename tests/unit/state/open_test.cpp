// Opening the file: what is refused, and what the message says.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "state/file.h"
#include "state/schema.h"
#include "support/saved_teams.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using state::File;
using state::Sync;

namespace {

std::string refusal_of(const std::string& path) {
  try {
    const File file(path, Sync::off);
  } catch (const state::OpenError& error) {
    std::string message = error.what();
    const auto at = message.find(path);
    return at == message.npos ? message : message.replace(at, path.size(), "FILE");
  }
  return "";
}

void run_sql(const std::string& path, const std::string& sql) {
  state::Database database(path, state::Database::Access::write);
  database.execute(sql.c_str());
}

// Root may do anything, so the test is somebody else meanwhile.
class WithoutPrivileges {
 public:
  WithoutPrivileges() { become(::geteuid() == 0 ? 65'534 : ::geteuid()); }
  ~WithoutPrivileges() { become(::getuid()); }

 private:
  static void become(uid_t user) { REQUIRE(::seteuid(user) == 0); }
};

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0;
}

// Whether SQLite's locks keep another process from using the file alone. The child only makes system calls.
bool is_locked(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    ::_exit(descriptor < 0 || ::fcntl(descriptor, F_GETLK, &lock) != 0 ? 2 : lock.l_type == F_UNLCK ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) < 2);
  return WEXITSTATUS(status) == 1;
}

// A file with one team and ten enrichments.
std::string file_with_a_team(const TemporaryDirectory& directory, Scenarios& scenarios) {
  auto path = directory.path("state");
  scenario::Scenario scenario;
  scenario.name = "test";
  engine::Team team({scenarios.add(scenario), "identity", "", 250, 1}, kStart);
  for (int i = 0; i < 10; ++i) accept(team, lead("lead-" + std::to_string(i), kHook));
  const std::vector changes{everything_of(team, saved_team(team, 1))};
  File(path, Sync::off).save({.teams = changes});
  return path;
}

std::string restore_refusal_of(const std::string& path, const Scenarios& scenarios) {
  try {
    const File file(path, Sync::off);
    for (const auto& saved : file.teams(scenarios.loader())) restored(file, saved);
  } catch (const state::OpenError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a place where no state file can be is refused, and the message says why") {
  TemporaryDirectory directory;
  const auto in = [&](const std::string& name) { return directory.path(name); };
  CHECK(refusal_of(directory.path()) == "the state file FILE is a directory; name a file in it");
  CHECK(refusal_of(in("missing/state")) ==
        "the state file FILE cannot be created: there is no directory " + in("missing") + "; create it");
  CHECK(refusal_of("/dev/null") == "the state file FILE is not a regular file");
  CHECK(refusal_of(directory.write("text", std::string(5'000, 'x'))) ==
        "the state file FILE is not a state file; choose another file, or move this one away");
  CHECK(refusal_of(directory.write("short", "{}")) ==
        "the state file FILE is not a state file; choose another file, or move this one away");
  CHECK(read_file(in("short")) == "{}");
}

TEST_CASE("a file or directory without permission is refused") {
  TemporaryDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  const auto own = directory.write("own", "");
  std::filesystem::permissions(own, std::filesystem::perms(0400));
  const WithoutPrivileges nobody;
  CHECK(refusal_of(own) ==
        "the state file FILE cannot be read and written: no permission; it must belong to the user that runs the mock");
  CHECK(refusal_of("/state") == "the state file FILE cannot be created: no permission to write to the directory /");
}

TEST_CASE("a database of another program is refused, and not changed") {
  TemporaryDirectory directory;
  const auto path = directory.path("other.db");
  run_sql(path, "CREATE TABLE theirs (x); PRAGMA user_version = 7");
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  const auto before = read_file(path);
  CHECK(refusal_of(path) == "the state file FILE belongs to another program; choose another file");
  run_sql(path, "SELECT * FROM theirs");
  CHECK(read_file(path) == before);
  CHECK(mode_of(path) == 0644);
  run_sql(path, "DROP TABLE theirs; PRAGMA application_id = 5");
  CHECK(refusal_of(path) == "the state file FILE belongs to another program; choose another file");
}

TEST_CASE("a file of a newer version is refused, with both versions") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  { const File file(path, Sync::off); }
  const auto known = state::schema_steps().size();
  run_sql(path, "PRAGMA user_version = " + std::to_string(known + 1));
  const auto message = refusal_of(path);
  CHECK(message.find("has version " + std::to_string(known + 1) + " of the format") != std::string::npos);
  CHECK(message.find("knows versions up to " + std::to_string(known)) != std::string::npos);
}

TEST_CASE("a file that is open is refused in the same process, by each of its names, and keeps its locks") {
  TemporaryDirectory directory;
  const auto path = directory.path("state"), symbolic = directory.path("symbolic"), hard = directory.path("hard");
  std::filesystem::create_symlink(path, symbolic);
  {
    File file(path, Sync::off);
    file.save({.secret = 5});
    std::filesystem::create_hard_link(path, hard);
    CHECK(is_locked(path));
    for (const auto& name : {path, symbolic, hard}) {
      CHECK(refusal_of(name) == "the state file FILE is in use by this process; give each mock a file of its own");
      CHECK(is_locked(path));
    }
    file.save({.secret = 6});
  }
  CHECK_FALSE(is_locked(path));
  CHECK(refusal_of(hard) == "");
}

TEST_CASE("other processes may read an open file") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  File file(path, Sync::off);
  file.save({.secret = 5});
  state::Database reader(path, state::Database::Access::read);
  CHECK(reader.integer("SELECT secret FROM file") == 5);
  reader.execute("BEGIN");
  CHECK(reader.integer("SELECT secret FROM file") == 5);
  file.save({.secret = 6});
  CHECK(reader.integer("SELECT secret FROM file") == 5);
  reader.execute("COMMIT");
  CHECK(reader.integer("SELECT secret FROM file") == 6);
}

TEST_CASE("an empty file and an empty database count as new") {
  TemporaryDirectory directory;
  for (const auto* sql : {"", "VACUUM"}) {
    const auto path = directory.write("state", "");
    run_sql(path, sql);
    File file(path, Sync::off);
    CHECK_FALSE(file.secret());
    CHECK(file.last_world() == 0);
    CHECK(file.closed_teams().empty());
    CHECK(file.teams({}).empty());
  }
}

TEST_CASE("a state file and what SQLite keeps next to it can be read by their owner only") {
  TemporaryDirectory directory;
  const auto path = directory.write("state", "");
  std::filesystem::permissions(path, std::filesystem::perms(0666));
  for (int start = 0; start < 2; ++start) {
    File file(path, Sync::off);
    file.save({.secret = 5});
    for (const auto* part : {"", "-wal", "-shm"}) CHECK(mode_of(path + part) == 0600);
    std::filesystem::permissions(path, std::filesystem::perms(0644));
  }
}

TEST_CASE("a symbolic link leads to the file") {
  TemporaryDirectory directory;
  const auto path = directory.path("state"), link = directory.path("link");
  std::filesystem::create_symlink(path, link);
  File(link, Sync::off).save({.secret = 5});
  CHECK(std::filesystem::is_symlink(link));
  CHECK(File(path, Sync::off).secret() == 5);
}

TEST_CASE("a damaged file is refused when the damage is read") {
  Scenarios scenarios;
  TemporaryDirectory directory;
  const auto path = file_with_a_team(directory, scenarios);
  const auto content = read_file(path);
  CHECK(restore_refusal_of(path, scenarios) == "");
  SUBCASE("its end is missing") {
    std::filesystem::resize_file(path, content.size() / 2);
    CHECK(restore_refusal_of(path, scenarios).find("is damaged") != std::string::npos);
  }
  SUBCASE("pages are overwritten") {
    int refused = 0;
    for (std::size_t page = 1; page * 4096 < content.size(); ++page) {
      auto damaged = content;
      for (std::size_t at = 0; at < 4096; ++at) damaged[page * 4096 + at] = static_cast<char>(at * 7);
      directory.write("state", damaged);
      const auto message = restore_refusal_of(path, scenarios);
      CHECK((message.empty() || message.find("is damaged") != std::string::npos));
      if (!message.empty()) ++refused;
    }
    CHECK(refused >= 5);  // the pages of tables that have rows
  }
  SUBCASE("a table is missing") {
    run_sql(path, "DROP TABLE movement");
    CHECK(restore_refusal_of(path, scenarios).find("no such table: movement") != std::string::npos);
  }
}

TEST_CASE("a value that is never saved is refused, with its record") {
  struct Case {
    const char *sql, *message;
  };
  constexpr Case kCases[] = {
      {"UPDATE added_enrichment SET status = 9 WHERE number = 7", "enrichment 7 of world 1: status is \"9\""},
      {"UPDATE added_enrichment SET id = x'00' WHERE number = 2", "enrichment 2 of world 1: id is"},
      {"UPDATE added_enrichment SET email = x'05' WHERE number = 2", "enrichment 2 of world 1: email is"},
      {"UPDATE added_enrichment SET settings = 99 WHERE number = 2", "enrichment 2 of world 1: settings is \"99\""},
      {"UPDATE added_enrichment SET rule = 3 WHERE number = 2",
       "enrichment 2 of world 1: an enrichment was accepted by"},
      {"UPDATE added_enrichment SET polls_left = -1 WHERE number = 2", "enrichment 2 of world 1: polls_left is \"-1\""},
      {"UPDATE callback_settings SET text = '{\"copies\":0}'", "callback settings 1: "},
      {"UPDATE movement SET kind = 'charge'", "movement 0 of world 1: kind is \"charge\""},
      {"UPDATE movement SET number = 4", "movement 4 of world 1: number is \"4\""},
      {"UPDATE team SET rules_followed = '[1'", "team of world 1: rules_followed is \"[1\""},
      {"UPDATE team SET rejected = '{\"x\":1}'", "team of world 1: rejected is"},
      {"UPDATE team SET scenario = 9", "team of world 1: scenario is \"9\""},
      {"INSERT INTO attempt VALUES (1, 4, 1, 0, 0, 0, '', 0)", "attempt of world 1: callback is 4"},
  };
  for (const auto& [sql, expected] : kCases) {
    CAPTURE(std::string(sql));
    Scenarios scenarios;
    TemporaryDirectory directory;
    const auto path = file_with_a_team(directory, scenarios);
    run_sql(path, sql);
    const auto message = restore_refusal_of(path, scenarios);
    CAPTURE(message);
    CHECK(message.starts_with("the state file " + path + " is damaged ("));
    CHECK(message.find(expected) != std::string::npos);
    CHECK(message.ends_with("); restore a copy of it, or move it away to start with a new one"));
  }
}
