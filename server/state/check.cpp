#include "state/check.h"

#include <cerrno>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <sys/stat.h>
#include <utility>
#include <variant>

#include "base/time_text.h"
#include "scenario/loader.h"
#include "state/problems.h"
#include "state/records.h"
#include "state/schema.h"
#include "state/shared_texts.h"

namespace enrichment_mock::state {

namespace {

// Each query returns a text for each fault.
constexpr const char* kChecks[] = {
    // The ledger.
    R"(SELECT printf('team of world %d: opening %d + added %d - charged %d is negative', world, opening, added, charged)
       FROM team WHERE opening + added - charged < 0)",
    R"(SELECT printf('team of world %d: %d credits were charged for %d completed lookups', world, charged, completed)
       FROM team WHERE charged <> completed)",
    R"(SELECT printf('team of world %d: no movement', world) FROM team
       WHERE NOT EXISTS (SELECT 1 FROM movement WHERE movement.world = team.world))",
    R"(SELECT printf('movement %d of world %d: it is the first, and %d were forgotten', first, world, forgotten_movements)
       FROM (SELECT world, min(number) AS first FROM movement GROUP BY world) JOIN team USING (world)
       WHERE first <> forgotten_movements)",
    R"(SELECT printf('movement %d of world %d: %s', number, world,
         iif(forgotten_movements > 0, 'it does not carry forward what was forgotten', 'it is not the opening balance'))
       FROM team JOIN movement USING (world)
       WHERE number = forgotten_movements AND kind <> iif(forgotten_movements > 0, 3, 0))",
    R"(SELECT printf('movement %d of world %d: the one before it has the number %d', number, world, before)
       FROM (SELECT world, number, lag(number) OVER (PARTITION BY world ORDER BY number) AS before FROM movement)
       WHERE number <> before + 1)",
    R"(SELECT printf('movement %d of world %d: the balance is %d after %d and %d', number, world, balance, before, amount)
       FROM (SELECT world, number, amount, balance,
               lag(balance, 1, 0) OVER (PARTITION BY world ORDER BY number) AS before FROM movement)
       WHERE balance <> before + amount)",
    R"(SELECT printf('movement %d of world %d: the last balance is %d; opening %d + added %d - charged %d is %d', last, world,
         balance, opening, added, charged, opening + added - charged)
       FROM (SELECT world, max(number) AS last, balance FROM movement GROUP BY world) JOIN team USING (world)
       WHERE balance <> opening + added - charged)",
    R"(SELECT printf('movement %d of world %d: a charge of %d', number, world, -amount) FROM movement
       WHERE kind = 1 AND (amount <> -1 OR enrichment IS NULL))",
    R"(SELECT printf('team of world %d: %d charges, and movements of %d', world, charged, charges)
       FROM team JOIN (SELECT world, sum(kind = 1) AS charges FROM movement GROUP BY world) USING (world)
       WHERE charges > charged OR (charges <> charged AND forgotten_movements = 0))",
    R"(SELECT printf('enrichment %d of world %d: it is charged, but not completed', number, world) FROM enrichment
       WHERE charged AND status <> 2)",
    // Identities.
    R"(SELECT printf('enrichment %d of world %d: %d others have its id %s', min(number), world, count(*) - 1, lower(hex(id)))
       FROM enrichment GROUP BY world, id HAVING count(*) > 1)",
    R"(SELECT printf('team of world %d: another one has its id %s', min(world), id) FROM team
       GROUP BY id HAVING count(*) > 1)",
    R"(SELECT printf('team of world %d: another one has its key', min(world)) FROM team
       GROUP BY identity HAVING count(*) > 1)",
    R"(SELECT printf('enrichment %d of world %d: the next one has the number %d', number, world, end_enrichment)
       FROM team JOIN enrichment USING (world) WHERE number >= end_enrichment)",
    R"(SELECT printf('callback %d of world %d: the next one has the number %d', number, world, end_callback)
       FROM team JOIN callback USING (world) WHERE number >= end_callback)",
    R"(SELECT printf('team of world %d: the last world is %d', world, last_world) FROM team, file WHERE world > last_world)",
    // References.
    R"(SELECT printf('callback %d of world %d: no enrichment %d', callback.number, callback.world, callback.enrichment)
       FROM callback LEFT JOIN enrichment
         ON enrichment.world = callback.world AND enrichment.number = callback.enrichment
       WHERE callback.world IN (SELECT world FROM team) AND enrichment.number IS NULL)",
    R"(SELECT printf('callback %d of world %d: the first callback of enrichment %d is %s', callback.number, callback.world,
         enrichment.number, ifnull(first_callback, 'none'))
       FROM callback JOIN enrichment ON enrichment.world = callback.world AND enrichment.number = callback.enrichment
       WHERE first_callback IS NULL OR callback.number <> first_callback + copy)",
    R"(SELECT printf('enrichment %d of world %d: no callback %d', enrichment.number, enrichment.world, first_callback)
       FROM enrichment LEFT JOIN callback
         ON callback.world = enrichment.world AND callback.number = first_callback
       WHERE enrichment.world IN (SELECT world FROM team) AND first_callback IS NOT NULL AND callback.number IS NULL)",
    R"(SELECT printf('callback %d of world %d: %d attempts, and records of %d', number, world, attempts, records)
       FROM (SELECT world, number, attempts, (SELECT count(*) FROM attempt
               WHERE attempt.world = callback.world AND attempt.callback = callback.number) AS records FROM callback)
       WHERE world IN (SELECT world FROM team) AND attempts <> records)",
    R"(SELECT printf('attempt %d of callback %d of world %d: no such callback', attempt.number, callback, attempt.world)
       FROM attempt LEFT JOIN callback ON callback.world = attempt.world AND callback.number = attempt.callback
       WHERE attempt.world IN (SELECT world FROM team) AND callback.number IS NULL)",
    R"(SELECT printf('enrichment %d of world %d: no callback settings %d', enrichment.number, world, settings)
       FROM enrichment LEFT JOIN callback_settings ON callback_settings.number = settings
       WHERE world IN (SELECT world FROM team) AND settings IS NOT NULL AND callback_settings.number IS NULL)",
    R"(SELECT printf('extra_rule %d of world %d: no callback settings %d', extra_rule.number, world, settings)
       FROM extra_rule LEFT JOIN callback_settings ON callback_settings.number = settings
       WHERE callback_settings.number IS NULL)",
    R"(SELECT printf('settings_use %d of world %d: it is missing', settings, world)
       FROM (SELECT DISTINCT world, settings FROM enrichment WHERE world IN (SELECT world FROM team)
             UNION SELECT world, settings FROM extra_rule WHERE world IN (SELECT world FROM team))
       WHERE settings IS NOT NULL AND (world, settings) NOT IN (SELECT world, settings FROM settings_use))",
    R"(SELECT printf('team of world %d: no scenario %d', world, scenario) FROM team
       WHERE scenario NOT IN (SELECT number FROM scenario))",
    R"(SELECT printf('world %d: it has records and no team', world)
       FROM (SELECT world FROM enrichment UNION SELECT world FROM callback UNION SELECT world FROM attempt
             UNION SELECT world FROM movement UNION SELECT world FROM profile_count UNION SELECT world FROM extra_rule)
       WHERE world NOT IN (SELECT world FROM team UNION SELECT world FROM ended_world))"};

