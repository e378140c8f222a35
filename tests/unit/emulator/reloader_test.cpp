#include "emulator/reloader.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "support/scarce_memory.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

TEST_CASE("a change is reported later if there was no memory to report it, until it is accepted") {
  const TemporaryDirectory folder;
  const std::vector<std::string> files{folder.write("a.json", "old"), folder.write("b.json", "old")};
  FileWatch watch([&] { return files; });
  folder.write("a.json", "a content that has changed");
  folder.write("b.json", "a content that has changed, too");
  watch.look();
  repeat_until_memory_suffices(
      1, [&] { watch.look(); }, [] {});
  CHECK(watch.look() == files);
  repeat_until_memory_suffices(
      1, [&] { watch.accept(); }, [] {});
  CHECK(watch.look().empty());
}
