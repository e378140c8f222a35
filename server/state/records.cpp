#include "state/records.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <variant>

#include "base/text.h"
#include "base/words.h"
#include "json/fields.h"
#include "json/writer.h"
#include "scenario/loader.h"

namespace enrichment_mock::state {

namespace {

using engine::Enrichment;
using engine::Instant;
using engine::kNever;
using engine::Number;

// "(?, ?, …)"
std::string insert(std::string_view table, int columns) {
  std::string sql = "REPLACE INTO " + std::string(table) + " VALUES (?";
  while (--columns > 0) sql += ", ?";
  return sql + ")";
}

// A special value that is saved as NULL.
template <class Value>
std::optional<Value> unless(Value value, Value special) {
  return value == special ? std::nullopt : std::optional(value);
}

template <class Value>
Value next_or(Statement& row, Value special) {
  return row.next<std::optional<Value>>().value_or(special);
}

template <class Enum>
constexpr int number_of(Enum value) {
  return static_cast<int>(value);
}

// Only the values of the table are ever saved.
template <class Enum, std::size_t kCount>
Enum next_enum(Statement& row, const base::Words<Enum, kCount>& words) {
  const auto value = static_cast<Enum>(row.next<unsigned char>());
  if (words.text(value).empty()) row.wrong();
  return value;
}

std::span<const std::uint8_t> bytes_of(const engine::EnrichmentId& id) { return id.bytes; }

engine::EnrichmentId next_id(Statement& row) {
  engine::EnrichmentId id;
  const auto bytes = row.bytes();
  if (bytes.size() != id.bytes.size()) row.wrong();
  std::ranges::copy(bytes, id.bytes.begin());
  return id;
}

std::optional<std::int64_t> number_of(const scenario::StatusDuration& duration) {
  if (const auto* time = std::get_if<base::Duration>(&duration)) return time->count();
  if (const auto* polls = std::get_if<scenario::Polls>(&duration)) return -polls->count;
  return std::nullopt;
}

scenario::StatusDuration next_status_duration(Statement& row) {
  const auto number = row.next<std::optional<std::int64_t>>();
  if (!number) return scenario::Forever{};
  if (*number < 0) return scenario::Polls{static_cast<int>(-*number)};
  return base::Duration(*number);
}

std::optional<base::Duration> next_duration(Statement& row) {
  const auto count = row.next<std::optional<std::int64_t>>();
  return count ? std::optional(base::Duration(*count)) : std::nullopt;
}

// Headers as lines; neither names nor values contain line feeds. A value can have bytes that are not UTF-8, so this is
// not JSON.
std::optional<std::string> text_of(const engine::ForwardedHeaders* headers) {
  if (!headers) return std::nullopt;
  std::string text;
  for (const auto& [name, value] : *headers) text.append(name).append(": ").append(value).append("\n");
  return text;
}

template <class Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::shared_ptr<const engine::ForwardedHeaders> next_headers(Statement& row) {
  if (row.is_null()) {
    row.skip();
    return nullptr;
  }
  engine::ForwardedHeaders headers;
  for_each_line(row.text(), [&](std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == line.npos) row.wrong();
    headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  });
  return std::make_shared<const engine::ForwardedHeaders>(std::move(headers));
}

// API keys may have any bytes.
std::string lines_of(const std::vector<std::string>& keys) {
  std::string text;
  for (const auto& key : keys) {
    for (const char c : key) c == '\n' ? text += "%0A" : c == '%' ? text += "%25" : text += c;
    text += '\n';
  }
  return text;
}

std::vector<std::string> next_lines(Statement& row) {
  std::vector<std::string> lines;
  for_each_line(row.text(), [&](std::string_view line) { lines.push_back(base::percent_decoded(line)); });
  return lines;
}

template <class Element>
std::string array_text(const std::vector<Element>& list) {
  return json_text::Array::of(list).take();
}

// Reads JSON that was saved.
template <class Read>
void next_json(Statement& row, json_text::Kind kind, Read read) {
  const std::string text(row.text());
  json_text::Document document(text);
  if (!document.read(json_text::Syntax::strict) || document.root().kind() != kind) row.wrong();
  for (const auto child : document.root().children())
    if (!read(child)) row.wrong();
}

std::vector<std::uint64_t> next_numbers(Statement& row) {
  std::vector<std::uint64_t> numbers;
  next_json(row, json_text::Kind::array, [&](const json_text::Value& value) {
    const auto number = json_text::to_whole_number<std::uint64_t>(value);
    if (number) numbers.push_back(*number);
    return number.has_value();
  });
  return numbers;
}

std::vector<std::string> next_texts(Statement& row) {
  std::vector<std::string> texts;
  next_json(row, json_text::Kind::array, [&](const json_text::Value& value) {
    texts.emplace_back(value.text());
    return value.is_string();
  });
  return texts;
}

std::string text_of(const std::map<int, std::uint64_t>& by_status) {
  json_text::Object object;
  for (const auto& [status, count] : by_status) object.add(std::to_string(status), count);
  return object.take();
}

std::map<int, std::uint64_t> next_by_status(Statement& row) {
  std::map<int, std::uint64_t> by_status;
  next_json(row, json_text::Kind::object, [&](const json_text::Value& value) {
    const auto key = value.key();
    int status = 0;
    const auto end = std::from_chars(key.data(), key.data() + key.size(), status).ptr;
    const auto count = json_text::to_whole_number<std::uint64_t>(value);
    if (!count || key.empty() || end != key.data() + key.size()) return false;
    by_status[status] = *count;
    return true;
  });
  return by_status;
}

// Calls `read` for each row of a statement; an error names the row.
template <class Read>
void for_each_row(Statement& rows, const char* what, std::uint64_t world, Read read) {
  std::uint64_t number = 0;
  const auto damaged = [&](const std::exception& error) {
    return DamagedContent(std::string(what) + " " + std::to_string(number) + " of world " + std::to_string(world) +
                          ": " + error.what());
  };
  try {
    while (rows.step()) {
      number = rows.next<std::uint64_t>();
      read(number);
    }
  } catch (const DamagedContent& error) {
    throw damaged(error);
  } catch (const std::logic_error& error) {  // from the team: it does not fit to the others
    throw damaged(error);
  }
}

runner::OwnScenario own_of(const scenario::Scenario& scenario) {
  return {scenario.seed, scenario.credits_overridden ? std::optional(scenario.credits) : std::nullopt};
}

runner::SavedTeam next_team(Statement& row, const Records::FindScenario& scenario) {
  runner::SavedTeam team;
  row.read(team.order);
  row.read(team.id);
  row.read(team.identity);
  row.read(team.name);
  row.read(team.label);
  row.read(team.masked_key);
  row.read(team.reopened);
  row.read(team.own_key);
  team.keys = next_lines(row);
  row.read(team.library_scenario);
  row.read(team.has_own_scenario);
  runner::OwnScenario own;
  own.seed = row.next<std::optional<std::uint64_t>>();
  own.credits = row.next<std::optional<std::int64_t>>();
  team.scenario = scenario(row.next<std::int64_t>(), team.has_own_scenario ? &own : nullptr);
  if (!team.scenario) row.wrong();
  row.read(team.world_name);
  row.read(team.credits);
  row.read(team.secret);
  auto& clock = team.clock;
  row.read(clock.manual);
  row.read(clock.always_real);
  row.read(clock.scale);
  row.read(clock.now);
  row.read(clock.wall);
  auto& state = team.state;
  row.read(state.origin);
  row.read(state.ids.seeded);
  row.read(state.ids.base);
  row.read(state.ids.before);
  row.read(state.ids.count);
  row.read(state.gate.passed);
  state.gate.window_begin = next_or(row, Instant::min());
  row.read(state.gate.admitted);
  row.read(state.ledger.opening);
  row.read(state.ledger.added);
  row.read(state.ledger.charged);
  row.read(state.ledger.forgotten);
  row.read(state.counters.requests);
  state.counters.rejected = next_by_status(row);
  row.read(state.counters.completed);
  row.read(state.counters.not_found);
  row.read(state.counters.failed);
  row.read(state.counters.unmatched);
  for (auto* totals : {&state.callbacks.totals, &state.callbacks.cumulative_totals}) {
    row.read(totals->delivered);
    row.read(totals->exhausted);
    row.read(totals->dropped);
  }
  state.callbacks.burst_end = next_or(row, Instant::min());
  state.rules_followed = next_numbers(row);
  state.rule_names = next_texts(row);
  row.read(state.forgotten);
  row.read(state.creations);
  row.read(state.extra_rules_added);
  row.read(state.end_enrichment);
  row.read(state.end_callback);
  return team;
}

Enrichment next_enrichment(Statement& row, Number number, const Records::FindSettings& settings) {
  Enrichment enrichment;
  enrichment.number = number;
  enrichment.id = next_id(row);
  enrichment.status = next_enum(row, engine::kStatusWords);
  enrichment.type = next_enum(row, scenario::kEmailTypeWords);
  enrichment.outcome = next_enum(row, scenario::kOutcomeWords);
  row.read(enrichment.charged);
  row.read(enrichment.polls_left);
  enrichment.rule = next_or(row, engine::kNoRule);
  row.read(enrichment.callback_draw);
  enrichment.first_callback = next_or(row, engine::kNoCallback);
  row.read(enrichment.creation);
  enrichment.due = next_or(row, kNever);
  row.read(enrichment.pending_at);
  enrichment.processing_at = next_or(row, kNever);
  enrichment.resolved_at = next_or(row, kNever);
  enrichment.ended_at = next_or(row, kNever);
  enrichment.processing = next_status_duration(row);
  const auto linkedin_url = row.next<std::string>(), email = row.next<std::string>();
  const auto callback_url = row.next<std::optional<std::string>>(),
             external_id = row.next<std::optional<std::string>>();
  enrichment.texts = engine::EnrichmentTexts({linkedin_url, email, callback_url, external_id});
  enrichment.callback = settings(row.next<std::int64_t>());
  if (!enrichment.callback) row.wrong();
  return enrichment;
}

engine::Callback next_callback(Statement& row, Number number) {
  engine::Callback callback;
  callback.number = number;
  row.read(callback.enrichment);
  row.read(callback.copy);
  callback.state = next_enum(row, engine::kCallbackStateWords);
  row.read(callback.creation);
  callback.due = next_or(row, kNever);
  callback.burst = next_duration(row);
  row.read(callback.manual_attempts);
  row.read(callback.interrupted);
  if (row.is_null()) {
    row.skip();
    row.skip();
  } else {
    const auto state = next_enum(row, engine::kCallbackStateWords);
    callback.before = {state, next_or(row, kNever)};
  }
  callback.attempts.reserve(std::min(row.next<std::uint32_t>(), std::uint32_t{100}));
  return callback;
}

}  // namespace

