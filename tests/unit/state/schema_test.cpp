// The tables and views of the file, and files of older versions.
#include "state/schema.h"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "state/check.h"
#include "state/file.h"
#include "support/checkout.h"
#include "support/saved_teams.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using state::Database;
using state::File;
using state::Sync;

namespace {

// Made with `sqlite3 FILE .dump` when the version was new, and never changed.
std::string golden(std::size_t version, const std::string& extension) {
  return checkout_path("tests/golden/state/version-" + std::to_string(version) + extension);
}

std::string schema_of(Database& database) {
  return database.text(
      "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name)");
}

std::string content_of(const std::string& path) {
  const File file(path, Sync::off);
  std::string text = "secret " + std::to_string(file.secret().value_or(0)) + ", last world " +
                     std::to_string(file.last_world()) + "\n";
  for (const auto& saved : file.teams(load_scenario))
    text += text_of(saved) + "\n" + TeamText::of(restored(file, saved));
  for (const auto hash : file.closed_teams()) text += "closed " + std::to_string(hash) + "\n";
  return text;
}

std::string list_of(Database& database, const std::string& query) {
  std::string text;
  for (state::Statement rows(database, query); rows.step();) text += rows.next<std::string>() + "\n";
  return text;
}

}  // namespace

TEST_CASE("a file of any released version is opened with everything that it has") {
  for (std::size_t version = 1; version <= state::schema_steps().size(); ++version) {
    CAPTURE(version);
    const TemporaryDirectory directory;
    const auto path = directory.path("state");
    Database(path, Database::Access::write).execute(read_file(golden(version, ".sql")).c_str());
    const auto content = content_of(path);
    if (std::getenv("ENRICHMENT_MOCK_UPDATE_GOLDEN")) std::ofstream(golden(version, ".txt")) << content;
    CHECK(content == read_file(golden(version, ".txt")));
    CHECK(state::faults_of(path).empty());
    Database reader(path, Database::Access::read);
    CHECK(state::version_of(reader) == static_cast<std::int64_t>(state::schema_steps().size()));
  }
}

TEST_CASE("the schema of a released version does not change") {
  for (std::size_t version = 1; version <= state::schema_steps().size(); ++version) {
    CAPTURE(version);
    const TemporaryDirectory directory;
    Database old(directory.path("old"), Database::Access::write), made(directory.path("made"), Database::Access::write);
    old.execute(read_file(golden(version, ".sql")).c_str());
    state::migrate(made, state::schema_steps().first(version));
    CHECK(schema_of(made) == schema_of(old));
  }
}

TEST_CASE("a file goes through all steps from its version to the last, and keeps its content") {
  const TemporaryDirectory directory;
  Database database(directory.path("state"), Database::Access::write);
  const char* const steps[] = {"CREATE TABLE a (x); INSERT INTO a VALUES (1)", "ALTER TABLE a ADD COLUMN y DEFAULT 5",
                               "UPDATE a SET x = x + y; CREATE VIEW b AS SELECT * FROM a"};
  for (std::size_t version = 1; version <= 3; ++version) {
    state::migrate(database, std::span(steps).first(version));
    CHECK(state::version_of(database) == static_cast<std::int64_t>(version));
    CHECK(database.integer("PRAGMA application_id") == state::kApplicationId);
  }
  CHECK(database.integer("SELECT x FROM b") == 6);
  state::migrate(database, steps);
  CHECK(database.integer("SELECT x FROM b") == 6);
  Database at_once(directory.path("other"), Database::Access::write);
  state::migrate(at_once, steps);
  CHECK(schema_of(at_once) == schema_of(database));
}

