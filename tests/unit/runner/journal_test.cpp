#include "runner/journal.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <list>
#include <thread>

using namespace enrichment_mock;
using namespace enrichment_mock::runner;

namespace {

void add(Journal& journal, std::string_view target) { journal.record(store({.target = target})); }

bool all(const JournalEntry&) { return true; }

std::vector<std::string> targets(const std::vector<JournalEntryPtr>& entries) {
  std::vector<std::string> found;
  for (const auto& entry : entries) found.emplace_back(entry->target);
  return found;
}

using Texts = std::vector<std::string>;

constexpr std::size_t kSmallBody = 10'000;  // an entry with such a body takes a little more

void add_body(Journal& journal, std::size_t size) {
  const std::string body(std::min(size, base::kMaxKeptBody), 'x');
  journal.record(store({.body = body, .body_bytes = size}));
}

// The journals of one server, with entries of kSmallBody bytes.
struct ManyJournals {
  ManyJournals(JournalLimits limits, std::initializer_list<int> entries) : shared(limits) {
    for (const int count : entries) {
      auto& journal = all.emplace_back(shared);
      for (int i = 0; i < count; ++i) add_body(journal, kSmallBody);
    }
  }
  std::vector<std::uint64_t> evicted() const {
    std::vector<std::uint64_t> each;
    for (const auto& journal : all) each.push_back(journal.contents().evicted);
    return each;
  }
  Journals shared;
  std::list<Journal> all;
};

using Counts = std::vector<std::uint64_t>;

// Of the first attempt of a callback. With such a body it takes a little more.
std::uint32_t add_exchange(Journal& journal, std::uint64_t callback, std::size_t body = kSmallBody) {
  return journal.record_exchange(std::make_shared<const JournalExchange>(
      callback, 1, base::Exchange{.request_head = "POST", .request_body = std::string(body, 'x')}));
}

// How many of the exchanges with the numbers from 1 are still there.
std::size_t count_exchanges(const Journal& journal, std::uint32_t recorded) {
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < recorded; ++i) count += journal.exchange(i + 1, i, 1) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("entries are listed oldest first, numbered from 1") {
  Journals journals({.calls = 10});
  Journal journal(journals);
  for (const auto* target : {"a", "b", "c"}) add(journal, target);
  const auto entries = journal.entries(0, 10, all);
  CHECK(targets(entries) == Texts{"a", "b", "c"});
  CHECK(entries[0]->number == 1);
  CHECK(entries[2]->number == 3);
  CHECK(journal.contents().evicted == 0);
}

TEST_CASE("a stored call has its own texts, all of them") {
  std::string text = "0123456789";
  const std::string_view all = text;
  const auto entry = store({.method = all.substr(0, 1),
                            .target = all.substr(1, 1),
                            .headers = all.substr(2, 1),
                            .key = all.substr(3, 1),
                            .body = all.substr(4, 1),
                            .answer = all.substr(5, 1),
                            .fault = all.substr(6, 1),
                            .rule = all.substr(7, 1),
                            .reason = all.substr(8, 2),
                            .status = 201});
  text.assign(10, '-');
  std::string found;
  for (const auto each : {entry->method, entry->target, entry->headers, entry->key, entry->body, entry->answer,
                          entry->fault, entry->rule, entry->reason})
    found += each;
  CHECK(found == "0123456789");
  CHECK(entry->status == 201);
  CHECK(entry->memory() == store({})->memory() + 10);
}

TEST_CASE("a full journal evicts the oldest entry, and counts the evictions") {
  Journals journals({.calls = 3});
  Journal journal(journals);
  for (int i = 0; i < 8; ++i) add(journal, std::to_string(i));
  const auto contents = journal.contents();
  CHECK(targets(contents.entries) == Texts{"5", "6", "7"});
  CHECK(contents.evicted == 5);
  CHECK(journal.count() == 3);
}

TEST_CASE("the latest matching entries are listed oldest first, from a full journal, too") {
  Journals journals({.calls = 4});
  Journal journal(journals);
  CHECK(journal.latest(2, all).empty());
  for (int i = 0; i < 6; ++i) add(journal, std::to_string(i));
  CHECK(targets(journal.latest(2, all)) == Texts{"4", "5"});
  CHECK(targets(journal.latest(9, all)) == Texts{"2", "3", "4", "5"});
  CHECK(targets(journal.latest(2, [](const JournalEntry& entry) { return entry.number % 2 == 1; })) == Texts{"2", "4"});
}

TEST_CASE("paging: the next N entries after a number that match") {
  Journals journals({.calls = 4});
  Journal journal(journals);
  for (int i = 1; i <= 6; ++i) add(journal, std::to_string(i));
  const auto even = [](const JournalEntry& entry) { return entry.number % 2 == 0; };
  CHECK(targets(journal.entries(0, 2, all)) == Texts{"3", "4"});
  CHECK(targets(journal.entries(4, 9, all)) == Texts{"5", "6"});
  CHECK(targets(journal.entries(6, 9, all)).empty());
  CHECK(targets(journal.entries(0, 9, even)) == Texts{"4", "6"});
  CHECK(targets(journal.entries(0, 1, even)) == Texts{"4"});
}

TEST_CASE("clearing resets the count of evicted entries, and numbers continue") {
  Journals journals({.calls = 2});
  Journal journal(journals);
  for (int i = 0; i < 3; ++i) add(journal, "old");
  journal.clear();
  CHECK(journal.count() == 0);
  CHECK(journal.contents().evicted == 0);
  CHECK(journal.entries(0, 9, all).empty());
  for (const auto* target : {"a", "b", "c"}) add(journal, target);
  CHECK(targets(journal.contents().entries) == Texts{"b", "c"});
  CHECK(journal.contents().entries[0]->number == 5);
}

TEST_CASE("clearing a journal that was not full yet") {
  Journals journals({.calls = 3});
  Journal journal(journals);
  add(journal, "old");
  journal.clear();
  for (const auto* target : {"a", "b", "c", "d"}) add(journal, target);
  CHECK(targets(journal.contents().entries) == Texts{"b", "c", "d"});
}

TEST_CASE("a journal of size 0 records nothing") {
  Journals journals({.calls = 0});
  Journal journal(journals);
  CHECK_FALSE(journal.on());
  add(journal, "x");
  CHECK(journal.count() == 0);
}

TEST_CASE("journals never use a number twice, on any thread") {
  Journals journals({.calls = 1000});
  Journal one(journals), other(journals);
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
      CHECK(entry->number > last);
      CHECK_FALSE(seen.at(entry->number));
      seen[entry->number] = true;
      last = entry->number;
    }
  }
  CHECK(std::ranges::count(seen, true) == 400);
}