Records::Records(Database& database)
    : database_(database),
      save_team_(database, insert("team", 55)),
      save_enrichment_(database, insert("added_enrichment", 24)),
      save_progress_(database, insert("enrichment_progress", 10)),
      save_callback_(database, insert("callback", 13)),
      save_attempt_(database, insert("attempt", 8)),
      save_movement_(database, insert("movement", 7)),
      save_profile_count_(database, insert("profile_count", 5)),
      save_extra_rule_(database, insert("extra_rule", 6)),
      count_attempts_(database, "SELECT max(number) FROM attempt WHERE world = ? AND callback = ?"),
      first_extra_rule_(database, "SELECT min(number) FROM extra_rule WHERE world = ?"),
      forget_team_(database, "DELETE FROM team WHERE world = ?"),
      forget_enrichment_(database, "DELETE FROM added_enrichment WHERE world = ? AND number = ?"),
      forget_progress_(database, "DELETE FROM enrichment_progress WHERE world = ? AND number = ?"),
      forget_callback_(database, "DELETE FROM callback WHERE world = ? AND number = ?"),
      forget_attempts_(database, "DELETE FROM attempt WHERE world = ? AND callback = ?"),
      forget_movements_(database, "DELETE FROM movement WHERE world = ? AND number < ?"),
      carry_forward_(
          database, "UPDATE movement SET kind = 3, amount = balance, enrichment = NULL WHERE world = ? AND number = ?"),
      forget_extra_rules_(database, "DELETE FROM extra_rule WHERE world = ?"),
      forget_extra_rule_counts_(database, "DELETE FROM profile_count WHERE world = ? AND kind = 3 AND number < ?") {
  static_assert(number_of(engine::Movement::Kind::carried) == 3);
  static_assert(number_of(engine::ProfileCount::Of::extra_rule) == 3);
}

