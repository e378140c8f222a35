#include "emulator/public_types.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "api/answer.h"
#include "base/exchange.h"
#include "base/limits.h"
#include "base/mask.h"
#include "base/text.h"
#include "base/url.h"
#include "control/control.h"
#include "scenario/loader_parts.h"
#include "scenario/request.h"

namespace enrichment_mock {

namespace {

template <class Public, class Internal>
constexpr bool same(Public a, Internal b) {
  return static_cast<int>(a) == static_cast<int>(b);
}

static_assert(engine::kStatusWords.words.size() == 5 && same(Status::pending, engine::Status::pending) &&
              same(Status::processing, engine::Status::processing) &&
              same(Status::completed, engine::Status::completed) &&
              same(Status::not_found, engine::Status::not_found) && same(Status::failed, engine::Status::failed));
static_assert(scenario::kOutcomeWords.words.size() == 3 && same(Outcome::completed, scenario::Outcome::completed) &&
              same(Outcome::not_found, scenario::Outcome::not_found) &&
              same(Outcome::failed, scenario::Outcome::failed));
static_assert(scenario::kEmailTypeWords.words.size() == 2 && same(EmailType::work, scenario::EmailType::work) &&
              same(EmailType::personal, scenario::EmailType::personal));
static_assert(engine::kCallbackStateWords.words.size() == 6 &&
              same(CallbackState::scheduled, engine::CallbackState::scheduled) &&
              same(CallbackState::delivering, engine::CallbackState::delivering) &&
              same(CallbackState::retrying, engine::CallbackState::retrying) &&
              same(CallbackState::delivered, engine::CallbackState::delivered) &&
              same(CallbackState::exhausted, engine::CallbackState::exhausted) &&
              same(CallbackState::dropped, engine::CallbackState::dropped));
static_assert(engine::kOpenWorkWords.words.size() == 4 && same(OpenReason::forever, engine::OpenWork::Why::forever) &&
              same(OpenReason::polls, engine::OpenWork::Why::polls) &&
              same(OpenReason::pending, engine::OpenWork::Why::pending) &&
              same(OpenReason::delivering, engine::OpenWork::Why::delivering));
static_assert(engine::kMovementWords.words.size() == 4 &&
              same(MovementKind::opening, engine::Movement::Kind::opening) &&
              same(MovementKind::charge, engine::Movement::Kind::charge) &&
              same(MovementKind::adjustment, engine::Movement::Kind::adjustment) &&
              same(MovementKind::carried_forward, engine::Movement::Kind::carried));
static_assert(same(WaitEnd::reached, control::WaitEnd::reached) &&
              same(WaitEnd::timed_out, control::WaitEnd::timed_out) &&
              same(WaitEnd::unreachable, control::WaitEnd::unreachable));
// The kind of an event is the index of its type.
template <FiredKind kKind>
using What = std::variant_alternative_t<static_cast<std::size_t>(kKind), decltype(engine::Event::what)>;
static_assert(std::is_same_v<What<FiredKind::transition>, engine::Status> &&
              std::is_same_v<What<FiredKind::callback>, engine::AttemptEnd> &&
              std::is_same_v<What<FiredKind::schedule>, engine::ScheduleMoment>);

void describe(engine::Status status, const engine::EnrichmentId& enrichment, Fired& to) {
  to.enrichment_id = to_text(enrichment);
  to.status = to_public(status);
  to.detail = to_text(status);
}

void describe(const engine::AttemptEnd& attempt, const engine::EnrichmentId& enrichment, Fired& to) {
  to.enrichment_id = to_text(enrichment);
  to.callback_id = engine::callback_id(enrichment, attempt.copy);
  to.detail = attempt.result.status != 0 ? std::to_string(attempt.result.status) : attempt.result.error;
}

void describe(const engine::ScheduleMoment& moment, const engine::EnrichmentId&, Fired& to) {
  to.detail = "schedule/" + std::to_string(moment.entry) + " " + std::string(to_text(moment.kind));
}

// Sets what a received request of the journal has in common with one of the sink.
template <class Request, class Entry>
void add_request(Request& to, const Entry& from, const base::KeyMasker& keys) {
  const auto question = std::min(from.target.find('?'), from.target.size());
  to.number = from.number;
  to.method = keys.hide(from.method);
  to.path = keys.hide(from.target.substr(0, question));
  if (question < from.target.size()) to.query = keys.hide(control::masked_query(from.target.substr(question + 1)));
  to.headers = control::listed_headers(from.headers, keys);
  to.body = keys.hide(from.body);
  to.body_truncated = from.body.size() < from.body_bytes;
  to.status = from.status;
}

void add_messages(Attempt& to, const base::Exchange& exchange, const base::KeyMasker& team_keys) {
  const auto keys = exchange.with_secrets(team_keys);
  to.request = {control::listed_headers(exchange.shown_request_headers(control::kSinkMark), keys),
                keys.hide(exchange.request_body), exchange.request_truncated()};
  if (exchange.status != 0)
    to.response = {control::listed_headers(exchange.shown_response_headers(), keys),
                   keys.hide(exchange.shown_response_body()), exchange.response_truncated()};
}

// A request without a team has its own key, which the masker may not know.
JournaledRequest journaled_request(const runner::JournalEntry& from, const base::KeyMasker& team_keys) {
  const auto keys = team_keys.with(from.key);
  JournaledRequest to{.at = from.at == base::Instant{} ? from.real_at : from.at,
                      .response_body = keys.hide(from.answer),
                      .response_body_truncated = from.answer_truncated(),
                      .enrichment_id = from.enrichment ? to_text(*from.enrichment) : "",
                      .rule = keys.hide(from.rule),
                      .step = from.step,
                      .fault = std::string(from.fault),
                      .reason = keys.hide(from.reason),
                      .matched = from.matched};
  add_request(to, from, keys);
  return to;
}

// Converts one expectation after the other.
class ExpectationReader {
 public:
  explicit ExpectationReader(std::size_t index) : index_(index) {}

