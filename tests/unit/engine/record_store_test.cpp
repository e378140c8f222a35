#include "engine/record_store.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using enrichment_mock::engine::Number;
using enrichment_mock::engine::RecordStore;

namespace {

RecordStore<std::string> store_of(Number count) {
  RecordStore<std::string> store;
  for (Number i = 0; i < count; ++i) store.add() = std::to_string(i);
  return store;
}

std::vector<std::string> all_of(const RecordStore<std::string>& store, Number from = 0) {
  return {store.from(from), store.end()};
}

}  // namespace

TEST_CASE("records are found by number until they are removed, and their numbers are not used again") {
  auto store = store_of(1000);
  CHECK(store.size() == 1000);
  CHECK(store[999] == "999");
  CHECK(store.find(1000) == nullptr);
  CHECK_THROWS_AS(store[1000], std::out_of_range);
  store.erase(7);
  store.erase(7);
  store.erase(5000);
  CHECK(store.find(7) == nullptr);
  CHECK(*store.find(8) == "8");
  CHECK(store.size() == 999);
  store.add() = "next";
  CHECK(store[1000] == "next");
}

TEST_CASE("the remaining records are iterated in order, from any number on") {
  auto store = store_of(2000);
  for (Number i = 0; i < 1999; ++i)
    if (i % 500 != 3) store.erase(i);
  CHECK(all_of(store) == std::vector<std::string>{"3", "503", "1003", "1503", "1999"});
  CHECK(all_of(store, 503) == std::vector<std::string>{"503", "1003", "1503", "1999"});
  CHECK(all_of(store, 504) == std::vector<std::string>{"1003", "1503", "1999"});
  CHECK(all_of(store, 2000).empty());
  CHECK(store.from(600).number() == 1003);
  CHECK(*store.before(2000) == "1999");
  CHECK(*store.before(1999) == "1503");
  CHECK(*store.before(4) == "3");
  CHECK(store.before(3) == nullptr);
}

TEST_CASE("an emptied store continues its numbers, at every position within a block") {
  for (const Number count : {1U, 15U, 16U, 17U, 32U, 1000U}) {
    CAPTURE(count);
    auto store = store_of(count);
    for (Number i = 0; i < count; ++i) store.erase(count - 1 - i);
    CHECK(store.empty());
    CHECK(all_of(store).empty());
    store.add() = "new";
    CHECK(store.end_number() == count + 1);
    CHECK(all_of(store) == std::vector<std::string>{"new"});
    store.erase(count);
    CHECK(store.empty());
  }
}

TEST_CASE("later records can be removed before an older one") {
  auto store = store_of(1);
  for (Number i = 1; i < 10'000; ++i) {
    store.add() = std::to_string(i);
    if (i > 1) store.erase(i - 1);
  }
  CHECK(all_of(store) == std::vector<std::string>{"0", "9999"});
  store.erase(0);
  CHECK(all_of(store) == std::vector<std::string>{"9999"});
}
