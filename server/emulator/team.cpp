#include "enrichment_mock/team.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "api/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "control/call.h"
#include "control/snapshot.h"
#include "emulator/load.h"
#include "emulator/public_types.h"
#include "emulator/restore.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock {

namespace {

void check_timeout(std::chrono::milliseconds timeout) {
  if (timeout.count() < 0) throw ArgumentError("a timeout cannot be negative");
}

void check_amount(std::int64_t amount) {
  if (amount < -control::kMaxBalance || amount > control::kMaxBalance)
    throw ArgumentError("expected a number from " + std::to_string(-control::kMaxBalance) + " to " +
                        std::to_string(control::kMaxBalance));
}

engine::EnrichmentId parse_enrichment_id(std::string_view id) {
  const auto parsed = engine::parse_id(id);
  if (!parsed) throw NotFoundError(api::no_such_enrichment().message);
  return *parsed;
}

Enrichment read_enrichment(runner::TeamRunner& team, const engine::EnrichmentId& id) {
  return team.catch_up_and_read([&](const engine::Team& state) {
    const auto* enrichment = state.find(id);
    if (!enrichment) throw NotFoundError(api::no_such_enrichment().message);
    return to_public(*enrichment, state);
  });
}

engine::Number find_callback(runner::TeamRunner& team, std::string_view id) {
  const auto number =
      team.catch_up_and_read([&](const engine::Team& state) { return control::callback_number(id, state); });
  if (!number) throw NotFoundError(control::no_such_callback().message);
  return *number;
}

Waited waited(control::WaitEnd end, runner::TeamRunner& team) {
  if (end == control::WaitEnd::reached) return {};
  return {to_public(end), to_public(control::open_work_of(team))};
}

VerifyResult to_result(control::Verdict verdict, runner::TeamRunner& team) {
  if (verdict.failures.empty() && verdict.undecided) throw ConflictError(*verdict.undecided);
  VerifyResult result{.passed = verdict.holds(), .open = to_public(control::open_work_of(team))};
  for (auto& failure : verdict.failures)
    result.failures.push_back({failure.index, std::move(failure.message),
                               failure.nearest.is_null() ? std::string() : failure.nearest.take()});
  return result;
}

}  // namespace

Team::Team(std::shared_ptr<runner::TeamRunner> runner, control::Services& services)
    : runner_(std::move(runner)), services_(&services) {}

TeamInfo Team::info() const { return to_public(*runner_); }

Clock Team::clock() const { return to_public(runner_->clock().view()); }

Instant Team::now() const { return runner_->clock().now(); }

Clock Team::stop_clock(std::optional<Instant> at) {
  if (at && (*at < Instant{} || *at > base::kLastInstant))
    throw TimeRangeError("a clock can only be stopped in the years 1970 to 2999");
  return translate_errors([&] { return to_public(runner_->clock().stop(at)); });
}

Clock Team::run_clock(double scale) {
  if (!(scale >= base::kMinTimeScale && scale <= base::kMaxTimeScale))
    throw ArgumentError("the scale of a clock is a number from 0.001 to 1000000");
  return translate_errors([&] { return to_public(runner_->clock().run(scale)); });
}

std::vector<Fired> Team::advance(Duration by) { return advance(by, runner::kYear).fired; }

Settled Team::advance(Duration by, std::chrono::milliseconds timeout) {
  if (by < Duration::zero()) throw ArgumentError("a clock cannot go back");
  check_timeout(timeout);
  return translate_errors([&] { return to_public(runner_->clock().advance(by, timeout)); });
}

std::vector<Fired> Team::advance_to_next() { return advance_to_next(runner::kYear).fired; }

Settled Team::advance_to_next(std::chrono::milliseconds timeout) {
  check_timeout(timeout);
  return translate_errors([&] { return to_public(runner_->clock().advance_to_next(timeout)); });
}

Settled Team::settle(std::chrono::milliseconds timeout) {
  check_timeout(timeout);
  return translate_errors([&] { return to_public(runner_->clock().settle(timeout)); });
}

std::vector<Enrichment> Team::enrichments() const {
  return runner_->catch_up_and_read([](const engine::Team& team) {
    std::vector<Enrichment> all;
    for (const auto& enrichment : team.enrichments()) all.push_back(to_public(enrichment, team));
    return all;
  });
}

Enrichment Team::enrichment(std::string_view id) const { return read_enrichment(*runner_, parse_enrichment_id(id)); }

Enrichment Team::seed(const Seed& seed) {
  const auto wanted = to_internal(seed);
  return read_enrichment(*runner_, translate_errors([&] { return control::seed(*runner_, wanted); }));
}

