#include "state/schema.h"

#include <string>

#include "base/version.h"
#include "state/problems.h"

namespace enrichment_mock::state {

namespace {

// Times are microseconds since 1970, NULL: never. Durations are microseconds. Words are stored as numbers: the views
// have them in words. `world`: all records of a team between two resets.
constexpr const char* kSteps[] = {
    R"(
CREATE TABLE file (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  secret INTEGER,
  last_world INTEGER NOT NULL
);
INSERT INTO file VALUES (1, NULL, 0);
CREATE TABLE closed_team (hash INTEGER PRIMARY KEY);
CREATE TABLE ended_world (world INTEGER PRIMARY KEY);

-- Texts that many records share: by content, and who uses them.
CREATE TABLE scenario (number INTEGER PRIMARY KEY, hash INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX scenario_by_hash ON scenario (hash);
CREATE TABLE callback_settings (number INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX callback_settings_by_hash ON callback_settings (hash);
CREATE TABLE settings_use (world INTEGER, settings INTEGER, PRIMARY KEY (world, settings)) WITHOUT ROWID;

CREATE TABLE team (
  world INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  identity TEXT NOT NULL,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  masked_key TEXT NOT NULL,
  reopened INTEGER NOT NULL,
  own_key TEXT NOT NULL,
  keys TEXT NOT NULL,           -- one a line; percent-encoded: % and line feed
  library_scenario TEXT NOT NULL,
  has_own_scenario INTEGER NOT NULL,
  own_seed INTEGER,             -- of its own scenario; NULL: none
  own_credits INTEGER,          -- of its own scenario; NULL: as in the text
  scenario INTEGER NOT NULL,
  world_name TEXT NOT NULL,     -- that rules compare
  credits INTEGER NOT NULL,
  secret INTEGER NOT NULL,
  clock_manual INTEGER NOT NULL,
  clock_always_real INTEGER NOT NULL,
  clock_scale REAL NOT NULL,
  clock_now INTEGER NOT NULL,
  clock_wall INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  ids_seeded INTEGER NOT NULL,
  ids_base INTEGER NOT NULL,
  ids_before INTEGER NOT NULL,
  ids_count INTEGER NOT NULL,
  gate_passed INTEGER NOT NULL,
  gate_window_begin INTEGER,
  gate_admitted INTEGER NOT NULL,
  opening INTEGER NOT NULL,
  added INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  forgotten_movements INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  rejected TEXT NOT NULL,       -- JSON: by status
  completed INTEGER NOT NULL,
  not_found INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unmatched INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  exhausted INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  ever_delivered INTEGER NOT NULL,
  ever_exhausted INTEGER NOT NULL,
  ever_dropped INTEGER NOT NULL,
  burst_end INTEGER,
  rules_followed TEXT NOT NULL, -- JSON: by rule of the scenario
  rule_names TEXT NOT NULL,     -- JSON: of the rules that accepted enrichments
  forgotten INTEGER NOT NULL,
  creations INTEGER NOT NULL,
  extra_rules_added INTEGER NOT NULL,
  end_enrichment INTEGER NOT NULL,
  end_callback INTEGER NOT NULL
);

CREATE TABLE added_enrichment (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  id BLOB NOT NULL,
  status INTEGER NOT NULL,
  type INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  polls_left INTEGER NOT NULL,
  rule INTEGER,                 -- index in team.rule_names
  callback_draw INTEGER NOT NULL,
  first_callback INTEGER,
  creation INTEGER NOT NULL,
  due INTEGER,
  pending_at INTEGER NOT NULL,
  processing_at INTEGER,
  resolved_at INTEGER,
  ended_at INTEGER,
  processing INTEGER,           -- a duration; below 0: that many polls; NULL: forever
  linkedin_url TEXT NOT NULL,
  email TEXT NOT NULL,          -- planned
  callback_url TEXT,
  external_id TEXT,
  settings INTEGER,             -- of its callbacks
  forwarded TEXT,               -- headers, one a line
  PRIMARY KEY (world, number)
) WITHOUT ROWID;

-- What has changed of an enrichment since, in short rows, because most enrichments change twice.
CREATE TABLE enrichment_progress (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  status INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  polls_left INTEGER NOT NULL,
  first_callback INTEGER,
  due INTEGER,
  processing_at INTEGER,
  resolved_at INTEGER,
  ended_at INTEGER,
  PRIMARY KEY (world, number)
) WITHOUT ROWID;

CREATE VIEW enrichment AS
SELECT a.world, a.number, a.id, coalesce(p.status, a.status) AS status, a.type, a.outcome,
  coalesce(p.charged, a.charged) AS charged, coalesce(p.polls_left, a.polls_left) AS polls_left, a.rule,
  a.callback_draw, iif(p.number IS NULL, a.first_callback, p.first_callback) AS first_callback, a.creation,
  iif(p.number IS NULL, a.due, p.due) AS due, a.pending_at,
  iif(p.number IS NULL, a.processing_at, p.processing_at) AS processing_at,
  iif(p.number IS NULL, a.resolved_at, p.resolved_at) AS resolved_at,
  iif(p.number IS NULL, a.ended_at, p.ended_at) AS ended_at, a.processing, a.linkedin_url, a.email, a.callback_url,
  a.external_id, a.settings, a.forwarded
FROM added_enrichment AS a LEFT JOIN enrichment_progress AS p ON p.world = a.world AND p.number = a.number;

CREATE TABLE callback (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  enrichment INTEGER NOT NULL,
  copy INTEGER NOT NULL,        -- from 0
  state INTEGER NOT NULL,
  creation INTEGER NOT NULL,
  due INTEGER,
  burst INTEGER,
  manual_attempts INTEGER NOT NULL,
  interrupted INTEGER NOT NULL,
  state_before INTEGER,         -- during a manual attempt
  due_before INTEGER,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (world, number)
) WITHOUT ROWID;

CREATE TABLE attempt (
  world INTEGER NOT NULL,
  callback INTEGER NOT NULL,
  number INTEGER NOT NULL,      -- from 1
  at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  status INTEGER NOT NULL,      -- 0: no response
  error TEXT NOT NULL,
  latency INTEGER NOT NULL,
  PRIMARY KEY (world, callback, number)
) WITHOUT ROWID;

CREATE TABLE movement (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  balance INTEGER NOT NULL,
  enrichment BLOB,              -- its id
  PRIMARY KEY (world, number)
) WITHOUT ROWID;

CREATE TABLE profile_count (
  world INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  number INTEGER NOT NULL,      -- of the rule, or kind of call
  profile TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (world, kind, number, profile)
) WITHOUT ROWID;

CREATE TABLE extra_rule (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  settings INTEGER NOT NULL,    -- that its steps inherit
  remaining INTEGER NOT NULL,
  followed INTEGER NOT NULL,
  PRIMARY KEY (world, number)
) WITHOUT ROWID;

CREATE VIEW teams AS
SELECT team.id, team.name, team.label, team.masked_key AS key, scenario.name AS scenario,
  iif(clock_manual, 'manual', 'running') AS clock,
  strftime('%Y-%m-%dT%H:%M:%S', clock_now / 1000000, 'unixepoch') || printf('.%03dZ', clock_now / 1000 % 1000) AS now,
  opening + added - charged AS balance, opening, added, charged,
  requests, completed, not_found, failed, delivered, exhausted, dropped, forgotten
FROM team LEFT JOIN scenario ON scenario.number = team.scenario
ORDER BY position;

CREATE VIEW enrichments AS
SELECT team.id AS team, lower(hex(enrichment.id)) AS id,
  CASE status WHEN 0 THEN 'pending' WHEN 1 THEN 'processing' WHEN 2 THEN 'completed' WHEN 3 THEN 'not-found'
    WHEN 4 THEN 'failed' END AS status,
  linkedin_url, CASE type WHEN 0 THEN 'work' WHEN 1 THEN 'personal' END AS type,
  CASE status WHEN 2 THEN email END AS email, external_id, callback_url,
  CASE outcome WHEN 0 THEN 'completed' WHEN 1 THEN 'not-found' WHEN 2 THEN 'failed' END AS planned,
  enrichment.charged, json_extract(rule_names, '$[' || rule || ']') AS rule,
  strftime('%Y-%m-%dT%H:%M:%S', pending_at / 1000000, 'unixepoch') || printf('.%03dZ', pending_at / 1000 % 1000)
    AS pending_at,
  strftime('%Y-%m-%dT%H:%M:%S', processing_at / 1000000, 'unixepoch') || printf('.%03dZ', processing_at / 1000 % 1000)
    AS processing_at,
  strftime('%Y-%m-%dT%H:%M:%S', resolved_at / 1000000, 'unixepoch') || printf('.%03dZ', resolved_at / 1000 % 1000)
    AS resolved_at
FROM team JOIN enrichment USING (world);

CREATE VIEW callbacks AS
SELECT team.id AS team, lower(hex(enrichment.id)) || '-' || (copy + 1) AS id, lower(hex(enrichment.id)) AS enrichment,
  CASE state WHEN 0 THEN 'scheduled' WHEN 1 THEN 'delivering' WHEN 2 THEN 'retrying' WHEN 3 THEN 'delivered'
    WHEN 4 THEN 'exhausted' WHEN 5 THEN 'dropped' END AS state,
  callback_url AS url, attempts,
  strftime('%Y-%m-%dT%H:%M:%S', callback.due / 1000000, 'unixepoch') || printf('.%03dZ', callback.due / 1000 % 1000)
    AS next_attempt_at
FROM team JOIN callback USING (world)
  JOIN enrichment ON enrichment.world = callback.world AND enrichment.number = callback.enrichment;

CREATE VIEW attempts AS
SELECT team.id AS team, lower(hex(enrichment.id)) || '-' || (copy + 1) AS callback, attempt.number,
  strftime('%Y-%m-%dT%H:%M:%S', attempt.at / 1000000, 'unixepoch') || printf('.%03dZ', attempt.at / 1000 % 1000) AS at,
  nullif(attempt.status, 0) AS status, nullif(error, '') AS error, latency / 1000.0 AS latency_ms
FROM team JOIN callback USING (world)
  JOIN enrichment ON enrichment.world = callback.world AND enrichment.number = callback.enrichment
  JOIN attempt ON attempt.world = callback.world AND attempt.callback = callback.number;

CREATE VIEW ledger AS
SELECT team.id AS team, movement.number,
  strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%03dZ', at / 1000 % 1000) AS at,
  CASE kind WHEN 0 THEN 'opening' WHEN 1 THEN 'charge' WHEN 2 THEN 'adjustment' WHEN 3 THEN 'carried-forward' END
    AS kind,
  amount, balance, nullif(lower(hex(enrichment)), '') AS enrichment,
  balance = sum(amount) OVER (PARTITION BY world ORDER BY movement.number) AS adds_up
FROM team JOIN movement USING (world);
)"};

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

std::int64_t version_of(Database& database) { return database.integer("PRAGMA user_version"); }

bool is_new(Database& database, const std::string& path) {
  const auto application = database.integer("PRAGMA application_id");
  const auto version = version_of(database);
  const auto latest = static_cast<std::int64_t>(schema_steps().size());
  if (application != kApplicationId) {
    // A database without content is also what is left if a process was killed that created the file.
    if (application == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_master") == 0) return true;
    refuse(path, "belongs to another program; choose another file");
  }
  if (version > latest)
    refuse(path, "has version " + std::to_string(version) + " of the format, and this enrichment-mock (" +
                     std::string(base::version()) + ") knows versions up to " + std::to_string(latest) +
                     "; use a newer enrichment-mock, or another file");
  return false;
}

void migrate(Database& database, std::span<const char* const> steps) {
  Transaction transaction(database);
  for (auto version = static_cast<std::size_t>(version_of(database)); version < steps.size(); ++version)
    database.execute(steps[version]);
  database.execute(("PRAGMA user_version = " + std::to_string(steps.size())).c_str());
  database.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  transaction.commit();
}

}  // namespace enrichment_mock::state
