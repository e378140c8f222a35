#include "runner/directory.h"

#include <doctest/doctest.h>
#include <thread>

#include "base/mask.h"
#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using runner::Directory;
using runner::TeamRunner;

namespace {

scenario::Scenario named(std::string name) {
  scenario::Scenario scenario;
  scenario.name = std::move(name);
  return scenario;
}

std::shared_ptr<const scenario::Library> library(std::vector<scenario::Scenario> scenarios) {
  std::vector<scenario::Library::Source> sources;
  for (auto& scenario : scenarios) sources.emplace_back(scenario.name + ".json", scenario);
  auto built = scenario::Library::build(std::move(sources), scenarios.front().name);
  return std::make_shared<const scenario::Library>(std::get<scenario::Library>(std::move(built)));
}

struct DirectoryFixture : RunnerFixture {
  explicit DirectoryFixture(std::vector<scenario::Scenario> scenarios, std::size_t max_teams = 100)
      : directory({time, timer, deliverer}, library(std::move(scenarios)),
                  {.max_teams = max_teams, .secret = 1, .warn = [this](std::string_view text) { warnings += text; }}) {}

  std::shared_ptr<TeamRunner> open(std::string_view key) {
    auto opened = directory.open(key);
    auto* team = std::get_if<std::shared_ptr<TeamRunner>>(&opened);
    return team ? *team : nullptr;
  }
  std::string refusal(std::string_view key) {
    auto opened = directory.open(key);
    const auto* rejected = std::get_if<scenario::KeyRejected>(&opened);
    return rejected ? rejected->reason : "";
  }

  std::string warnings;
  Directory directory;
};

}  // namespace

TEST_CASE("the enrichments of a team's scenario continue even if no command follows its opening") {
  auto scenario = named("x");
  scenario.enrichments = {{.request = lead("pia", kHook)}};
  RunnerFixture fixture{FakeDeliverer::Receiver()};
  Directory directory({fixture.time, fixture.timer, fixture.deliverer}, library({scenario}), {.secret = 1});
  const auto opened = directory.open("k");
  fixture.time.advance(1s);
  CHECK(fixture.deliverer.take().first.notification.linkedin_url == lead("pia").linkedin_url);
}

TEST_CASE("a team whose scenario has open enrichments is not closed when there are too many teams") {
  auto busy = named("busy"), plain = named("plain");
  busy.enrichments = {{.request = lead("pia")}};
  busy.lookup.pending = scenario::Forever{};
  DirectoryFixture fixture({plain, busy}, 2);
  const auto id = fixture.open("busy")->profile().id;
  fixture.open("busy")->credits();
  fixture.open("a");
  fixture.open("b");
  CHECK(fixture.directory.find_by_id(id));
}

TEST_CASE("each key is a separate team, and keeps it") {
  DirectoryFixture fixture({named("default")});
  CHECK(fixture.open("a") == fixture.open("a"));
  CHECK(fixture.open("a") != fixture.open("A"));
  CHECK(fixture.open("a")->scenario()->name == "default");
}

TEST_CASE("a team that was closed and reopened has lost its past, until it is reset") {
  DirectoryFixture fixture({named("default")}, 1);
  CHECK_FALSE(fixture.open("a")->lost_state());
  CHECK_FALSE(fixture.open("b")->lost_state());
  const auto back = fixture.open("a");
  CHECK(back->lost_state());
  CHECK_FALSE(fixture.directory.teams().empty());
  fixture.directory.reset(*back);
  CHECK_FALSE(back->lost_state());
}

TEST_CASE("keys listed under one team share it and its credits") {
  auto listed = named("listed");
  listed.teams = {{"acme", {"k1", "k2"}, 3}, {"other", {"k3"}, {}}};
  DirectoryFixture fixture({named("default"), listed});
  CHECK(fixture.open("k1") == fixture.open("k2"));
  CHECK(fixture.open("k1") != fixture.open("k3"));
  CHECK(fixture.open("k1")->scenario()->name == "listed");
  CHECK(fixture.open("k1")->credits().balance == 3);
  CHECK(fixture.open("k3")->credits().balance == 250);
  CHECK(fixture.open("k1")->profile().label == "acme");
}