TEST_CASE("a journal keeps to its limit of bytes, whatever the number of its entries") {
  Journals journals({.calls = 1000, .bytes = 5 * kSmallBody});
  Journal journal(journals);
  for (int i = 0; i < 10; ++i) add_body(journal, kSmallBody);
  CHECK(journal.count() == 4);
  CHECK(journal.contents().evicted == 6);
  CHECK(journal.bytes() <= 5 * kSmallBody);
  CHECK(journal.bytes() >= 4 * kSmallBody);
  CHECK(journals.bytes() == journal.bytes());
  add(journal, "small");
  CHECK(journal.count() == 5);
  add_body(journal, 6 * kSmallBody);  // an entry larger than the limit is kept alone
  CHECK(journal.count() == 1);
}

TEST_CASE("a journal's bytes are released with its entries, and with the journal") {
  Journals journals({.calls = 3});
  {
    Journal journal(journals);
    for (int i = 0; i < 5; ++i) add_body(journal, kSmallBody);
    const auto three = journal.bytes();
    CHECK(three < 4 * kSmallBody);
    CHECK(journals.bytes() == three);
    CHECK(journal.clear().entries.size() == 3);
    CHECK(journal.bytes() == 0);
    CHECK(journals.bytes() == 0);
    add_body(journal, kSmallBody);
    CHECK(journals.bytes() == journal.bytes());
  }
  CHECK(journals.bytes() == 0);
}

TEST_CASE("an entry stays valid for its holder after the journal has removed it") {
  Journals journals({.calls = 1});
  Journal journal(journals);
  add(journal, "kept");
  const auto kept = journal.contents().entries.at(0);
  add(journal, "next");
  journal.clear();
  CHECK(kept->target == "kept");
  CHECK(kept->number == 1);
}