Waited Team::wait_for(std::string_view id, const std::vector<Status>& any_of, std::chrono::milliseconds timeout) const {
  check_timeout(timeout);
  std::vector<engine::Status> statuses;
  for (const auto status : any_of) statuses.push_back(to_internal(status));
  return translate_errors(
      [&] { return waited(control::wait_for_status(*runner_, parse_enrichment_id(id), statuses, timeout), *runner_); });
}

Enrichment Team::resolve(std::string_view id, Outcome outcome, const std::optional<std::string>& email) {
  if (email && outcome != Outcome::completed) throw ArgumentError("email: only allowed for a completed enrichment");
  if (email)
    if (const auto problem = scenario::email_problem(*email); !problem.empty())
      throw ArgumentError("email: " + problem);
  const auto parsed = parse_enrichment_id(id);
  translate_errors([&] { control::resolve(*runner_, parsed, to_internal(outcome), email); });
  return read_enrichment(*runner_, parsed);
}

std::vector<CallbackInfo> Team::callbacks() const {
  return runner_->catch_up_and_read([&](const engine::Team& team) {
    std::vector<CallbackInfo> all;
    for (const auto& callback : team.callbacks().all()) all.push_back(to_public(callback, team, *runner_));
    return all;
  });
}

CallbackInfo Team::callback(std::string_view id) const {
  return runner_->catch_up_and_read([&](const engine::Team& team) {
    const auto number = control::callback_number(id, team);
    if (!number) throw NotFoundError(control::no_such_callback().message);
    return to_public(team.callbacks().at(*number), team, *runner_);
  });
}

Waited Team::wait_for_callbacks(const std::vector<CallbackTarget>& any_of, const CallbackFilter& filter,
                                std::chrono::milliseconds timeout) const {
  check_timeout(timeout);
  std::vector<control::CallbackTarget> targets;
  for (const auto& each : any_of) targets.push_back({to_internal(each.state), each.count});
  const control::CallbackFilter selected{.enrichment_id = filter.enrichment_id, .url = filter.url};
  return translate_errors(
      [&] { return waited(control::wait_for_callbacks(*runner_, targets, selected, timeout), *runner_); });
}

CallbackInfo Team::redeliver(std::string_view id) {
  const auto number = find_callback(*runner_, id);
  translate_errors([&] { control::redeliver(*runner_, number); });
  return runner_->catch_up_and_read([&](const engine::Team& team) {
    const auto* callback = team.callbacks().all().find(number);
    if (!callback) throw ConflictError(control::callback_is_gone().message);
    return to_public(*callback, team, *runner_);
  });
}

std::vector<SinkRequest> Team::sink(std::string_view name) const {
  translate_errors([&] { control::check_sink_name(name); });
  const auto keys = runner_->masker();
  std::vector<SinkRequest> all;
  const runner::Sink::Page page{.limit = base::kMaxSinkRequests};
  for (const auto& entry : services_->directory.sink().contents(name, runner_->profile().order, page).entries)
    all.push_back(to_public(*entry, keys));
  return all;
}

Waited Team::wait_for_sink(std::string_view name, std::size_t count, std::chrono::milliseconds timeout) const {
  check_timeout(timeout);
  if (count < 1 || count > base::kMaxSinkRequests)
    throw ArgumentError("expected a count from 1 to " + std::to_string(base::kMaxSinkRequests));
  return translate_errors([&] {
    control::check_sink_name(name);
    const auto found = services_->directory.sink().wait(name, runner_->profile().order, 0, count, timeout);
    return waited(found >= count ? control::WaitEnd::reached : control::WaitEnd::timed_out, *runner_);
  });
}

void Team::script_sink(std::string_view name, const SinkScript& script) {
  const auto is_status = [](int status) { return status >= 200 && status <= 599; };
  if (script.statuses.empty() || script.statuses.size() > base::kMaxSinkStatuses ||
      !std::ranges::all_of(script.statuses, is_status))
    throw ArgumentError("statuses: expected 1 to " + std::to_string(base::kMaxSinkStatuses) + " from 200 to 599");
  if (script.delay < Duration::zero() || script.delay > runner::kYear)
    throw ArgumentError("delay: expected a duration from 0 to a year");
  translate_errors([&] {
    control::check_sink_name(name);
    control::set_sink_script(services_->directory.sink(), name, runner_->profile().order,
                             runner::SinkScript{script.statuses, script.delay});
  });
}

std::size_t Team::clear_sink(std::string_view name) {
  translate_errors([&] { control::check_sink_name(name); });
  return services_->directory.sink().remove(name, runner_->profile().order);
}

std::int64_t Team::credits() const {
  return runner_->catch_up_and_read([](const engine::Team& team) { return team.ledger().balance(); });
}

std::vector<Movement> Team::ledger() const {
  return runner_->catch_up_and_read([](const engine::Team& team) {
    std::vector<Movement> all;
    for (const auto& movement : team.ledger().movements()) all.push_back(to_public(movement));
    return all;
  });
}