TEST_CASE("if a step fails, the file stays as it was, and can be converted later") {
  const TemporaryDirectory directory;
  Database database(directory.path("state"), Database::Access::write);
  const char* const steps[] = {"CREATE TABLE a (x)", "INSERT INTO a VALUES (1)", "INSERT INTO missing VALUES (1)"};
  state::migrate(database, std::span(steps).first(1));
  CHECK_THROWS_AS(state::migrate(database, steps), state::SqliteError);
  CHECK(state::version_of(database) == 1);
  CHECK(database.integer("SELECT count(*) FROM a") == 0);
  state::migrate(database, std::span(steps).first(2));
  CHECK(state::version_of(database) == 2);
  CHECK(database.integer("SELECT count(*) FROM a") == 1);
}

TEST_CASE("the views show ids, words and times as the API does") {
  const TemporaryDirectory directory;
  const auto path = directory.path("state");
  auto team = busy_team();
  const std::vector changes{everything_of(team, saved_team(team, 1))};
  File(path, Sync::off).save({.teams = changes});
  Database database(path, Database::Access::write);
  std::string enrichments, callbacks, attempts, ledger;
  for (const auto& each : team.enrichments()) {
    enrichments += "id-1 " + to_text(each.id) + " " + std::string(to_text(each.status)) + " " +
                   base::format_instant(each.pending_at) + " " +
                   (each.resolved_at == engine::kNever ? "-" : base::format_instant(each.resolved_at)) + " " +
                   (each.rule == engine::kNoRule ? "-" : team.rule_names()[each.rule]) + "\n";
  }
  for (const auto& each : team.callbacks().all()) {
    const auto id = engine::callback_id(team.enrichments()[each.enrichment].id, each.copy);
    callbacks += id + " " + std::string(to_text(each.state)) + " " + std::to_string(each.attempts.size()) + "\n";
    for (const auto& attempt : each.attempts)
      attempts += id + " " + base::format_instant(attempt.at) + " " +
                  (attempt.result.status == 0 ? "-" : std::to_string(attempt.result.status)) + "\n";
  }
  for (const auto& each : team.ledger().movements())
    ledger += std::string(to_text(each.kind)) + " " +
              (each.kind == engine::Movement::Kind::charge ? to_text(each.enrichment) : "-") + " " +
              std::to_string(each.balance) + " 1\n";
  CHECK(list_of(database,
                "SELECT team || ' ' || id || ' ' || status || ' ' || pending_at || ' ' || "
                "ifnull(resolved_at, '-') || ' ' || ifnull(rule, '-') FROM enrichments") == enrichments);
  CHECK(list_of(database, "SELECT id || ' ' || state || ' ' || attempts FROM callbacks") == callbacks);
  CHECK(list_of(database, "SELECT callback || ' ' || at || ' ' || ifnull(status, '-') FROM attempts") == attempts);
  CHECK(list_of(database,
                "SELECT kind || ' ' || ifnull(enrichment, '-') || ' ' || balance || ' ' || adds_up FROM ledger") ==
        ledger);
  CHECK(list_of(database, "SELECT id || key || scenario || clock || now || balance FROM teams") ==
        "id-1…1busymanual1970-01-01T00:00:00.000Z296\n");

  const auto words_of = [&](const std::string& column, const std::string& table, const std::string& view,
                            const auto& words) {
    CAPTURE(column);
    for (std::size_t i = 0; i < words.values.size(); ++i) {
      const auto code = std::to_string(static_cast<int>(words.values[i]));
      database.execute(("UPDATE " + table + " SET " + column + " = " + code).c_str());
      const auto shown = column == "outcome" ? "planned" : column;
      CHECK(database.text("SELECT " + shown + " FROM " + view) == words.words[i]);
    }
  };
  words_of("status", "added_enrichment", "enrichments", engine::kStatusWords);
  words_of("type", "added_enrichment", "enrichments", scenario::kEmailTypeWords);
  words_of("outcome", "added_enrichment", "enrichments", scenario::kOutcomeWords);
  words_of("state", "callback", "callbacks", engine::kCallbackStateWords);
  words_of("kind", "movement", "ledger", engine::kMovementWords);
}