TEST_CASE("if all journals together hold too much, the largest ones lose their oldest entries") {
  constexpr std::size_t kTotal = 2'000'000;
  ManyJournals journals({.calls = 1000, .total_bytes = kTotal}, {10, 90, 20, 120});
  const auto evicted = journals.evicted();
  CHECK(evicted[0] == 0);
  CHECK(evicted[2] == 0);
  CHECK(evicted[1] > 0);
  CHECK(evicted[3] > evicted[1]);  // down to the same size
  CHECK(journals.shared.bytes() <= kTotal);
  CHECK(journals.shared.bytes() > kTotal - kTotal / 10);
}

TEST_CASE("a small journal loses nothing, even if others use all the memory") {
  constexpr std::size_t kTotal = 4'000'000;
  ManyJournals journals({.calls = 1000, .total_bytes = kTotal}, {20});  // less than 256 KB
  for (int i = 0; i < 15; ++i) {
    auto& other = journals.all.emplace_back(journals.shared);
    for (int n = 0; n < 100; ++n) add_body(other, kSmallBody);
    CHECK(journals.shared.bytes() <= kTotal);
  }
  CHECK(journals.evicted()[0] == 0);
}

TEST_CASE("truncated bodies are removed before a journal of less than 256 KB loses an entry") {
  constexpr std::size_t kTotal = 4'000'000;
  ManyJournals journals({.calls = 1000, .total_bytes = kTotal}, {20});
  for (int i = 0; i < 200; ++i) add_body(journals.all.emplace_back(journals.shared), 1'000'000);
  CHECK(journals.shared.bytes() <= kTotal);
  CHECK(journals.evicted() == Counts(201, 0));
  std::size_t dropped = 0;
  for (const auto& journal : journals.all) {
    const auto entry = journal.contents().entries.at(0);
    if (entry->body_bytes != 1'000'000) continue;
    CHECK(entry->body_truncated());
    if (entry->body.empty()) ++dropped;
  }
  CHECK(dropped > 100);
  CHECK(journals.all.front().contents().entries.at(0)->body.size() == kSmallBody);
}

TEST_CASE("if there are too many journals for 256 KB each, all have an equal share") {
  constexpr std::size_t kTotal = 1'000'000;
  ManyJournals journals({.calls = 1000, .total_bytes = kTotal}, {2});
  for (int i = 0; i < 9; ++i) {
    auto& other = journals.all.emplace_back(journals.shared);
    for (int n = 0; n < 20; ++n) add_body(other, kSmallBody);
  }
  CHECK(journals.shared.bytes() <= kTotal);
  CHECK(journals.evicted()[0] == 0);
  for (const auto& journal : journals.all) CHECK(journal.count() > 0);
}

TEST_CASE("what a snapshot has of a journal is trimmed before it is put back, and keeps its numbers") {
  const auto journals = std::make_shared<Journals>(JournalLimits{.calls = 2});
  Journal journal(*journals);
  Journal::Kept kept{.evicted = 3};
  for (std::uint64_t number = 4; number <= 7; ++number) {
    kept.entries.push_back(store({.number = number}));
    kept.exchanges.push_back(std::make_shared<const runner::JournalExchange>(number, 1, base::Exchange()));
  }
  journal.trim(kept);
  CHECK(kept.entries.size() == 2);
  CHECK(kept.evicted == 5);
  CHECK(kept.first_exchange == 3);
  journal.reserve();
  journal.put_back(std::move(kept));
  CHECK(journal.contents().entries.front()->number == 6);
  CHECK_FALSE(journal.exchange(2, 5, 1));
  CHECK(journal.exchange(3, 6, 1));
}

TEST_CASE("an exchange is found by its number, for its attempt only, until there are too many") {
  Journals journals({.calls = 3});
  Journal journal(journals);
  for (std::uint32_t i = 0; i < 5; ++i) CHECK(add_exchange(journal, i, 1) == i + 1);
  CHECK(count_exchanges(journal, 5) == 3);
  CHECK_FALSE(journal.exchange(2, 1, 1));
  REQUIRE(journal.exchange(3, 2, 1));
  CHECK(journal.exchange(5, 4, 1)->content.request_body == "x");
  CHECK_FALSE(journal.exchange(0, 0, 1));
  CHECK_FALSE(journal.exchange(6, 5, 1));
  CHECK_FALSE(journal.exchange(5, 3, 1));
  CHECK_FALSE(journal.exchange(5, 4, 2));
  CHECK(journal.record_exchange(nullptr) == 0);
  CHECK(journal.count() == 0);
  const auto removed = journal.clear();
  CHECK(removed.exchanges.size() == 3);
  CHECK(journal.bytes() == 0);
  CHECK_FALSE(journal.exchange(5, 4, 1));
  CHECK(add_exchange(journal, 7) == 6);
  CHECK_FALSE(journal.exchange(1, 7, 1));
  CHECK(journal.exchange(6, 7, 1));
}