TEST_CASE("a key that begins with a scenario's name runs it, as a separate team") {
  DirectoryFixture fixture({named("default"), named("flaky-callback")});
  CHECK(fixture.open("flaky-callback")->scenario()->name == "flaky-callback");
  CHECK(fixture.open("flaky-callback.test-17")->scenario()->name == "flaky-callback");
  CHECK(fixture.open("flaky-callback.a") != fixture.open("flaky-callback.b"));
  CHECK(fixture.open("flaky-callbacks")->scenario()->name == "default");
  CHECK(fixture.open("something.else")->scenario()->name == "default");
}

TEST_CASE("a misspelt scenario name before a dot is refused with the right one") {
  DirectoryFixture fixture({named("default"), named("flaky-callback")});
  CHECK(fixture.refusal("flaky-calback.test").find("\"flaky-callback\"") != std::string::npos);
}

TEST_CASE("a name followed by another separator than a dot is refused with the right form") {
  auto listing = named("listing");
  listing.teams = {{"acme", {"listing:acme", "flaky-callback@acme"}, {}}};
  DirectoryFixture fixture({named("default"), named("flaky"), named("flaky-callback"), listing});
  for (const char separator : std::string_view(":/_,;|@#")) {
    const auto refusal = fixture.refusal(std::string("flaky-callback") + separator + "secret.x");
    CHECK(refusal ==
          "An API key that runs the scenario \"flaky-callback\" is \"flaky-callback\", or begins with "
          "\"flaky-callback.\"; found \"" +
              std::string(1, separator) + "\" in place of the dot");
    CHECK(fixture.refusal(std::string("flaky-callback") + separator).find("in place of the dot") != std::string::npos);
  }
  for (const auto* key : {"flaky-callback.a:b", "flaky-callback-x", "flakycallback:x", "flaky-callbac:x", "x:flaky"})
    CHECK_MESSAGE(fixture.open(key), key);
  CHECK(fixture.open("listing:acme")->scenario()->name == "listing");
  CHECK(fixture.open("flaky-callback@acme")->scenario()->name == "listing");
}

TEST_CASE("a short key is not mistaken for a misspelt name: one edit below four letters, none for a name of two") {
  DirectoryFixture fixture({named("default"), named("ok"), named("a"), named("qux"), named("text")});
  for (const auto* key : {"qa.1", "ci.1", "app.7", "o.1", "okk.1", "qa1.1", "b.1"})
    CHECK_MESSAGE(fixture.open(key), key);
  for (const auto* key : {"qix.1", "qu.1"})
    CHECK_MESSAGE(fixture.refusal(key).find("\"qux\"") != std::string::npos, key);
  CHECK(fixture.refusal("test.1").find("\"text\"") != std::string::npos);
  CHECK(fixture.refusal("tets.1").find("\"text\"") != std::string::npos);
}

TEST_CASE("a scenario that rejects unknown keys accepts its listed keys only") {
  auto closed = named("closed");
  closed.rejects_unknown_keys = true;
  closed.teams = {{"acme", {"k1"}, {}}};
  DirectoryFixture fixture({closed, named("open")});
  CHECK(fixture.open("k1"));
  CHECK(fixture.refusal("k2") == "Invalid API key");
  CHECK(fixture.refusal("closed.x") == "Invalid API key");
  CHECK(fixture.open("open.x"));
}

TEST_CASE("one key in two files is a problem, and so is a default that is not loaded") {
  auto one = named("one"), two = named("two");
  one.teams = two.teams = {{"acme", {"k1"}, {}}};
  auto built = scenario::Library::build({{"one.json", one}, {"two.json", two}}, "onee");
  const auto& problems = std::get<std::vector<json_text::Problem>>(built);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].pointer == "/teams/0/api_keys/0");
  CHECK(problems[1].message.find("did you mean \"one\"?") != std::string::npos);
}

