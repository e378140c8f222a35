#include "control/restore.h"

#include <atomic>
#include <doctest/doctest.h>

#include "base/waiting.h"
#include "enrichment_mock/emulator.h"
#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

TEST_CASE("the reading of a snapshot ends early if the emulator stops") {
  Emulator emulator;
  emulator.team("k");
  const auto text = emulator.snapshot();
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  std::atomic<bool> stop = false;
  json_text::Document document(text, {}, &stop);
  REQUIRE(document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth));
  const auto snapshot = control::read_snapshot(document.root());
  REQUIRE(snapshot);
  const auto* chosen = control::find_team(*snapshot, {});
  REQUIRE(chosen);
  CHECK(control::read_team(*chosen, *snapshot, *team));
  stop = true;
  CHECK_THROWS_AS(control::read_team(*chosen, *snapshot, *team), base::Stopped);
  json_text::Document unread(text, {}, &stop);
  CHECK_THROWS_AS(unread.read(json_text::Syntax::strict), base::Stopped);
}
