// Tests how snapshots are read. Every text is a snapshot or has problems, in memory that is a multiple of the text. A
// team that continues with it is shown as it is in the snapshot that is made of it then, and continues the same.
#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <sanitizer/allocator_interface.h>
#include <string>
#include <string_view>
#include <vector>

#include "control/restore.h"
#include "control/snapshot.h"
#include "emulator/load.h"
#include "fuzz/problem_rules.h"
#include "fuzz/require.h"
#include "json/fields.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace enrichment_mock::fuzz {
namespace {

using json_text::Document;
using json_text::Kind;
using json_text::Value;
using runner::TeamRunner;

// Memory ------------------------------------------------------------------------------------------------------------

// What a text may take in addition: blocks of records whose numbers are far apart.
constexpr std::int64_t kMemoryOfNothing = 32 * 1024 * 1024;
// The most that a byte may take: "1," is a value.
constexpr std::int64_t kMemoryPerByte = 256;

std::atomic<std::int64_t> allocated, most_allocated;

void on_malloc(const volatile void*, std::size_t size) {
  const auto now = allocated += static_cast<std::int64_t>(size);
  for (auto most = most_allocated.load(); now > most && !most_allocated.compare_exchange_weak(most, now);) {
  }
}

void on_free(const volatile void* block) {
  allocated -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(const_cast<const void*>(block)));
}

class MemoryCheck {
 public:
  MemoryCheck() { most_allocated = before_; }
  void end(std::size_t size, std::size_t teams) const {
    const auto of_teams = kMemoryOfNothing * static_cast<std::int64_t>(teams + 1);
    require(most_allocated - before_ <= of_teams + kMemoryPerByte * static_cast<std::int64_t>(size),
            "reading takes a multiple of the text's memory");
  }

 private:
  const std::int64_t before_ = allocated;
};

// A server that nobody calls ------------------------------------------------------------------------------------------

// Each second callback succeeds only in its second attempt.
class SecondAttempts final : public runner::Deliverer {
 public:
  void deliver(engine::DueAttempt attempt, const runner::TeamProfile&, Cut, Done done) override {
    done({attempt.callback % 2 == 0 || attempt.number > 1 ? 200 : 500, "", std::chrono::milliseconds(1)}, {});
  }
};

struct Server {
  Server() { require(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) != 0, "memory can be counted"); }

  runner::TeamServices team_services() { return {.time = time, .timer = timer, .deliverer = deliverer}; }

  std::shared_ptr<TeamRunner> fresh_team() {
    const auto scenario = directory.library()->default_scenario();
    return std::make_shared<TeamRunner>(
        team_services(), engine::TeamSetup{scenario, "fuzz", "", scenario->credits, 7},
        runner::TeamProfile{.label = "fuzz",
                            .id = "0123456789abcdef",
                            .masked_key = "fuz***",
                            .journals = std::make_shared<runner::Journals>(runner::JournalLimits{.calls = 1000})});
  }

  runner::SystemTime time;
  runner::Timer timer{time};
  SecondAttempts deliverer;
  control::EventFeed events;
  runner::Directory directory{team_services(), load_library({}), {}};
  control::Services services{directory, events, {}};
};

Server& server() {
  static Server one;
  return one;
}

std::string snapshot_of(const std::shared_ptr<TeamRunner>& team) {
  return control::snapshot_of(server().services, team).take();
}

// Without the time at which it was made.
std::string_view content_of(std::string_view snapshot) { return snapshot.substr(snapshot.find("\"teams\":")); }

// What is checked -----------------------------------------------------------------------------------------------------

std::list<TeamRunner::PutBack> read(Document& document, const TeamRunner& of) {
  std::list<TeamRunner::PutBack> worlds;
  document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth);
  json_text::report_syntax_errors(document);
  if (!document.problems().empty()) return worlds;
  const auto snapshot = control::read_snapshot(document.root());
  require(snapshot.has_value() == document.problems().empty(), "a text is a snapshot or has problems");
  if (!snapshot) return worlds;
  for (const auto& team : snapshot->teams) {
    auto world = control::read_team(team, *snapshot, of);
    require(world.has_value() == document.problems().empty(), "a team can be read or has problems");
    if (!world) break;
    worlds.push_back(*std::move(world));
  }
  return worlds;
}