void Records::save(const runner::SavedTeam& team, TextNumber scenario) {
  const auto& state = team.state;
  const auto &totals = state.callbacks.totals, &ever = state.callbacks.cumulative_totals;
  const auto own = team.has_own_scenario ? own_of(*team.scenario) : runner::OwnScenario();
  const auto keys = lines_of(team.keys), rejected = text_of(state.counters.rejected),
             followed = array_text(state.rules_followed), rule_names = array_text(state.rule_names);
  save_team_.run(team.world, team.order, team.id, team.identity, team.name, team.label, team.masked_key, team.reopened,
                 team.own_key, keys, team.library_scenario, team.has_own_scenario, own.seed, own.credits, scenario,
                 team.world_name, team.credits, team.secret, team.clock.manual, team.clock.always_real,
                 team.clock.scale, team.clock.now, team.clock.wall, state.origin, state.ids.seeded, state.ids.base,
                 state.ids.before, state.ids.count, state.gate.passed, unless(state.gate.window_begin, Instant::min()),
                 state.gate.admitted, state.ledger.opening, state.ledger.added, state.ledger.charged,
                 state.ledger.forgotten, state.counters.requests, rejected, state.counters.completed,
                 state.counters.not_found, state.counters.failed, state.counters.unmatched, totals.delivered,
                 totals.exhausted, totals.dropped, ever.delivered, ever.exhausted, ever.dropped,
                 unless(state.callbacks.burst_end, Instant::min()), followed, rule_names, state.forgotten,
                 state.creations, state.extra_rules_added, state.end_enrichment, state.end_callback);
}