void Team::set_credits(std::int64_t balance) {
  check_amount(balance);
  translate_errors([&] { control::set_balance(*runner_, balance); });
}

void Team::add_credits(std::int64_t amount) {
  check_amount(amount);
  translate_errors([&] { control::add_credits(*runner_, amount); });
}

std::vector<JournaledRequest> Team::requests(const RequestFilter& filter) const {
  return to_public(runner_->journal(), to_internal(filter), runner_->masker());
}

Waited Team::wait_for_requests(std::size_t count, const RequestFilter& filter,
                               std::chrono::milliseconds timeout) const {
  check_timeout(timeout);
  const auto most = runner_->journal().max_count();
  if (most > 0 && count > most)
    throw ArgumentError("the journal keeps " + std::to_string(most) + " requests (journal_size)");
  const auto selected = to_internal(filter);
  return translate_errors([&] {
    const auto found = control::wait_for_requests(*runner_, count, selected, 0, timeout);
    return waited(found == count ? control::WaitEnd::reached : control::WaitEnd::timed_out, *runner_);
  });
}

std::size_t Team::clear_requests() {
  const auto bytes = runner_->journal().bytes();
  const auto count = runner_->journal().clear().entries.size();
  base::return_free_memory(bytes);
  return count;
}

std::string Team::scenario() const { return runner_->scenario()->name; }

std::vector<RuleInfo> Team::rules() const {
  return runner_->catch_up_and_read([](const engine::Team& team) {
    std::vector<RuleInfo> all;
    for (const auto& each : team.extra_rules().all()) all.push_back({each.rule.name, each.followed, each.left});
    const auto& rules = team.scenario().rules;
    for (std::size_t i = 0; i < rules.size(); ++i) all.push_back({rules[i].name, team.rules().followed(i)});
    return all;
  });
}

void Team::add_rule(std::string_view rule, std::uint64_t times) {
  if (times < 1 || times > scenario::kMaxRuleTimes)
    throw ArgumentError("times: expected a number from 1 to " + std::to_string(scenario::kMaxRuleTimes));
  const auto callback = runner_->scenario()->callback;
  auto loaded = scenario::load_rule(rule, callback);
  if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&loaded)) refuse(*problems);
  json_text::Document document(rule);
  document.read(json_text::Syntax::with_comments);
  engine::RuleSource source{json_text::compact(document.root()), callback};
  runner_->execute([&](engine::Team& team, const engine::Context&) {
    team.add_extra_rule(std::get<scenario::Rule>(std::move(loaded)), times, std::move(source));
  });
}

std::size_t Team::clear_rules() {
  return runner_->execute([](engine::Team& team, const engine::Context&) { return team.clear_extra_rules(); });
}

void Team::set_scenario(std::string_view text) {
  auto loaded = services_->load(text);
  if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&loaded)) refuse(*problems);
  runner_->replace(std::make_shared<const scenario::Scenario>(std::get<scenario::Scenario>(std::move(loaded))), true);
}

VerifyResult Team::verify() const { return to_result(control::verify_scenario(*runner_), *runner_); }

VerifyResult Team::verify(std::chrono::milliseconds timeout) const {
  check_timeout(timeout);
  return translate_errors([&] { return to_result(control::verify_scenario_within(timeout, *runner_), *runner_); });
}

VerifyResult Team::verify(const std::vector<Expectation>& expectations) const {
  const auto wanted = to_internal(expectations);
  return translate_errors([&] { return to_result(control::verify(wanted, *runner_, services_->rewritten), *runner_); });
}

VerifyResult Team::verify(const std::vector<Expectation>& expectations, std::chrono::milliseconds timeout) const {
  check_timeout(timeout);
  const auto wanted = to_internal(expectations);
  return translate_errors(
      [&] { return to_result(control::verify_within(timeout, wanted, *runner_, services_->rewritten), *runner_); });
}

Advice Team::advice(const AdviceOptions& options) const {
  return to_public(control::advise(*runner_, services_->rewritten, to_internal(options)), runner_->masker());
}

void Team::reset() { services_->directory.reset(*runner_); }

void Team::restore(std::string_view snapshot, const std::optional<std::string>& team_id) {
  translate_errors([&] {
    json_text::Document document(snapshot, {}, &services_->directory.waits_are_cancelled());
    const auto read = read_snapshot(document);
    const auto* chosen = control::find_team(read, team_id);
    if (!chosen) throw SnapshotError(control::no_such_team(read, team_id));
    auto world = control::read_team(*chosen, read, *runner_);
    refuse_snapshot(document);
    services_->directory.put_back(*runner_, *std::move(world));
  });
}

std::string Team::snapshot() const { return control::snapshot_of(*services_, runner_).take(); }

}  // namespace enrichment_mock
