#include "runner/sink.h"

#include <doctest/doctest.h>
#include <future>

#include "runner/commits.h"
#include "runner/waits.h"
#include "support/patience.h"
#include "support/runner_fixture.h"
#include "support/scarce_memory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::runner;
using namespace std::chrono_literals;
using support::kPatience;

namespace {

using Texts = std::vector<std::string>;
using Statuses = std::vector<int>;

constexpr Sink::Page kAll{.limit = 1'000};

struct SinkFixture {
  explicit SinkFixture(SinkLimits limits = {}) : sink(std::make_shared<Sink>(limits)) {}

  std::shared_ptr<const Sink::Mark> mark(Sink::Team team) { return sink->mark({.team = team}); }

  // A request with that path. Returns the status of its answer: 0 if there are too many lists, -1 if the mark is
  // unknown.
  int receive(std::string_view name, Sink::Team team = Sink::kNoTeam, const std::string& target = "/",
              std::size_t body = 0) {
    if (team == Sink::kNoTeam) return receive_marked(name, {}, target, body);
    return receive_marked(name, mark(team)->text(), target, body);
  }
  int receive_marked(std::string_view name, std::string_view text, const std::string& target = "/",
                     std::size_t body = 0) {
    const auto received =
        sink->receive(name, text, {.target = target, .body = std::string(body, 'x'), .body_bytes = body});
    if (const auto* answer = std::get_if<Sink::Answer>(&received)) return answer->status;
    return std::get<Sink::Refusal>(received) == Sink::Refusal::full ? 0 : -1;
  }

  Texts targets(std::string_view name, std::optional<Sink::Team> team = {}, Sink::Page page = kAll) const {
    Texts found;
    for (const auto& entry : sink->contents(name, team, page).entries) found.push_back(entry->target);
    return found;
  }

  std::shared_ptr<Sink> sink;
};

}  // namespace

TEST_CASE("a sink: names are letters, digits, dashes, underscores and dots, at most 64") {
  for (const auto* name : {"a", "first", "A-b_c.9", "..", "0"}) CHECK(Sink::is_name(name));
  CHECK(Sink::is_name(std::string(64, 'x')));
  for (const auto* name : {"", "a b", "a/b", "a%20b", "ä", "a?"}) CHECK_FALSE(Sink::is_name(name));
  CHECK_FALSE(Sink::is_name(std::string(65, 'x')));
}

TEST_CASE("a sink: each team sees its own requests at a name, and without a team all are seen in their order") {
  SinkFixture f;
  f.receive("x", 1, "/1");
  f.receive("x", 2, "/2");
  f.receive("x", Sink::kNoTeam, "/3");
  f.receive("y", 1, "/4");
  f.receive("x", 1, "/5");
  CHECK(f.targets("x", 1) == Texts{"/1", "/5"});
  CHECK(f.targets("x", 2) == Texts{"/2"});
  CHECK(f.targets("x", 3).empty());
  CHECK(f.targets("x") == Texts{"/1", "/2", "/3", "/5"});
  CHECK(f.targets("y") == Texts{"/4"});
  CHECK(f.targets("z").empty());
  const auto of_one = f.sink->summaries(1), of_all = f.sink->summaries({});
  REQUIRE(of_one.size() == 2);
  CHECK(of_one[0].name == "x");
  CHECK(of_one[0].received == 2);
  REQUIRE(of_all.size() == 2);
  CHECK(of_all[0].received == 4);
  CHECK(of_all[1].name == "y");
}

TEST_CASE("a sink: pages follow the numbers, from the beginning or from the end") {
  SinkFixture f;
  for (int i = 1; i <= 5; ++i) f.receive("x", i % 2 == 0 ? 0u : 1u, "/" + std::to_string(i));
  const auto first = f.sink->contents("x", {}, {.limit = 2});
  CHECK(first.has_more);
  CHECK(first.received == 5);
  CHECK(f.targets("x", {}, {.limit = 2}) == Texts{"/1", "/2"});
  CHECK(f.targets("x", {}, {.limit = 2, .after = first.entries.back()->number}) == Texts{"/3", "/4"});
  CHECK_FALSE(f.sink->contents("x", {}, {.limit = 2, .after = 4}).has_more);
  CHECK(f.targets("x", 1, {.limit = 2, .is_last = true}) == Texts{"/3", "/5"});
  CHECK(f.targets("x", {}, {.limit = 3, .is_last = true}) == Texts{"/3", "/4", "/5"});
  CHECK_FALSE(f.sink->contents("x", {}, {.limit = 3, .is_last = true}).has_more);
  CHECK(f.targets("x", {}, {.limit = 5}).size() == 5);
  CHECK_FALSE(f.sink->contents("x", {}, {.limit = 5}).has_more);
}

TEST_CASE("a sink: a script answers in its order, the last status repeats, and a team without one follows the other") {
  SinkFixture f;
  const auto answers = [&](Sink::Team team, int count) {
    Statuses all;
    for (int i = 0; i < count; ++i) all.push_back(f.receive("x", team));
    return all;
  };
  CHECK(answers(1, 2) == Statuses{200, 200});
  CHECK(f.sink->set_script("x", 1, SinkScript{.statuses = {500, 503, 201}}));
  CHECK(f.sink->set_script("x", Sink::kNoTeam, SinkScript{.statuses = {400, 202}}));
  CHECK(answers(1, 4) == Statuses{500, 503, 201, 201});
  CHECK(answers(2, 1) == Statuses{400});
  CHECK(answers(Sink::kNoTeam, 2) == Statuses{202, 202});
  CHECK(f.receive("y", 1) == 200);
  CHECK(f.sink->contents("x", 1, kAll).script.statuses == Statuses{500, 503, 201});
  CHECK(f.sink->contents("x", 2, kAll).script.statuses == Statuses{400, 202});
  CHECK(f.sink->contents("x", {}, kAll).script.statuses == Statuses{400, 202});
  CHECK(f.sink->contents("y", 1, kAll).script.statuses == Statuses{200});
  CHECK(f.sink->set_script("x", 1, SinkScript{.statuses = {500, 200}}));
  CHECK(answers(1, 2) == Statuses{500, 200});
  CHECK(f.sink->set_script("x", 1, std::nullopt));
  CHECK(answers(1, 1) == Statuses{202});
  CHECK(f.sink->set_script("x", Sink::kNoTeam, std::nullopt));
  CHECK(answers(1, 1) == Statuses{200});
  CHECK(f.sink->set_script("unused", 1, SinkScript{}));
  CHECK(f.sink->set_script("unused", 1, std::nullopt));
  CHECK(f.sink->summaries({}).size() == 2);
}

TEST_CASE("a sink: a mark is valid for one request, while it exists, and until its team is cleared") {
  SinkFixture f;
  auto mark = f.sink->mark({7, "id", "e", "e-1", 2});
  const auto text = mark->text();
  CHECK(text.size() == 32);
  CHECK(f.receive_marked("x", text.substr(1)) == -1);
  CHECK(f.receive_marked("x", std::string_view("")) == -1);
  CHECK(f.receive_marked("x", text) == 200);
  CHECK(f.receive_marked("x", text) == -1);
  const auto& source = f.sink->contents("x", 7, kAll).entries.at(0)->source;
  CHECK(source.team_id == "id");
  CHECK(source.enrichment_id == "e");
  CHECK(source.callback_id == "e-1");
  CHECK(source.attempt == 2);

  const auto gone = f.mark(7)->text();
  CHECK(f.receive_marked("x", gone) == -1);
  const auto cleared = f.mark(7), kept = f.mark(8);
  f.sink->clear(7);
  CHECK(f.receive_marked("x", cleared->text()) == -1);
  CHECK(f.receive_marked("x", kept->text()) == 200);
  CHECK(f.receive_marked("x", f.mark(7)->text()) == 200);
}

TEST_CASE("a sink: clear() removes everything of a team, and remove() one name of a team or of all") {
  SinkFixture f;
  const auto fill = [&] {
    for (const Sink::Team team : {0u, 1u, 2u})
      for (const auto* name : {"x", "y"}) {
        f.receive(name, team);
        f.sink->set_script(name, team, SinkScript{.statuses = {500}});
      }
  };
  fill();
  f.sink->clear(1);
  CHECK(f.sink->summaries(1).empty());
  CHECK(f.sink->summaries(2).size() == 2);
  CHECK(f.targets("x").size() == 2);
  f.sink->clear(Sink::kNoTeam);
  CHECK(f.receive("x", 1) == 200);
  CHECK(f.receive("x", 2) == 500);
  f.sink->clear(1);
  f.sink->clear(2);
  CHECK(f.sink->summaries({}).empty());

  fill();
  CHECK(f.sink->remove("x", 1) == 1);
  CHECK(f.targets("x").size() == 2);
  CHECK(f.targets("y", 1).size() == 1);
  CHECK(f.sink->remove("x", {}) == 2);
  CHECK(f.sink->remove("x", {}) == 0);
  CHECK(f.sink->contents("x", 2, kAll).script.statuses == Statuses{200});
  CHECK(f.targets("y").size() == 3);
}

TEST_CASE("a sink: a list keeps its last requests, and says how many it has lost") {
  SinkFixture f({.requests = 2});
  for (int i = 1; i <= 3; ++i) f.receive("x", 1, "/" + std::to_string(i));
  f.receive("x", 2, "/4");
  CHECK(f.targets("x", 1) == Texts{"/2", "/3"});
  CHECK(f.sink->contents("x", 1, kAll).received == 3);
  CHECK(f.sink->contents("x", 1, kAll).evicted == 1);
  CHECK(f.sink->contents("x", 2, kAll).evicted == 0);
  CHECK(f.sink->contents("x", {}, kAll).evicted == 1);
}

TEST_CASE("a sink: above the limit of memory the largest lists lose their oldest requests") {
  SinkFixture f({.bytes = 200'000});
  f.receive("x", 1, "/small", 10'000);
  for (int i = 0; i < 100; ++i) f.receive("x", 2, "/large", 10'000);
  for (int i = 0; i < 3; ++i) f.receive("y", 3, "/middle", 10'000);
  CHECK(f.targets("x", 1).size() == 1);
  CHECK(f.targets("y", 3).size() == 3);
  const auto large = f.sink->contents("x", 2, kAll);
  CHECK(large.entries.size() >= 12);
  CHECK(large.entries.size() <= 15);
  CHECK(large.entries.size() + large.evicted == 100);
  // Memory that was removed counts no more.
  f.sink->clear(2);
  for (int i = 0; i < 13; ++i) f.receive("y", 3, "/middle", 10'000);
  CHECK(f.sink->contents("y", 3, kAll).evicted == 0);
}

TEST_CASE("a sink: with too many lists, new ones are refused, until some are removed") {
  SinkFixture f({.lists = 3});
  CHECK(f.receive("a", 1) == 200);
  CHECK(f.receive("a", 2) == 200);
  CHECK(f.sink->set_script("a", Sink::kNoTeam, SinkScript{}));
  CHECK(f.receive("b") == 0);
  CHECK_FALSE(f.sink->set_script("b", 1, SinkScript{}));
  CHECK(f.sink->set_script("b", 1, std::nullopt));
  CHECK(f.receive("a", 2) == 200);
  f.sink->clear(1);
  CHECK(f.receive("b") == 200);
}

TEST_CASE("a sink: a wait ends as soon as enough requests have arrived, also if they are no longer kept") {
  SinkFixture f({.requests = 1});
  CHECK(f.sink->wait("x", 1, 0, 1, 0ms) == 0);
  f.receive("x", 2);
  f.receive("y", 1);
  CHECK(f.sink->wait("x", 1, 0, 1, 1ms) == 0);
  CHECK(f.sink->wait("x", {}, 0, 1, 0ms) == 1);
  CHECK(f.sink->wait("x", {}, 1, 1, 0ms) == 0);
  f.receive("x", 2);
  CHECK(f.sink->wait("x", 2, 1, 1, 0ms) == 1);
  CHECK(f.sink->wait("x", 2, 0, 1, 0ms) == 2);
  f.sink->remove("x", {});
  for (const std::optional<Sink::Team> team : {std::optional<Sink::Team>(1), std::optional<Sink::Team>()}) {
    auto wait = std::async(std::launch::async, [&] { return f.sink->wait("x", team, 0, 4, kPatience); });
    for (int i = 0; i < 4; ++i) f.receive("x", 1);
    CHECK(wait.get() == 4);
    f.sink->remove("x", {});
  }
}

TEST_CASE("a sink: a wait ends with Conflict if its team is cleared or the server stops") {
  const auto waits = [](Sink& sink, std::optional<Sink::Team> team) -> std::string {
    try {
      sink.wait("x", team, 0, 1, kPatience);
      return "";
    } catch (const Conflict& conflict) {
      return conflict.what();
    }
  };
  const std::pair<std::optional<Sink::Team>, std::string> cases[] = {{1, "the team has been reset"},
                                                                     {std::nullopt, "all teams have been reset"}};
  for (const auto& [team, reason] : cases) {
    SinkFixture f;
    auto wait = std::async(std::launch::async, [&, of = team] { return waits(*f.sink, of); });
    // Until the other thread waits, clear() has no effect on it.
    while (wait.wait_for(0s) != std::future_status::ready) f.sink->clear(team.value_or(Sink::kNoTeam));
    CHECK(wait.get() == reason);
  }
  SinkFixture f;
  auto wait = std::async(std::launch::async, [&] { return waits(*f.sink, 1); });
  f.sink->clear(2);
  f.sink->cancel_waits();
  CHECK(wait.get() == "the emulator is stopping");
  CHECK(waits(*f.sink, {}) == "the emulator is stopping");
}

TEST_CASE("a sink: a wait ends with NotSaved when saving begins to fail") {
  runner::Commits commits(0);
  const auto sink = std::make_shared<Sink>(SinkLimits{}, &commits);
  auto wait = std::async(std::launch::async, [&] { return sink->wait("x", 1, 0, 1, kPatience); });
  sink->wait("x", 1, 0, 1, 0ms);
  commits.failed("the disk is full");
  sink->wake_waits();
  CHECK_THROWS_WITH_AS(wait.get(), "the disk is full", runner::NotSaved);
  commits.saved(0);
  CHECK(sink->wait("x", 1, 0, 1, 0ms) == 0);
}

TEST_CASE("a sink: a delayed answer has a signal, which clear() of its team raises") {
  SinkFixture f;
  f.sink->set_script("x", Sink::kNoTeam, SinkScript{.delay = 1500us});
  const auto receive = [&](Sink::Team team) {
    const auto mark = f.mark(team);
    return std::get<Sink::Answer>(f.sink->receive("x", mark->text(), {}));
  };
  const auto first = receive(1), second = receive(1), other = receive(2);
  CHECK(first.delay == 2ms);
  REQUIRE(first.cut);
  CHECK(first.cut == second.cut);
  f.sink->clear(1);
  CHECK(first.cut->raised());
  CHECK_FALSE(other.cut->raised());
  CHECK_FALSE(receive(1).cut->raised());
  f.sink->set_script("x", Sink::kNoTeam, std::nullopt);
  CHECK_FALSE(receive(2).cut);
}

TEST_CASE("a sink: a request that finds no memory leaves nothing behind") {
  SinkFixture f;
  f.sink->set_script("x-with-a-long-name-for-the-heap", Sink::kNoTeam, SinkScript{.statuses = {500, 200}, .delay = 1s});
  const auto names = f.sink->summaries({}).size();
  std::shared_ptr<const Sink::Mark> mark;
  support::repeat_until_memory_suffices(
      support::ScarceMemory::kAll, [&] { mark = f.mark(1); }, [] {});
  int status = 0;
  support::repeat_until_memory_suffices(
      support::ScarceMemory::kAll,
      [&] { status = f.receive_marked("x-with-a-long-name-for-the-heap", mark->text(), "/", 100); },
      [&] {
        CHECK(f.sink->summaries(1).empty());
        CHECK(f.sink->summaries({}).size() == names);
      });
  CHECK(status == 500);
  CHECK(f.sink->contents("x-with-a-long-name-for-the-heap", {}, kAll).received == 1);
  support::repeat_until_memory_suffices(
      support::ScarceMemory::kAll,
      [&] { f.sink->set_script("another-long-name-for-the-heap", 1, SinkScript{.statuses = {500}}); },
      [&] { CHECK(f.sink->summaries(1).size() == 1); });
  CHECK(f.sink->summaries(1).size() == 2);
}

TEST_CASE("a sink: what belongs to a team goes with the team and with its reset") {
  SinkFixture f;
  support::RunnerFixture fixture;
  const auto profile = [&](std::uint64_t order) {
    return TeamProfile{.label = "test", .order = order, .sink = f.sink};
  };
  scenario::Scenario only;
  only.name = "test";
  const auto scenario = std::make_shared<const scenario::Scenario>(only);
  const auto start = [&](std::uint64_t order) {
    return std::make_shared<TeamRunner>(TeamServices{fixture.time, fixture.timer, fixture.deliverer},
                                        engine::TeamSetup{scenario, "test", "", 1, 1, {}}, profile(order));
  };
  auto one = start(1), two = start(2);
  for (const Sink::Team team : {0u, 1u, 2u}) f.receive("x", team);
  const auto mark = f.mark(1);
  one->reset(scenario);
  CHECK(f.targets("x", 1).empty());
  CHECK(f.receive_marked("x", mark->text()) == -1);
  CHECK(f.targets("x").size() == 2);
  two.reset();
  CHECK(f.targets("x", 2).empty());
  CHECK(f.targets("x").size() == 1);
}