void Records::save(World world, const runner::TeamChanges::SavedEnrichment& saved, std::optional<TextNumber> settings) {
  const Enrichment& record = saved.record;
  const auto texts = record.texts.parts();
  const auto headers = text_of(saved.forwarded.get());
  save_enrichment_.run(world, record.number, bytes_of(record.id), number_of(record.status), number_of(record.type),
                       number_of(record.outcome), record.charged, record.polls_left,
                       unless(record.rule, engine::kNoRule), record.callback_draw,
                       unless(record.first_callback, engine::kNoCallback), record.creation, unless(record.due, kNever),
                       record.pending_at, unless(record.processing_at, kNever), unless(record.resolved_at, kNever),
                       unless(record.ended_at, kNever), number_of(record.processing), texts.linkedin_url, texts.email,
                       texts.callback_url, texts.external_id, settings, headers);
  if (!saved.is_new) forget_progress_.run(world, record.number);
}

void Records::save(World world, const engine::EnrichmentProgress& progress) {
  save_progress_.run(world, progress.number, number_of(progress.status), progress.charged, progress.polls_left,
                     unless(progress.first_callback, engine::kNoCallback), unless(progress.due, kNever),
                     unless(progress.processing_at, kNever), unless(progress.resolved_at, kNever),
                     unless(progress.ended_at, kNever));
}

void Records::save(World world, const engine::Callback& callback) {
  const auto& attempts = callback.attempts;
  std::optional<int> state_before;
  std::optional<Instant> due_before;
  if (callback.before) {
    state_before = number_of(callback.before->state);
    due_before = unless(callback.before->due, kNever);
  }
  save_callback_.run(world, callback.number, callback.enrichment, callback.copy, number_of(callback.state),
                     callback.creation, unless(callback.due, kNever),
                     callback.burst ? std::optional<std::int64_t>(callback.burst->count()) : std::nullopt,
                     callback.manual_attempts, callback.interrupted, state_before, due_before, attempts.size());
  // Of those that are saved, only the last can have changed.
  std::size_t number = 1;
  if (attempts.size() > 2) {
    count_attempts_.bind(world, callback.number).step();
    number = static_cast<std::size_t>(std::max(next_or(count_attempts_, std::int64_t{1}), std::int64_t{1}));
    count_attempts_.reset();
  }
  for (; number <= attempts.size(); ++number) {
    const auto& attempt = attempts[number - 1];
    save_attempt_.run(world, callback.number, number, attempt.at, attempt.ended, attempt.result.status,
                      attempt.result.error, std::int64_t{attempt.result.latency.count()});
  }
}