  control::Expectation operator()(const ExpectRequests& from) const {
    if (from.count && (from.at_least || from.at_most)) refuse("count cannot be used with at_least or at_most");
    if (from.at_least && from.at_most && *from.at_least > *from.at_most) refuse("at_least is above at_most");
    scenario::Bounds bounds{.at_least = from.at_least, .at_most = from.at_most};
    if (from.count) bounds = scenario::Bounds::exactly(*from.count);
    if (!bounds.at_least && !bounds.at_most) bounds.at_least = 1;
    return control::ExpectedRequests{.which = matcher(from.which), .count = bounds};
  }

  control::Expectation operator()(const ExpectSequence& from) const {
    if (from.requests.empty()) refuse("the sequence is empty; expected at least one request");
    control::ExpectedSequence to;
    for (const auto& each : from.requests) to.requests.push_back(matcher(each));
    return to;
  }

  control::Expectation operator()(const ExpectCallback& from) const {
    if (!from.enrichment_id && !from.external_id && !from.url) refuse("expected enrichment_id, external_id or url");
    return control::ExpectedCallback{.enrichment_id = from.enrichment_id,
                                     .external_id = from.external_id,
                                     .url = from.url,
                                     .state = from.state ? std::optional(to_internal(*from.state)) : std::nullopt,
                                     .attempts = from.attempts,
                                     .statuses = from.statuses,
                                     .gaps = from.gaps};
  }

  control::Expectation operator()(const ExpectOutcomes& from) const {
    if (!from.completed && !from.not_found && !from.failed) refuse("expected completed, not_found or failed");
    return control::ExpectedOutcomes{from.completed, from.not_found, from.failed};
  }

  control::Expectation operator()(const ExpectCredits& from) const {
    if (!from.balance && !from.charged) refuse("expected balance or charged");
    return control::ExpectedCredits{from.balance, from.charged};
  }

  control::Expectation operator()(const ExpectUnmatched& from) const { return control::ExpectedUnmatched{from.count}; }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    throw ArgumentError("expectation " + std::to_string(index_) + ": " + problem);
  }

  control::RequestMatcher matcher(const RequestMatch& from) const {
    control::RequestMatcher to{.method = from.method, .path = from.path, .status = from.status};
    if (!from.body) return to;
    try {
      to.body.emplace(*from.body);
    } catch (const std::invalid_argument& error) {
      refuse("body: " + std::string(error.what()));
    }
    return to;
  }

