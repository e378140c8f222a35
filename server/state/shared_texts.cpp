#include "state/shared_texts.h"

#include <algorithm>
#include <stdexcept>

#include "base/mix.h"
#include "scenario/callback_text.h"

namespace enrichment_mock::state {

SharedTexts::SharedTexts(Database& database)
    : find_scenario_(database, "SELECT number FROM scenario WHERE hash = ? AND text = ?"),
      insert_scenario_(database, "INSERT INTO scenario (hash, text, name) VALUES (?, ?, ?)"),
      find_settings_(database, "SELECT number FROM callback_settings WHERE hash = ? AND text = ?"),
      insert_settings_(database, "INSERT INTO callback_settings (hash, text) VALUES (?, ?)"),
      insert_use_(database, "INSERT OR IGNORE INTO settings_use VALUES (?, ?)"),
      read_scenario_(database, "SELECT text, name FROM scenario WHERE number = ?"),
      read_settings_(database, "SELECT text FROM callback_settings WHERE number = ?"),
      forget_uses_(database, "DELETE FROM settings_use WHERE world = ?"),
      database_(database) {}

SharedTexts::Number SharedTexts::number_of(const Scenario& scenario) {
  if (const auto* known = cached(scenario.get())) return known->number;
  const auto number = find_or_insert(find_scenario_, insert_scenario_, scenario->text, scenario->name);
  cache(scenario, number);
  return number;
}

SharedTexts::Number SharedTexts::number_of(World world, const Settings& settings) {
  const auto* known = cached(settings.get());
  Number number = 0;
  if (known) {
    number = known->number;
  } else {
    number = find_or_insert(find_settings_, insert_settings_, scenario::callback_text(*settings), {});
    cache(settings, number);
  }
  note_use(world, number);
  return number;
}

SharedTexts::Number SharedTexts::find_or_insert(Statement& find, Statement& insert, std::string_view text,
                                                std::string_view name) {
  const auto hash = base::mix(0, text);
  const bool found = find.bind(hash, text).step();
  const auto number = found ? find.next<Number>() : 0;
  find.reset();
  if (found) return number;
  ++changes_;
  if (&insert == &insert_scenario_)
    insert.run(hash, text, name);
  else
    insert.run(hash, text);
  return database_.last_row();
}

void SharedTexts::note_use(World world, Number settings) {
  if (uses_.contains({world, settings})) return;
  insert_use_.run(world, settings);
  if (uses_.size() >= kMaxCached) uses_.clear();
  uses_.emplace(world, settings);
  std::erase(unused_, std::pair(world, settings));
}

const SharedTexts::Cached* SharedTexts::cached(const void* object) const {
  const auto found = cache_.find(object);
  return found == cache_.end() ? nullptr : &found->second;
}

void SharedTexts::cache(std::shared_ptr<const void> object, Number number) {
  if (cache_.size() >= kMaxCached) forget_cached();
  const auto* key = object.get();
  cache_.insert_or_assign(key, Cached{std::move(object), number});
}

void SharedTexts::forget_cached() noexcept {
  cache_.clear();
  read_.clear();
  uses_.clear();
}

SharedTexts::Scenario SharedTexts::scenario(Number number, const std::function<Scenario(const std::string&)>& load) {
  const bool found = read_scenario_.bind(number).step();
  const auto text = found ? read_scenario_.next<std::string>() : "";
  const auto name = found ? read_scenario_.next<std::string>() : "";
  read_scenario_.reset();
  if (!found) return nullptr;
  try {
    auto scenario = load(text);
    cache(scenario, number);
    return scenario;
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("the scenario \"" + name + "\" is not valid: " + error.what());
  }
}

SharedTexts::Settings SharedTexts::settings(Number number) {
  used_.insert(number);
  if (const auto known = read_.find(number); known != read_.end()) return known->second;
  const bool found = read_settings_.bind(number).step();
  const auto text = found ? read_settings_.next<std::string>() : "";
  read_settings_.reset();
  if (!found) return nullptr;
  try {
    auto settings = scenario::read_callback_text(text);
    cache(settings, number);
    return read_.emplace(number, std::move(settings)).first->second;
  } catch (const std::invalid_argument& error) {
    throw DamagedContent("callback settings " + std::to_string(number) + ": " + error.what());
  }
}

void SharedTexts::end_restore(World world) {
  Statement rows(database_, "SELECT settings FROM settings_use WHERE world = ?");
  for (rows.bind(world); rows.step();)
    if (const auto number = rows.next<Number>(); !used_.contains(number)) unused_.emplace_back(world, number);
  used_.clear();
}

void SharedTexts::forget_world(World world) {
  forget_uses_.run(world);
  ++changes_;
}

void SharedTexts::remove_unused() {
  Statement forget_use(database_, "DELETE FROM settings_use WHERE world = ? AND settings = ?");
  for (const auto& [world, number] : unused_) forget_use.run(world, number);
  database_.execute(
      "DELETE FROM callback_settings WHERE number NOT IN (SELECT settings FROM settings_use);"
      "DELETE FROM scenario WHERE number NOT IN (SELECT scenario FROM team)");
  unused_.clear();
  changes_ = 0;
  forget_cached();
}

}  // namespace enrichment_mock::state