void Records::save(World world, std::uint64_t number, const engine::Movement& movement) {
  const bool is_charge = movement.kind == engine::Movement::Kind::charge;
  save_movement_.run(world, number, movement.at, number_of(movement.kind), movement.amount, movement.balance,
                     is_charge ? std::optional(bytes_of(movement.enrichment)) : std::nullopt);
}

void Records::save(World world, const engine::ProfileCount& count) {
  save_profile_count_.run(world, number_of(count.key.of), count.key.index, count.key.profile, count.count);
}

void Records::save(World world, const engine::ExtraRules::Entry& rule, TextNumber settings) {
  save_extra_rule_.run(world, rule.number, rule.source.text, settings, rule.left, rule.followed);
}

void Records::forget_enrichment(World world, Number number) {
  forget_enrichment_.run(world, number);
  forget_progress_.run(world, number);
}

void Records::forget_callback(World world, Number number) {
  forget_callback_.run(world, number);
  forget_attempts_.run(world, number);
}

void Records::forget_movements(World world, std::uint64_t first) {
  forget_movements_.run(world, first);
  if (database_.changes() > 0) carry_forward_.run(world, first);
}

// Rules are added with rising numbers, and all are cleared together: their counts are those below the first number.
void Records::forget_extra_rules(World world, std::optional<std::uint64_t> first) {
  first_extra_rule_.bind(world).step();
  const auto saved = first_extra_rule_.next<std::optional<std::uint64_t>>();
  first_extra_rule_.reset();
  if (!saved) return;
  forget_extra_rules_.run(world);
  if (!first || *saved < *first) forget_extra_rule_counts_.run(world, first.value_or(INT64_MAX));
}

void Records::forget_rule_counts(World world) {
  static_assert(number_of(engine::ProfileCount::Of::rule) == 2);
  Statement(database_, "DELETE FROM profile_count WHERE world = ? AND kind = 2").run(world);
}

void Records::forget_team(World world) { forget_team_.run(world); }

namespace {
struct TableOfWorld {
  const char *name, *key;  // the key without the world
};
constexpr std::array<TableOfWorld, 7> kTablesOfWorld = {{{"added_enrichment", "number"},
                                                         {"enrichment_progress", "number"},
                                                         {"callback", "number"},
                                                         {"attempt", "callback, number"},
                                                         {"movement", "number"},
                                                         {"profile_count", "kind, number, profile"},
                                                         {"extra_rule", "number"}}};
}  // namespace

void Records::forget_records(World world) {
  for (const auto& table : kTablesOfWorld)
    Statement(database_, "DELETE FROM " + std::string(table.name) + " WHERE world = ?").run(world);
}

bool Records::forget_some_records(World world, std::uint64_t count) {
  for (const auto& [table, key] : kTablesOfWorld) {
    Statement remove(database_, "DELETE FROM " + std::string(table) + " WHERE world = ?1 AND (" + key +
                                    ") IN (SELECT " + key + " FROM " + table + " WHERE world = ?1 LIMIT ?2)");
    remove.run(world, count);
    if (static_cast<std::uint64_t>(database_.changes()) >= count) return true;
  }
  return false;
}

std::vector<runner::SavedTeam> Records::teams(const FindScenario& scenario) {
  std::vector<runner::SavedTeam> teams;
  Statement rows(database_, "SELECT * FROM team ORDER BY position, world");
  std::uint64_t world = 0;
  try {
    while (rows.step()) {
      world = rows.next<std::uint64_t>();
      teams.push_back(next_team(rows, scenario));
      teams.back().world = world;
    }
  } catch (const DamagedContent& error) {
    throw DamagedContent("team of world " + std::to_string(world) + ": " + error.what());
  }
  return teams;
}

void Records::restore(World world, engine::Team& team, const FindSettings& settings) {
  restore_enrichments(world, team, settings);
  restore_callbacks(world, team);
  restore_movements(world, team);
  restore_extra_rules(world, team, settings);
  restore_profile_counts(world, team);
}