  std::size_t index_;
};

}  // namespace

std::string_view to_text(Status status) { return engine::to_text(to_internal(status)); }
std::string_view to_text(Outcome outcome) { return scenario::kOutcomeWords.text(to_internal(outcome)); }
std::string_view to_text(EmailType type) { return scenario::to_text(to_internal(type)); }
std::string_view to_text(CallbackState state) { return engine::to_text(to_internal(state)); }
std::string_view to_text(OpenReason reason) { return engine::to_text(static_cast<engine::OpenWork::Why>(reason)); }
std::string_view to_text(MovementKind kind) { return engine::to_text(static_cast<engine::Movement::Kind>(kind)); }
std::string_view to_text(ClockMode mode) { return scenario::kClockModeWords.text(mode == ClockMode::manual); }

std::string_view to_text(FiredKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < engine::kEventKinds.size() ? engine::kEventKinds[index] : std::string_view();
}

std::string to_text(const VerifyResult& result) {
  std::string text;
  for (const auto& failure : result.failures) {
    text.append(text.empty() ? "" : "\n").append(failure.message);
    if (!failure.nearest.empty()) text.append("; nearest: ").append(failure.nearest);
  }
  return text;
}

Clock to_public(const runner::ClockView& view) {
  return {view.manual ? ClockMode::manual : ClockMode::running, view.scale, view.now};
}

std::vector<Fired> to_public(const engine::Events& events) {
  std::vector<Fired> fired;
  for (const auto& event : events) {
    fired.push_back({.at = due_of(event), .kind = static_cast<FiredKind>(event.what.index()), .enrichment_id = {}});
    std::visit([&](const auto& what) { describe(what, event.enrichment, fired.back()); }, event.what);
  }
  return fired;
}

std::vector<Open> to_public(const std::vector<engine::OpenWork>& open) {
  std::vector<Open> all;
  for (const auto& each : open) all.push_back({to_text(each.enrichment), to_public(each.why)});
  return all;
}

Settled to_public(const runner::SettleResult& result) {
  return {result.complete, result.now, to_public(result.fired), to_public(result.open)};
}

Enrichment to_public(const engine::Enrichment& from, const engine::Team& team) {
  auto view = view_of(from);
  Enrichment to{.id = to_text(from.id),
                .status = to_public(from.status),
                .linkedin_url = std::move(view.linkedin_url),
                .type = static_cast<EmailType>(from.type),
                .external_id = std::move(view.external_id),
                .email = std::move(view.email),
                .rule = from.rule == engine::kNoRule ? "" : team.rule_names()[from.rule],
                .charged = from.charged};
  for (const auto& [at, status] : history_of(from)) to.history.push_back({at, to_public(status)});
  if (from.first_callback != engine::kNoCallback)
    for (std::uint32_t copy = 0; copy < static_cast<std::uint32_t>(from.callback->copies); ++copy)
      to.callback_ids.push_back(engine::callback_id(from.id, copy));
  return to;
}

CallbackInfo to_public(const engine::Callback& from, const engine::Team& state, const runner::TeamRunner& team) {
  const auto& enrichment = state.enrichments()[from.enrichment];
  CallbackInfo to{.id = engine::callback_id(enrichment.id, from.copy),
                  .enrichment_id = to_text(enrichment.id),
                  .url = base::mask_userinfo(*enrichment.callback_url()),
                  .state = static_cast<CallbackState>(from.state),
                  .body = api::render_callback(view_of(enrichment), *enrichment.callback),
                  .due = from.due == engine::kNever ? std::nullopt : std::optional(from.due)};
  for (const auto& each : engine::ended_attempts(from)) {
    to.attempts.push_back({each.at, each.ended, each.result.status, each.result.error, each.result.latency});
    if (const auto kept = team.journal().exchange(each.exchange, from.number, to.attempts.size()))
      add_messages(to.attempts.back(), kept->content, team.masker());
  }
  return to;
}

Movement to_public(const engine::Movement& from) {
  const bool is_charge = from.kind == engine::Movement::Kind::charge;
  return {from.at, static_cast<MovementKind>(from.kind), from.amount, from.balance,
          is_charge ? to_text(from.enrichment) : ""};
}

