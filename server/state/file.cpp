#include "state/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/locked_file.h"
#include "state/problems.h"
#include "state/records.h"
#include "state/schema.h"
#include "state/shared_texts.h"
#include "state/sqlite.h"

namespace enrichment_mock::state {

namespace {

// The cache is large enough for the pages that the commits between two checkpoints change. Checkpoints are small, since
// commits, and with them responses, wait until one has ended: with ten times as many pages, p99 of a POST was higher by
// half (and six times as high with --state-sync normal), at the same throughput.
constexpr const char* kSettings = R"(
PRAGMA cache_size = -16384;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 400;
PRAGMA journal_size_limit = 16777216;
PRAGMA cell_size_check = ON;
PRAGMA busy_timeout = 200;
)";

const char* sync_settings(Sync sync) {
  switch (sync) {
    case Sync::off:
      return "PRAGMA synchronous = OFF";
    case Sync::normal:
      return "PRAGMA synchronous = NORMAL";
    case Sync::full:  // the others: on macOS, whose fsync() leaves data in the cache of the disk
      return "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON";
  }
  return "";
}

}  // namespace

struct File::Parts {
  Parts(std::string file, Sync sync) : path(std::move(file)), locked(path), database(path, Database::Access::write) {
    prepare(sync);
    transactions.emplace(database);
    records.emplace(database);
    texts.emplace(database);
    last_world = static_cast<std::uint64_t>(database.integer("SELECT last_world FROM file"));
    wal = identity_of(path + "-wal");
  }

  void prepare(Sync sync) {
    database.execute(kSettings);
    database.execute(sync_settings(sync));
    const bool fresh = is_new(database, path);
    locked.protect();
    if (fresh) {
      // With a rollback journal, so that the file is empty or complete if the process is killed.
      database.execute("PRAGMA auto_vacuum = INCREMENTAL");
      migrate(database, schema_steps());
    }
    if (database.text("PRAGMA journal_mode = WAL") != "wal")
      refuse(path, "is on a file system that cannot share memory between processes; choose another place");
    migrate(database, schema_steps());
  }

  // A file that was removed would take commits that nobody can find again.
  void check_place() const {
    if (identity_of(path) != locked.identity() || identity_of(path + "-wal") != wal)
      throw SaveError("cannot save to the state file " + path +
                      ": it was removed or replaced; put it back with the files " + path + "-wal and " + path +
                      "-shm, or restart the mock");
  }

  // Runs it; errors become SaveError.
  template <class Write>
  auto write(Write action) {
    check_place();
    try {
      return action();
    } catch (const SqliteError& error) {
      texts->forget_cached();
      throw SaveError("cannot save to the state file " + path + ": " + cause_of(error));
    } catch (const DamagedContent& error) {
      texts->forget_cached();
      throw SaveError("cannot save to the state file " + path + ": it is damaged (" + error.what() + ")");
    } catch (...) {
      texts->forget_cached();
      throw;
    }
  }

  template <class Write>
  void save(Write action) {
    write([&] {
      Transaction transaction(database, &*transactions);
      action();
      transaction.commit();
    });
  }

  template <class Read>
  auto read(Read action) {
    try {
      return action();
    } catch (const SqliteError& error) {
      refuse(path, error);
    } catch (const DamagedContent& error) {
      refuse_damaged(path, error.what());
    }
  }

  void save_team(const runner::TeamChanges& changes);
  void end_world(std::uint64_t world);
  bool clean_up();

  std::string path;
  LockedFile locked;  // closed last
  Database database;
  std::optional<TransactionStatements> transactions;
  std::optional<Records> records;
  std::optional<SharedTexts> texts;
  FileIdentity wal;
  std::uint64_t last_world = 0;
  bool must_checkpoint = false;  // so that the file shrinks
};

File::File(std::string path, Sync sync) {
  try {
    parts_ = std::make_unique<Parts>(path, sync);
  } catch (const SqliteError& error) {
    refuse(path, error);
  } catch (const DamagedContent& error) {
    refuse_damaged(path, error.what());
  }
}

File::~File() = default;

std::optional<std::uint64_t> File::secret() const {
  return parts_->read([this] {
    Statement row(parts_->database, "SELECT secret FROM file");
    row.step();
    return row.next<std::optional<std::uint64_t>>();
  });
}

std::vector<std::uint64_t> File::closed_teams() const {
  return parts_->read([this] {
    std::vector<std::uint64_t> hashes;
    for (Statement row(parts_->database, "SELECT hash FROM closed_team"); row.step();)
      hashes.push_back(row.next<std::uint64_t>());
    return hashes;
  });
}

std::uint64_t File::last_world() const { return parts_->last_world; }

