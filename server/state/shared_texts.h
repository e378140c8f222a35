// Texts that many records share, each saved once: callback settings and scenarios. A record has the number of its text.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/team.h"
#include "state/sqlite.h"

namespace enrichment_mock::state {

class SharedTexts {
 public:
  using Number = std::int64_t;
  using World = std::uint64_t;
  using Settings = std::shared_ptr<const scenario::Callback>;
  using Scenario = std::shared_ptr<const scenario::Scenario>;

  explicit SharedTexts(Database& database);

  // The number of the text; saves it if it is new. Called in a transaction; if that is undone, call forget_cached().
  Number number_of(const Scenario& scenario);
  Number number_of(World world, const Settings& settings);
  void forget_cached() noexcept;

  // The scenario with that number; null: there is none. `load` makes it of its text, and may throw
  // std::invalid_argument.
  Scenario scenario(Number number, const std::function<Scenario(const std::string&)>& load);

  // The settings with that number, which a record of a restored world has; null: there are none. Usually the same
  // object each time. A text that is not valid throws DamagedContent.
  Settings settings(Number number);
  // The world has used all those since the last call, and no others: remove_unused() removes them.
  void end_restore(World world);

  void forget_world(World world);
  // Removes some texts that no record has. Called in a transaction of its own, when there may be enough of them.
  bool may_have_unused() const { return changes_ >= kManyChanges; }
  void remove_unused();

 private:
  static constexpr std::size_t kMaxCached = 4'096;
  static constexpr std::size_t kManyChanges = 256;
  struct Cached {
    std::shared_ptr<const void> object;  // so that its address is not used again
    Number number;
  };

  Number find_or_insert(Statement& find, Statement& insert, std::string_view text, std::string_view name);
  const Cached* cached(const void* object) const;
  void cache(std::shared_ptr<const void> object, Number number);
  void note_use(World world, Number settings);

  Statement find_scenario_, insert_scenario_, find_settings_, insert_settings_, insert_use_, read_scenario_,
      read_settings_, forget_uses_;
  Database& database_;
  std::unordered_map<const void*, Cached> cache_;
  std::unordered_map<Number, Settings> read_;  // those that restored records have
  std::set<Number> used_;                      // by the world that is restored
  std::set<std::pair<World, Number>> uses_;    // some of those that are saved
  std::vector<std::pair<World, Number>> unused_;
  std::size_t changes_ = kManyChanges;  // since unused texts were removed; it is unknown what another process left
};

}  // namespace enrichment_mock::state