std::vector<JournaledRequest> to_public(const runner::Journal& journal, const control::RequestFilter& filter,
                                        const base::KeyMasker& keys) {
  std::vector<JournaledRequest> all;
  for (const auto& entry :
       journal.entries(0, SIZE_MAX, [&](const runner::JournalEntry& each) { return filter.accepts(each); }))
    all.push_back(journaled_request(*entry, keys));
  return all;
}

TeamInfo to_public(runner::TeamRunner& team) {
  const auto& profile = team.profile();
  TeamInfo to{.id = profile.id,
              .name = team.masker().hide(profile.name),
              .key = profile.masked_key,
              .scenario = team.scenario()->name};
  team.catch_up_and_read([&](const engine::Team& state) {
    to.credits = state.ledger().balance();
    to.requests = state.counters().requests;
    to.enrichments = state.enrichments().size();
    to.open_lookups = state.unresolved();
    to.open_callbacks = state.callbacks().open_count();
  });
  return to;
}

SinkRequest to_public(const runner::SinkEntry& from, const base::KeyMasker& keys) {
  SinkRequest to{.at = from.real_at,
                 .enrichment_id = from.source.enrichment_id,
                 .callback_id = from.source.callback_id,
                 .attempt = from.source.attempt};
  add_request(to, from, keys);
  return to;
}

engine::SeededEnrichment to_internal(const Seed& from) {
  engine::SeededEnrichment to;
  std::string problems;
  const auto refuse = [&](const std::string& problem) { problems += (problems.empty() ? "" : "; ") + problem; };
  const auto is_too_long = [](const std::optional<std::string>& text, std::size_t most) {
    return text && (base::find_invalid_utf8(*text) || scenario::is_longer(*text, most));
  };
  const auto username = scenario::profile_username(from.linkedin_url);
  if (!username || scenario::is_longer(from.linkedin_url, scenario::kMaxUrl))
    refuse("linkedin_url: expected a linkedin.com/in/<username> URL of at most " + std::to_string(scenario::kMaxUrl) +
           " characters");
  std::string why;
  if (is_too_long(from.callback_url, scenario::kMaxUrl) ||
      (from.callback_url && !base::parse_url(*from.callback_url, &why)))
    refuse("callback_url: expected an absolute http or https URI of at most " + std::to_string(scenario::kMaxUrl) +
           " characters" + (why.empty() ? "" : "; it " + why));
  if (is_too_long(from.external_id, scenario::kMaxExternalId))
    refuse("external_id: expected UTF-8 of at most " + std::to_string(scenario::kMaxExternalId) + " characters");
  if (from.id && !(to.id = engine::parse_id(*from.id))) refuse("id: expected 24 hex digits");
  if (from.status != Status::completed && (from.email || from.charge))
    refuse("email and charge: only allowed for a completed enrichment");
  if (from.email)
    if (const auto problem = scenario::email_problem(*from.email); !problem.empty()) refuse("email: " + problem);
  if (!problems.empty()) throw ArgumentError(problems);
  to.request = {.linkedin_url = from.linkedin_url,
                .username = *username,
                .type = to_internal(from.type),
                .callback_url = from.callback_url,
                .external_id = from.external_id};
  to.status = to_internal(from.status);
  to.email = from.email;
  to.charge = from.charge;
  return to;
}

control::RequestFilter to_internal(const RequestFilter& from) {
  if (from.trace_id && !control::is_trace_id(*from.trace_id))
    throw ArgumentError("trace_id: expected 32 lower-case hex digits, not all zeros");
  control::RequestFilter to{.since = from.since,
                            .method = from.method,
                            .path = from.path,
                            .external_id = from.external_id,
                            .linkedin_url = from.linkedin_url,
                            .trace_id = from.trace_id,
                            .unmatched_only = from.unmatched_only};
  for (const auto status : from.statuses) to.statuses.push_back(static_cast<std::uint64_t>(status));
  return to;
}

std::vector<control::Expectation> to_internal(const std::vector<Expectation>& expectations) {
  if (expectations.empty()) throw ArgumentError("expected at least one expectation");
  std::vector<control::Expectation> all;
  for (const auto& each : expectations) all.push_back(std::visit(ExpectationReader(all.size()), each));
  return all;
}

}  // namespace enrichment_mock