std::vector<runner::SavedTeam> File::teams(const LoadScenario& load) const {
  using Key = std::pair<std::int64_t, std::optional<runner::OwnScenario>>;
  std::map<Key, std::shared_ptr<const scenario::Scenario>> loaded;
  const auto load_once = [&](std::int64_t number, const runner::OwnScenario* own) {
    auto& scenario = loaded[{number, own ? std::optional(*own) : std::nullopt}];
    if (!scenario) scenario = parts_->texts->scenario(number, [&](const std::string& text) { return load(text, own); });
    return scenario;
  };
  return parts_->read([&] { return parts_->records->teams(load_once); });
}

void File::restore(const runner::SavedTeam& saved, engine::Team& team) const {
  parts_->read([&] {
    parts_->records->restore(saved.world, team,
                             [this](std::int64_t number) { return parts_->texts->settings(number); });
    parts_->texts->end_restore(saved.world);
  });
}

void File::Parts::save_team(const runner::TeamChanges& changes) {
  for (const auto ended : changes.ended_worlds) end_world(ended);
  const auto world = changes.team.world;
  if (changes.everything) records->forget_records(world);
  for (const auto& enrichment : changes.enrichments) {
    const auto& settings = enrichment.record.callback;
    records->save(world, enrichment, settings ? std::optional(texts->number_of(world, settings)) : std::nullopt);
  }
  for (const auto& progress : changes.progressed) records->save(world, progress);
  for (const auto& callback : changes.callbacks) records->save(world, callback);
  for (const auto number : changes.forgotten_enrichments) records->forget_enrichment(world, number);
  for (const auto number : changes.forgotten_callbacks) records->forget_callback(world, number);
  auto number = changes.first_movement;
  for (const auto& movement : changes.movements) records->save(world, number++, movement);
  if (const auto forgotten = changes.team.state.ledger.forgotten; forgotten > 0)
    records->forget_movements(world, forgotten);
  if (changes.has_extra_rules) {
    const auto& rules = changes.extra_rules;
    records->forget_extra_rules(world, rules.empty() ? std::nullopt : std::optional(rules.back().number));
    for (const auto& rule : rules) records->save(world, rule, texts->number_of(world, rule.source.callback));
  }
  if (changes.has_new_rules) records->forget_rule_counts(world);
  for (const auto& profile : changes.profiles) records->save(world, profile);
  records->save(changes.team, texts->number_of(changes.team.scenario));
}

void File::Parts::end_world(std::uint64_t world) {
  records->forget_team(world);
  Statement(database, "INSERT OR IGNORE INTO ended_world VALUES (?)").run(world);
}

void File::save(const Commit& commit) {
  auto& parts = *parts_;
  auto last_world = parts.last_world;
  parts.save([&] {
    for (const auto& team : commit.teams) {
      if (team.team.world == 0) continue;  // it was closed meanwhile
      parts.save_team(team);
      last_world = std::max(last_world, team.team.world);
    }
    for (const auto world : commit.ended_worlds) {
      parts.end_world(world);
      last_world = std::max(last_world, world);
    }
    for (const auto hash : commit.closed_teams)
      Statement(parts.database, "INSERT OR IGNORE INTO closed_team VALUES (?)").run(hash);
    if (commit.secret) Statement(parts.database, "UPDATE file SET secret = ?").run(*commit.secret);
    if (last_world != parts.last_world) Statement(parts.database, "UPDATE file SET last_world = ?").run(last_world);
  });
  parts.last_world = last_world;
}

bool File::clean_up() {
  return parts_->write([this] { return parts_->clean_up(); });
}

bool File::Parts::clean_up() {
  constexpr std::uint64_t kRecords = 1'000;
  constexpr std::int64_t kPages = 200, kSpare = 64;  // spare pages stay: they are used again soon
  Statement ended(database, "SELECT min(world) FROM ended_world");
  ended.step();
  const auto world = ended.next<std::optional<std::uint64_t>>();
  ended.reset();
  if (world) {
    save([&] {
      if (records->forget_some_records(*world, kRecords)) return;
      texts->forget_world(*world);
      Statement(database, "DELETE FROM ended_world WHERE world = ?").run(*world);
    });
    return true;
  }
  if (texts->may_have_unused()) {
    save([&] { texts->remove_unused(); });
    return true;
  }
  if (database.integer("PRAGMA freelist_count") > std::max(kSpare, database.integer("PRAGMA page_count") / 8)) {
    save([&] { database.execute(("PRAGMA incremental_vacuum(" + std::to_string(kPages) + ")").c_str()); });
    must_checkpoint = true;
    return true;
  }
  if (must_checkpoint) database.execute("PRAGMA wal_checkpoint(PASSIVE)");
  must_checkpoint = false;
  return false;
}

}  // namespace enrichment_mock::state
