#include "base/words.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;

namespace {

enum class Fruit { none, apple, pear };

constexpr auto kFruitWords = base::words<Fruit>({{Fruit::pear, "pear"}, {Fruit::apple, "apple"}});

static_assert(kFruitWords.text(Fruit::pear) == "pear");
static_assert(kFruitWords.value("apple") == Fruit::apple);

}  // namespace

TEST_CASE("a table of words serves both directions") {
  CHECK(kFruitWords.text(Fruit::apple) == "apple");
  CHECK(kFruitWords.text(Fruit::none).empty());
  CHECK(kFruitWords.value("pear") == Fruit::pear);
  CHECK_FALSE(kFruitWords.value("Pear"));
  CHECK_FALSE(kFruitWords.value(""));
}