TEST_CASE("scenarios are added to a library together, except those with problems") {
  const auto with_key = [](std::string name) {
    auto scenario = named(std::move(name));
    scenario.teams = {{"t", {"k1"}, {}}};
    return scenario;
  };
  const auto holder = [](const scenario::Library& library) {
    return std::get<scenario::TeamRoute>(library.route("k1")).scenario->name;
  };
  const auto before = library({named("default"), with_key("a"), named("b")});
  SUBCASE("a key moves from one to another") {
    const auto [after, problems] = before->with({{"b.json", with_key("b")}, {"a.json", named("a")}});
    CHECK(problems.empty());
    CHECK(holder(after) == "b");
  }
  SUBCASE("the scenario that has the key keeps it, and others are loaded") {
    const auto [after, problems] = before->with({{"b.json", with_key("b")}, {"c.json", named("c")}});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].file == "b.json");
    CHECK(holder(after) == "a");
    CHECK(after.find("c"));
  }
  SUBCASE("if a scenario is refused, its old version stays, and others may conflict with that") {
    const auto other = library({with_key("a"), named("b"), [&] {
                                  auto scenario = named("c");
                                  scenario.teams = {{"t", {"k2"}, {}}};
                                  return scenario;
                                }()});
    auto moved = named("a");
    moved.teams = {{"t", {"k2"}, {}}};  // c has the key
    const auto [after, problems] = other->with({{"a.json", moved}, {"b.json", with_key("b")}});
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].file == "a.json");
    CHECK(problems[1].file == "b.json");
    CHECK(holder(after) == "a");
  }
}

TEST_CASE("past the limit the team that has been idle longest is closed; if none is idle, new keys are refused") {
  DirectoryFixture fixture({named("default")}, 2);
  const auto busy = fixture.open("busy");
  busy->request(lead("janedoe"));
  fixture.time.advance(1ms);
  fixture.open("idle");
  fixture.time.advance(1ms);
  CHECK(fixture.open("third"));
  CHECK(fixture.warnings.find("idle longest") != std::string::npos);
  CHECK(fixture.open("busy") == busy);
  fixture.open("third")->request(lead("janedoe"));
  CHECK(std::holds_alternative<runner::TooManyTeams>(fixture.directory.open("fourth")));
}

TEST_CASE("a team that is still referenced is not closed, because it may be used next") {
  DirectoryFixture fixture({named("default")}, 1);
  auto held = fixture.open("held");
  CHECK(std::holds_alternative<runner::TooManyTeams>(fixture.directory.open("other")));
  held.reset();
  CHECK(fixture.open("other"));
}

TEST_CASE("reading all teams does not prevent a team from being closed") {
  DirectoryFixture fixture({named("default")}, 1);
  fixture.open("a");
  const auto snapshot = fixture.directory.snapshot();
  CHECK(fixture.open("b"));
  CHECK(fixture.directory.teams().size() == 1);
  CHECK(fixture.directory.teams() != snapshot.teams);
}

TEST_CASE("a team is counted either as open or as closed") {
  DirectoryFixture fixture({named("default")}, 1);
  const auto requests = [&] {
    auto [teams, total] = fixture.directory.snapshot();
    for (const auto& team : teams) total.add(team->totals());
    return total.counters.requests;
  };
  for (const auto* key : {"a", "b", "c"}) {
    fixture.open(key)->count_refused(400);
    CHECK(requests() == static_cast<std::uint64_t>(*key - 'a' + 1));
  }
}

TEST_CASE("a team is not closed while a lookup, a callback or an advance is pending") {
  RunnerFixture around{FakeDeliverer::Receiver{}};
  Directory directory({around.time, around.timer, around.deliverer}, library({named("default")}),
                      {.max_teams = 1, .secret = 1});
  const auto open = [&](std::string_view key) {
    auto opened = directory.open(key);
    auto* team = std::get_if<std::shared_ptr<TeamRunner>>(&opened);
    return team ? *team : nullptr;
  };
  open("busy")->request(lead("janedoe", kHook));
  CHECK_FALSE(open("other"));
  around.time.advance(1min);  // the timer processes all of it
  auto [attempt, done] = around.deliverer.take();
  CHECK_FALSE(open("other"));
  SUBCASE("by itself") {
    done({200, "", 1ms}, {});
    CHECK(open("other"));
  }
  SUBCASE("by a reset") {
    std::thread reset([&] { directory.reset(*open("busy")); });
    around.deliverer.last_cut();
    done({200, "", 1ms}, {});
    reset.join();
    CHECK(open("other"));
  }
  SUBCASE("while a settle goes on") {
    std::thread settle([&] { CHECK(open("busy")->clock().settle(1min).complete); });
    around.time.await_waiters(1);
    done({200, "", 1ms}, {});
    settle.join();
    CHECK(open("other"));
  }
}