// Everything that falls due in an hour happens, unless the years end before that.
void continue_with(TeamRunner& team) {
  try {
    team.clock().advance(std::chrono::hours(1));
  } catch (const runner::TimeOutOfRange&) {
  }
}

void check_world(TeamRunner::PutBack world) {
  const auto first = server().fresh_team(), second = server().fresh_team();
  first->put_back(std::move(world));
  const auto text = snapshot_of(first);
  Document document(text, "-");
  auto again = read(document, *second);
  if (!document.problems().empty()) std::fprintf(stderr, "%s\n", to_string(document.problems().front()).c_str());
  require(again.size() == 1, "a snapshot of a restored team can be restored");
  second->put_back(std::move(again.front()));
  require(content_of(snapshot_of(second)) == content_of(text), "a restored team is shown as before");
  for (const auto& team : {first, second}) continue_with(*team);
  require(content_of(snapshot_of(first)) == content_of(snapshot_of(second)), "restored teams continue the same");
}

void check_text(std::string_view text) {
  const auto of = server().fresh_team();
  std::list<TeamRunner::PutBack> worlds;
  {
    const MemoryCheck memory;
    Document document(text, "-");
    worlds = read(document, *of);
    memory.end(text.size(), worlds.size());
    for (const auto& problem : document.problems()) check_problem(problem, text);
    if (!document.problems().empty()) return;
  }
  for (auto& world : worlds) check_world(std::move(world));
}

// Changes to values -----------------------------------------------------------------------------------------------

struct Place {
  Value value;
  bool is_element;  // of an array
};

void collect(const Value& value, bool is_element, std::vector<Place>& into) {
  into.push_back({value, is_element});
  for (const auto child : value.children()) collect(child, value.is_array(), into);
}

constexpr std::array<std::string_view, 16> kTexts = {"0",
                                                     "1",
                                                     "-1",
                                                     "9007199254740991",
                                                     "4611686018427387904",
                                                     "1e999",
                                                     "\"\"",
                                                     "null",
                                                     "true",
                                                     "false",
                                                     "[]",
                                                     "{}",
                                                     "\"0ms\"",
                                                     "\"forever\"",
                                                     "{\"polls\":1}",
                                                     "\"2026-12-01T00:00:00Z\""};

// The text with one value changed, left out, doubled, or replaced by another one.
std::string with_another_value(Document& document, std::minstd_rand& random) {
  const std::string_view text = document.text();
  std::vector<Place> places;
  collect(document.root(), false, places);
  const auto any = [&]() -> const Place& { return places[random() % places.size()]; };
  const auto& place = any();
  const auto raw = place.value.raw();
  auto begin = place.value.begin(), end = begin + raw.size();
  std::string by;
  switch (random() % 6) {
    case 0:
      by = kTexts[random() % kTexts.size()];
      break;
    case 1: {  // one above, one below, or a bit more
      std::int64_t number = 0;
      std::from_chars(raw.data(), raw.data() + raw.size(), number);
      by = std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(number) + random() % 5 - 2));
      break;
    }
    case 2: {  // left out, with one comma
      if (!place.is_element && begin > 0) begin = place.value.key_begin();
      if (end < text.size() && text[end] == ',')
        ++end;
      else if (begin > 0 && text[begin - 1] == ',')
        --begin;
      break;
    }
    case 3:
      by = std::string(raw);
      if (place.is_element) by.append(",").append(raw);
      break;
    default: {
      const auto* other = &any();
      for (int tries = 0; tries < 20 && other->value.kind() != place.value.kind(); ++tries) other = &any();
      by = other->value.raw();
    }
  }
  return std::string(text.substr(0, begin)).append(by).append(text.substr(end));
}

}  // namespace
}  // namespace enrichment_mock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  enrichment_mock::fuzz::check_text({reinterpret_cast<const char*>(data), size});
  return 0;
}

// Most changes to bytes end in texts that are not JSON, so that most changes are to values.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  using namespace enrichment_mock;
  std::minstd_rand random(seed);
  const std::string text(reinterpret_cast<const char*>(data), size);
  json_text::Document document(text);
  if (random() % 4 == 0 || !document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth))
    return LLVMFuzzerMutate(data, size, max_size);
  const auto changed = fuzz::with_another_value(document, random);
  if (changed.empty() || changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}