constexpr std::size_t kMaxOfEach = 20;  // faults that one query finds

// Runs an action with the file, as it is at one moment.
template <class Action>
auto with_file(const std::string& path, Action action) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) refuse(path, "cannot be read: " + system_text(errno));
  if (!S_ISREG(info.st_mode)) refuse(path, S_ISDIR(info.st_mode) ? "is a directory" : "is not a regular file");
  try {
    Database database(path, Database::Access::read);
    database.execute("PRAGMA busy_timeout = 2000; BEGIN");
    if (is_new(database, path)) refuse(path, "is empty");
    const auto version = version_of(database), latest = static_cast<std::int64_t>(schema_steps().size());
    if (version < latest)
      refuse(path, "has version " + std::to_string(version) +
                       " of the format; a mock that starts with it makes it version " + std::to_string(latest));
    return action(database, info);
  } catch (const SqliteError& error) {
    refuse(path, error);
  } catch (const DamagedContent& error) {
    refuse_damaged(path, error.what());
  }
}

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// ": 3 completed, 1 failed"
std::string counts_by_word(Statement& rows, std::uint64_t world) {
  std::string text;
  for (rows.bind(world); rows.step();) {
    const auto count = rows.next<std::int64_t>();
    text.append(text.empty() ? ": " : ", ")
        .append(std::to_string(count))
        .append(" ")
        .append(engine::to_text(static_cast<engine::Status>(rows.next<unsigned char>())));
  }
  return text;
}

std::shared_ptr<const scenario::Scenario> load(const std::string& text) {
  auto result = scenario::load_text(text, "");
  if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&result))
    throw std::invalid_argument(to_string(problems->front()));
  return std::make_shared<const scenario::Scenario>(std::get<scenario::Scenario>(std::move(result)));
}

void add_integrity_faults(Database& database, std::vector<std::string>& faults) {
  for (Statement rows(database, "PRAGMA integrity_check"); rows.step();)
    if (auto fault = rows.next<std::string>(); fault != "ok") faults.push_back("SQLite: " + std::move(fault));
}