void Records::restore_enrichments(World world, engine::Team& team, const FindSettings& settings) {
  Statement rows(database_,
                 "SELECT number, id, status, type, outcome, charged, polls_left, rule, callback_draw, first_callback, "
                 "creation, due, pending_at, processing_at, resolved_at, ended_at, processing, linkedin_url, email, "
                 "callback_url, external_id, settings, forwarded FROM enrichment WHERE world = ? ORDER BY number");
  rows.bind(world);
  for_each_row(rows, "enrichment", world, [&](Number number) {
    auto enrichment = next_enrichment(rows, number, settings);
    team.restore(std::move(enrichment), next_headers(rows));
  });
}

// Both tables have the same order: they are read side by side.
void Records::restore_callbacks(World world, engine::Team& team) {
  Statement rows(database_,
                 "SELECT number, enrichment, copy, state, creation, due, burst, manual_attempts, interrupted, "
                 "state_before, due_before, attempts FROM callback WHERE world = ? ORDER BY number");
  Statement attempts(database_,
                     "SELECT callback, number, at, ended_at, status, error, latency FROM attempt WHERE world = ? "
                     "ORDER BY callback, number");
  rows.bind(world);
  bool more = attempts.bind(world).step();
  auto of = more ? attempts.next<Number>() : 0;
  for_each_row(rows, "callback", world, [&](Number number) {
    auto callback = next_callback(rows, number);
    while (more && of == number) {
      if (attempts.next<std::size_t>() != callback.attempts.size() + 1) attempts.wrong();
      auto& attempt = callback.attempts.emplace_back();
      attempts.read(attempt.at);
      attempts.read(attempt.ended);
      attempts.read(attempt.result.status);
      attempts.read(attempt.result.error);
      attempt.result.latency = std::chrono::microseconds(attempts.next<std::int64_t>());
      more = attempts.step();
      of = more ? attempts.next<Number>() : 0;
    }
    team.restore(std::move(callback));
  });
  if (more)
    throw DamagedContent("an attempt of world " + std::to_string(world) + ": callback is " + std::to_string(of));
}

void Records::restore_movements(World world, engine::Team& team) {
  Statement rows(database_,
                 "SELECT number, at, kind, amount, balance, enrichment FROM movement WHERE world = ? ORDER BY number");
  rows.bind(world);
  const auto& ledger = team.ledger();
  for_each_row(rows, "movement", world, [&](std::uint64_t number) {
    if (number != ledger.forgotten() + ledger.movements().size()) rows.wrong();
    engine::Movement movement;
    rows.read(movement.at);
    movement.kind = next_enum(rows, engine::kMovementWords);
    rows.read(movement.amount);
    rows.read(movement.balance);
    if (!rows.is_null()) movement.enrichment = next_id(rows);
    team.restore(movement);
  });
}

void Records::restore_profile_counts(World world, engine::Team& team) {
  Statement rows(database_, "SELECT number, kind, profile, count FROM profile_count WHERE world = ?");
  rows.bind(world);
  for_each_row(rows, "profile count", world, [&](std::uint64_t number) {
    engine::ProfileCount count;
    count.key.index = number;
    count.key.of = next_enum(rows, engine::kProfileCountWords);
    rows.read(count.key.profile);
    rows.read(count.count);
    team.restore(count);
  });
}

void Records::restore_extra_rules(World world, engine::Team& team, const FindSettings& settings) {
  Statement rows(database_,
                 "SELECT number, text, settings, remaining, followed FROM extra_rule WHERE world = ? ORDER BY number");
  rows.bind(world);
  for_each_row(rows, "extra rule", world, [&](std::uint64_t number) {
    engine::ExtraRules::Entry entry;
    entry.number = number;
    rows.read(entry.source.text);
    entry.source.callback = settings(rows.next<std::int64_t>());
    if (!entry.source.callback) rows.wrong();
    rows.read(entry.left);
    rows.read(entry.followed);
    auto loaded = scenario::load_rule(entry.source.text, entry.source.callback);
    if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&loaded))
      throw DamagedContent(to_string(problems->front()));
    entry.rule = std::get<scenario::Rule>(std::move(loaded));
    team.restore(std::move(entry));
  });
}

}  // namespace enrichment_mock::state
