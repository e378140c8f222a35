#include "runner/journal.h"

#include <doctest/doctest.h>
#include <thread>

using namespace enrichment_mock::runner;

namespace {

void add(Journal& journal, const std::string& target) {
  journal.record([&](Entry& entry) { entry.target = target; });
}

bool all(const Entry&) { return true; }

std::vector<std::string> targets(const std::vector<Entry>& entries) {
  std::vector<std::string> found;
  for (const auto& entry : entries) found.push_back(entry.target);
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("entries are listed oldest first, numbered from 1") {
  Sequence sequence = 0;
  Journal journal(10, sequence);
  for (const auto* target : {"a", "b", "c"}) add(journal, target);
  const auto entries = journal.entries(0, 10, all);
  CHECK(targets(entries) == Texts{"a", "b", "c"});
  CHECK(entries[0].number == 1);
  CHECK(entries[2].number == 3);
  CHECK(journal.contents().evicted == 0);
}

TEST_CASE("a full journal pushes out the oldest, and says how many") {
  Sequence sequence = 0;
  Journal journal(3, sequence);
  for (int i = 0; i < 8; ++i) add(journal, std::to_string(i));
  const auto contents = journal.contents();
  CHECK(targets(contents.entries) == Texts{"5", "6", "7"});
  CHECK(contents.evicted == 5);
  CHECK(journal.count() == 3);
}

TEST_CASE("the latest that are wanted are listed oldest first, from a full journal, too") {
  Sequence sequence = 0;
  Journal journal(4, sequence);
  CHECK(journal.latest(2, all).empty());
  for (int i = 0; i < 6; ++i) add(journal, std::to_string(i));
  CHECK(targets(journal.latest(2, all)) == Texts{"4", "5"});
  CHECK(targets(journal.latest(9, all)) == Texts{"2", "3", "4", "5"});
  CHECK(targets(journal.latest(2, [](const Entry& entry) { return entry.number % 2 == 1; })) == Texts{"2", "4"});
}

TEST_CASE("an entry takes nothing over from the one whose place it gets") {
  Sequence sequence = 0;
  Journal journal(1, sequence);
  journal.record([](Entry& entry) {
    entry.method = entry.target = entry.headers = entry.body = entry.answer = "x";
    entry.fault = entry.rule = entry.enrichment_id = entry.reason = "x";
    entry.status = entry.step = 7;
    entry.matched = false;
  });
  add(journal, "next");
  const auto entry = journal.contents().entries.at(0);
  CHECK(entry.target == "next");
  CHECK(entry.number == 2);
  CHECK(entry.method + entry.headers + entry.body + entry.answer == "");
  CHECK(entry.fault + entry.rule + entry.enrichment_id + entry.reason == "");
  CHECK(entry.status == 0);
  CHECK(entry.step == 0);
  CHECK(entry.matched);
}

TEST_CASE("paging: so many after a number, and only those that are wanted") {
  Sequence sequence = 0;
  Journal journal(4, sequence);
  for (int i = 1; i <= 6; ++i) add(journal, std::to_string(i));
  const auto even = [](const Entry& entry) { return entry.number % 2 == 0; };
  CHECK(targets(journal.entries(0, 2, all)) == Texts{"3", "4"});
  CHECK(targets(journal.entries(4, 9, all)) == Texts{"5", "6"});
  CHECK(targets(journal.entries(6, 9, all)).empty());
  CHECK(targets(journal.entries(0, 9, even)) == Texts{"4", "6"});
  CHECK(targets(journal.entries(0, 1, even)) == Texts{"4"});
}

TEST_CASE("clearing forgets the evicted, too, and numbers go on") {
  Sequence sequence = 0;
  Journal journal(2, sequence);
  for (int i = 0; i < 3; ++i) add(journal, "old");
  journal.clear();
  CHECK(journal.count() == 0);
  CHECK(journal.contents().evicted == 0);
  CHECK(journal.entries(0, 9, all).empty());
  for (const auto* target : {"a", "b", "c"}) add(journal, target);
  CHECK(targets(journal.contents().entries) == Texts{"b", "c"});
  CHECK(journal.contents().entries[0].number == 5);
}

TEST_CASE("clearing a journal that was not full yet") {
  Sequence sequence = 0;
  Journal journal(3, sequence);
  add(journal, "old");
  journal.clear();
  for (const auto* target : {"a", "b", "c", "d"}) add(journal, target);
  CHECK(targets(journal.contents().entries) == Texts{"b", "c", "d"});
}

TEST_CASE("a journal of size 0 records nothing and uses up no number") {
  Sequence sequence = 0;
  Journal journal(0, sequence);
  CHECK_FALSE(journal.on());
  add(journal, "a");
  CHECK(journal.count() == 0);
  CHECK(sequence == 0);
}

TEST_CASE("journals that share a sequence never give a number twice, from whatever thread") {
  Sequence sequence = 0;
  Journal one(1000, sequence), other(1000, sequence);
  std::vector<std::thread> writers;
  for (auto* journal : {&one, &other, &one, &other})
    writers.emplace_back([journal] {
      for (int i = 0; i < 100; ++i) add(*journal, "x");
    });
  for (auto& writer : writers) writer.join();
  std::vector<bool> seen(401);
  for (const auto* journal : {&one, &other}) {
    std::uint64_t last = 0;
    for (const auto& entry : journal->contents().entries) {
      CHECK(entry.number > last);
      CHECK_FALSE(seen.at(entry.number));
      seen[entry.number] = true;
      last = entry.number;
    }
  }
  CHECK(sequence == 400);
}