void add_faults(Database& database, const char* query, std::vector<std::string>& faults) {
  std::size_t found = 0;
  for (Statement rows(database, query); rows.step(); ++found)
    if (found < kMaxOfEach) faults.push_back(rows.next<std::string>());
  if (found > kMaxOfEach) faults.push_back("and " + std::to_string(found - kMaxOfEach) + " more like this");
}

// What a mock would find that starts with the file: it reads each team.
void add_record_faults(Database& database, std::vector<std::string>& faults) {
  Records records(database);
  SharedTexts texts(database);
  std::map<std::int64_t, std::shared_ptr<const scenario::Scenario>> scenarios;
  const auto scenario = [&](std::int64_t number, const runner::OwnScenario*) {
    auto& known = scenarios[number];
    if (!known) known = texts.scenario(number, load);
    return known;
  };
  std::vector<runner::SavedTeam> teams;
  const auto add = [&faults](const std::string& prefix, auto read) {
    try {
      read();
    } catch (const DamagedContent& error) {
      faults.emplace_back(error.what());
    } catch (const std::logic_error& error) {
      faults.push_back(prefix + error.what());
    }
  };
  add("", [&] { teams = records.teams(scenario); });
  for (const auto& saved : teams)
    add("team of world " + std::to_string(saved.world) + ": ", [&] {
      engine::Team team({saved.scenario, saved.identity, saved.name, saved.credits, saved.secret}, saved.state);
      records.restore(saved.world, team, [&](std::int64_t number) { return texts.settings(number); });
      team.end_restore(saved.state, saved.clock.now);
    });
}

}  // namespace

std::string describe(const std::string& path) {
  return with_file(path, [&](Database& database, const struct stat& info) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(info.st_mode & 07777));
    std::string text = "State file " + path + ": version " + std::to_string(version_of(database)) + ", mode " + mode +
                       ", " + counted(info.st_size, "byte") + "\n";
    text += counted(database.integer("SELECT count(*) FROM team"), "team") + "\n";
    Statement count_all(database, "SELECT count(*) FROM enrichment WHERE world = ?");
    Statement by_status(database, "SELECT count(*), status FROM enrichment WHERE world = ? GROUP BY status");
    Statement callbacks(database, "SELECT count(*), ifnull(sum(state <= 2), 0) FROM callback WHERE world = ?");
    Statement teams(database,
                    "SELECT world, masked_key, team.name, ifnull(scenario.name, '?'), clock_manual, clock_now, "
                    "opening + added - charged, forgotten FROM team LEFT JOIN scenario ON scenario.number = scenario "
                    "ORDER BY position");
    while (teams.step()) {
      const auto world = teams.next<std::uint64_t>();
      const auto key = teams.next<std::string>(), name = teams.next<std::string>(),
                 scenario = teams.next<std::string>();
      const bool manual = teams.next<bool>();
      const auto now = base::format_instant(teams.next<engine::Instant>());
      const auto balance = teams.next<std::int64_t>(), forgotten = teams.next<std::int64_t>();
      count_all.bind(world).step();
      const auto enrichments = count_all.next<std::int64_t>();
      callbacks.bind(world).step();
      const auto all = callbacks.next<std::int64_t>(), open = callbacks.next<std::int64_t>();
      text += "\n" + (name.empty() ? key : name + " (" + key + ")") + "\n";
      text += "  scenario     " + scenario + "\n";
      text += std::string("  clock        ") + (manual ? "manual" : "running") + ", " + now + "\n";
      text += "  enrichments  " + std::to_string(enrichments) + counts_by_word(by_status, world) +
              (forgotten > 0 ? "; " + std::to_string(forgotten) + " forgotten" : "") + "\n";
      text += "  callbacks    " + std::to_string(all) + (open > 0 ? ": " + std::to_string(open) + " open" : "") + "\n";
      text += "  balance      " + counted(balance, "credit") + "\n";
    }
    return text;
  });
}

std::vector<std::string> faults_of(const std::string& path) {
  return with_file(path, [](Database& database, const struct stat&) {
    std::vector<std::string> faults;
    // A damaged page ends one check, not the others.
    const auto add = [&faults](auto check) {
      try {
        check(faults);
      } catch (const SqliteError& error) {
        faults.push_back("SQLite: " + std::string(error.what()));
      }
    };
    add([&](auto& to) { add_integrity_faults(database, to); });
    for (const auto* query : kChecks) add([&](auto& to) { add_faults(database, query, to); });
    add([&](auto& to) { add_record_faults(database, to); });
    return faults;
  });
}

}  // namespace enrichment_mock::state