TEST_CASE("a journal that is off keeps no exchange") {
  Journals journals({.calls = 0});
  Journal journal(journals);
  CHECK(add_exchange(journal, 0) == 0);
  CHECK(journals.bytes() == 0);
}

TEST_CASE("exchanges have the memory that entries leave: no entry is evicted for one") {
  Journals journals({.calls = 100, .bytes = 10 * kSmallBody});
  Journal journal(journals);
  for (int i = 0; i < 5; ++i) add_body(journal, kSmallBody);
  for (std::uint32_t i = 0; i < 9; ++i) add_exchange(journal, i);
  CHECK(count_exchanges(journal, 9) == 4);
  CHECK(journal.count() == 5);
  CHECK(journals.bytes() == journal.bytes());
  for (int i = 0; i < 3; ++i) add_body(journal, kSmallBody);
  CHECK(count_exchanges(journal, 9) == 1);
  CHECK(journal.exchange(9, 8, 1));
  CHECK(journal.contents().evicted == 0);
  add_body(journal, kSmallBody);
  CHECK(count_exchanges(journal, 9) == 0);
  CHECK(journal.contents().evicted == 0);
  add_exchange(journal, 9);
  CHECK(count_exchanges(journal, 10) == 0);
  CHECK(journal.contents().evicted == 0);
  CHECK(journal.bytes() <= 10 * kSmallBody);
}

TEST_CASE("an entry that is evicted because there are too many makes room before an exchange is evicted") {
  Journals journals({.calls = 5, .bytes = 10 * kSmallBody});
  Journal journal(journals);
  for (std::uint32_t i = 0; i < 4; ++i) add_exchange(journal, i);
  for (int i = 0; i < 9; ++i) add_body(journal, kSmallBody);
  CHECK(journal.count() == 5);
  CHECK(count_exchanges(journal, 4) == 4);
}

TEST_CASE("if all journals together hold too much, the most exchanges are evicted, and no entry for an exchange") {
  constexpr std::size_t kTotal = 2'000'000;
  Journals journals({.calls = 1000, .total_bytes = kTotal});
  Journal few(journals), many(journals), calls(journals);
  for (std::uint32_t i = 0; i < 10; ++i) add_exchange(few, i);
  for (int i = 0; i < 100; ++i) add_body(calls, kSmallBody);
  for (std::uint32_t i = 0; i < 200; ++i) add_exchange(many, i);
  CHECK(journals.bytes() <= kTotal);
  CHECK(count_exchanges(few, 10) == 10);
  CHECK(count_exchanges(many, 200) > 70);
  CHECK(count_exchanges(many, 200) < 90);
  CHECK(calls.contents().evicted == 0);
  for (int i = 0; i < 120; ++i) add_body(calls, kSmallBody);
  CHECK(count_exchanges(many, 200) == 0);
  CHECK(count_exchanges(few, 10) == 0);
  CHECK(calls.contents().evicted > 0);
  CHECK(calls.count() > 180);
  CHECK(journals.bytes() == calls.bytes());
  CHECK(journals.bytes() <= kTotal);
}

TEST_CASE("exchanges are evicted before a truncated body is removed") {
  constexpr std::size_t kTotal = 4'000'000;
  ManyJournals journals({.calls = 1000, .total_bytes = kTotal}, {});
  for (int i = 0; i < 50; ++i) add_body(journals.all.emplace_back(journals.shared), 1'000'000);
  for (int i = 0; i < 50; ++i)
    for (auto& journal : journals.all) add_exchange(journal, 0);
  CHECK(journals.shared.bytes() <= kTotal);
  for (const auto& journal : journals.all) CHECK(journal.contents().entries.at(0)->body.size() == base::kMaxKeptBody);
}