TEST_CASE("the warning about closed teams is rate-limited, with the number closed meanwhile") {
  DirectoryFixture fixture({named("default")}, 1);
  int key = 0;
  const auto warning_of_next = [&] {
    fixture.warnings.clear();
    fixture.open("key-" + std::to_string(++key));
    return fixture.warnings;
  };
  CHECK(warning_of_next().empty());
  CHECK(warning_of_next().ends_with("which was idle longest"));
  for (int i = 0; i < 1000; ++i) CHECK(warning_of_next().empty());
  fixture.time.advance(10s);
  CHECK(warning_of_next().ends_with(", and 1000 others since the last warning"));
  fixture.time.advance(10s);
  CHECK(warning_of_next().ends_with("which was idle longest"));
}

TEST_CASE("a key of a closed team opens a new one, and so do the other keys of that team") {
  auto listed = named("listed");
  listed.teams = {{"acme", {"k1", "k2"}, 3}};
  DirectoryFixture fixture({named("default"), listed}, 1);
  const auto* first = fixture.open("k1").get();
  CHECK(fixture.open("k2").get() == first);
  const auto other = fixture.open("other");
  CHECK_FALSE(fixture.open("k1"));
  CHECK_FALSE(fixture.open("k2"));
  CHECK(fixture.directory.find_by_id(other->profile().id) == other);
  CHECK_FALSE(fixture.directory.find_by_id("0000000000000000"));
}

TEST_CASE("a warning's handler may open a team") {
  RunnerFixture around;
  Directory* directory = nullptr;
  int warnings = 0;
  Directory opened({around.time, around.timer, around.deliverer}, library({named("default")}),
                   {.max_teams = 1, .secret = 1, .warn = [&](std::string_view) {
                      if (++warnings == 1) directory->open("from the warning");
                    }});
  directory = &opened;
  opened.open("first");
  opened.open("second");
  CHECK(warnings >= 1);
}

TEST_CASE("a rejected key names the scenario that rejects it") {
  auto closed = named("closed");
  closed.rejects_unknown_keys = true;
  DirectoryFixture fixture({named("default"), closed});
  const auto opened = fixture.directory.open("closed.x");
  CHECK(std::get<scenario::KeyRejected>(opened).scenario->name == "closed");
}

TEST_CASE("a key that was used before its scenario was loaded switches to it, and its team keeps its state") {
  DirectoryFixture fixture({named("default")});
  const auto team = fixture.open("fresh.1");
  team->request(lead("janedoe"));
  team->execute(
      [](engine::Team& state, const engine::Context& context) { return state.adjust_credits(-50, context.now); });
  auto fresh = named("fresh");
  fresh.credits = 7;
  fixture.directory.replace(library({named("default"), fresh}));
  CHECK(fixture.open("fresh.1") == team);
  CHECK(team->scenario()->name == "fresh");
  CHECK(team->credits().balance == 200);
  CHECK(team->catch_up_and_read([](const engine::Team& state) { return state.enrichments().size(); }) == 1);
  CHECK(fixture.open("fresh.2")->credits().balance == 7);
  fixture.directory.reset(*team);
  CHECK(team->scenario()->name == "fresh");
  CHECK(team->credits().balance == 7);

  fixture.directory.replace(library({named("default")}));
  CHECK(team->scenario()->name == "default");
  fixture.directory.reset(*team);
  CHECK(team->scenario()->name == "default");
}

TEST_CASE("a team with its own scenario switches to its key's scenario at its reset") {
  DirectoryFixture fixture({named("default")});
  const auto team = fixture.open("fresh.1");
  team->replace(std::make_shared<const scenario::Scenario>(named("own")), true);
  fixture.directory.replace(library({named("default"), named("fresh")}));
  CHECK(team->scenario()->name == "own");
  fixture.directory.reset(*team);
  CHECK(team->scenario()->name == "fresh");
}

TEST_CASE("a key that was listed or rejected for a while gets its old team back, with the current scenario") {
  DirectoryFixture fixture({named("default")});
  const auto team = fixture.open("fresh.1");
  auto listing = named("listing"), closed = named("fresh");
  listing.teams = {{"acme", {"fresh.1"}, 3}};
  closed.rejects_unknown_keys = true;
  SUBCASE("listed") {
    fixture.directory.replace(library({named("default"), listing}));
    CHECK(fixture.open("fresh.1")->profile().label == "acme");
  }
  SUBCASE("rejected") {
    fixture.directory.replace(library({named("default"), closed}));
    CHECK(fixture.refusal("fresh.1") == "Invalid API key");
  }
  fixture.directory.replace(library({named("default"), named("fresh")}));
  CHECK(fixture.open("fresh.1") == team);
  CHECK(team->scenario()->name == "fresh");
}

TEST_CASE("scenarios that are loaded at the same instant are all kept, and teams get the last one of a name") {
  DirectoryFixture fixture({named("default")});
  const auto team = fixture.open("demo");
  const auto load_many = [&](int from) {
    for (int i = from; i < from + 50; ++i) {
      auto changed = named("default");
      changed.credits = i;
      auto other = named("other-" + std::to_string(i));
      CHECK(fixture.directory.load({{"default.json", changed}, {other.name + ".json", other}}).empty());
    }
  };
  std::thread one(load_many, 1000), two(load_many, 2000);
  one.join();
  two.join();
  CHECK(fixture.directory.library()->all().size() == 101);
  CHECK(team->scenario() == fixture.directory.library()->find("default"));
}

TEST_CASE("if files are loaded together, those that list a key of another file are skipped and reported") {
  DirectoryFixture fixture({named("default")});
  auto one = named("one"), two = named("two");
  one.teams = {{"acme", {"shared-key"}, 3}};
  two.teams = {{"other", {"shared-key"}, 4}};
  const auto problems = fixture.directory.load({{"one.json", one}, {"two.json", two}, {"three.json", named("three")}});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].file == "two.json");
  CHECK(fixture.directory.library()->find("two") == nullptr);
  CHECK(fixture.directory.library()->find("three") != nullptr);
  CHECK(fixture.open("shared-key")->profile().label == "acme");
}

TEST_CASE("a masked key shows only its beginning, and keys have different masks") {
  CHECK(base::mask_key("acme-production-key").starts_with("acme***#"));
  CHECK(base::mask_key("ab").starts_with("***#"));
  CHECK(base::mask_key("acme-production-key") != base::mask_key("acme-production-kez"));
}

TEST_CASE("a team that continues with a snapshot keeps its scenario if the library changes at the same time") {
  DirectoryFixture fixture({named("default")});
  const auto team = fixture.open("k");
  for (int round = 0; round < 30; ++round) {
    const auto own = std::make_shared<const scenario::Scenario>(named("own"));
    const auto setup = team->read([](const engine::Team& state) { return state.setup(); });
    TeamRunner::PutBack world{.scenario = own, .team = engine::Team(setup, kStart), .now = kStart, .journal = {}};
    std::thread reload, restore;
    team->read([&](const engine::Team&) {  // both begin, and wait for the team
      reload = std::thread([&] { fixture.directory.replace(library({named("default")})); });
      for (int yields = 0; yields < 1000; ++yields) std::this_thread::yield();
      restore = std::thread([&] { fixture.directory.put_back(*team, std::move(world)); });
      for (int yields = 0; yields < 1000; ++yields) std::this_thread::yield();
    });
    reload.join();
    restore.join();
    CHECK(team->scenario() == own);
    CHECK(team->has_own_scenario());
    fixture.directory.reset(*team);
  }
}
