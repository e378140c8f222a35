#include "api/api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "api/answer.h"
#include "api/error.h"
#include "api/recording.h"
#include "api/validation.h"
#include "base/mask.h"
#include "base/suggest.h"
#include "base/waiting.h"
#include "engine/id.h"
#include "scenario/model.h"

namespace enrichment_mock::api {

namespace {

using net::Request;
using net::Response;
using runner::TeamRunner;
using scenario::CallKind;
using scenario::Scenario;

constexpr std::string_view kEnrichments = "/v1/api/enrichment/email";
constexpr std::string_view kCredits = "/v1/api/enrichment/credits";

// One call of the API, by its route.
struct Call {
  CallKind kind;
  std::string_view id = {};  // of a poll
};

// Throws 404 and 405.
Call find_route(const Request& request) {
  const auto expect_post = [&] {
    if (request.method != "POST") throw wrong_method(request.method, request.path, "POST");
  };
  const auto expect_get = [&] {
    if (!net::is_read(request)) throw wrong_method(request.method, request.path, net::kReadMethods);
  };
  if (request.path == kEnrichments) {
    expect_post();
    return {CallKind::request};
  }
  if (request.path == kCredits) {
    expect_get();
    return {CallKind::credits};
  }
  if (request.path.starts_with(kEnrichments) && request.path.substr(kEnrichments.size()).starts_with('/')) {
    const auto id = request.path.substr(kEnrichments.size() + 1);
    if (!id.empty() && id.find('/') == id.npos) {
      expect_get();
      return {CallKind::poll, id};
    }
  }
  throw no_such_route(request.method, request.path);
}

void check_content(const Request& request) {
  const auto type = request.header("content-type");
  auto essence = type.substr(0, type.find(';'));
  while (!essence.empty() && (essence.back() == ' ' || essence.back() == '\t')) essence.remove_suffix(1);
  if (type.data() && !net::same_text(essence, "application/json")) throw not_json(type);
  const auto encoding = request.header("content-encoding");
  if (encoding.data() && !net::same_text(encoding, "identity")) throw encoded_body(encoding);
  if (request.body_fault == net::BodyFault::too_large) throw body_too_large();
}

// Details of a call for the journal, in addition to request and response.
struct CallNote {
  bool matched = true;      // an endpoint of the API handled it
  std::string reason = {};  // why it was refused or scripted; empty: it got the API's response
  std::optional<engine::MatchedStep::Rule> rule = {};
  scenario::Fault fault = scenario::Fault::none;
  std::optional<engine::EnrichmentId> enrichment = {};
  bool client_left = false;  // it closed the connection before the response was made
};

// Handles one call of a team by its scenario; collects the details for the journal.
class TeamCall {
 public:
  TeamCall(TeamRunner& team, const Scenario& scenario) : team_(team), scenario_(scenario) {}

  const CallNote& note() const { return note_; }

  Response respond(const Request& request) {
    Call call;
    try {
      call = find_route(request);
    } catch (const ApiError& error) {
      team_.count_unmatched();
      note_.matched = false;
      auto response = refuse(error);
      if (error.status == 404) note_.reason += nearest_route(request.path);
      return response;
    }
    if (!scenario_.has_gate()) return respond(call, request);
    const auto admitted = team_.admit(call.kind);
    if (admitted.retry_after) return refuse(rate_limited(*admitted.retry_after));
    if (admitted.reply) note_.reason = "a window of the schedule is open";
    if (admitted.reply && admitted.reply->status) return scripted_reply(*admitted.reply, admitted.delay);
    broken_by_schedule_ = admitted.reply && scenario::damages_response(admitted.reply->fault);
    Response response = respond(call, request);
    if (admitted.reply && !changed_by_rule_) delay_or_break(response, *admitted.reply, admitted.delay);
    return response;
  }

 private:
  Response respond(const Call& call, const Request& request) {
    switch (call.kind) {
      case CallKind::request:
        return respond_to_request(request);
      case CallKind::poll:
        return respond_to_poll(call.id);
      case CallKind::credits:
        return respond_to_credits();
    }
    return {};
  }

  Response respond_to_request(const Request& request) {
    std::optional<engine::EnrichmentRequest> parsed;
    try {
      check_content(request);
      parsed = parse_enrichment_request(request.body);
      parsed->headers = request.headers;
    } catch (const ApiError& error) {
      team_.count_refused(error.status);
      return refuse(error);
    }
    const auto result = team_.request(*parsed);
    const bool refused = result.kind == engine::RequestResult::Kind::no_credits;
    if (result.kind == engine::RequestResult::Kind::accepted) note_.enrichment = result.id;
    if (result.waits) note_.client_left = base::Caller::current_has_left();
    return scripted(result.script, [&]() -> Response {
      if (refused) return refuse(no_credits());
      return {.status = 201, .body = render_accepted(result.id, parsed->linkedin_url)};
    });
  }

  Response respond_to_poll(std::string_view id_text) {
    const auto id = engine::parse_id(id_text);
    const auto result = id ? team_.poll(*id, broken_by_schedule_) : std::nullopt;
    if (!result) return refuse(no_such_enrichment());
    note_.enrichment = id;
    return scripted(result->script, [&]() -> Response { return {.body = render_enrichment(result->view).take()}; });
  }

  Response respond_to_credits() {
    const auto result = team_.credits();
    return scripted(result.script, [&]() -> Response { return {.body = render_credits(result.balance)}; });
  }

  // The scripted response, or the API's response with the delay and fault of the script.
  template <class Own>
  Response scripted(const engine::MatchedStep& script, Own own) {
    if (script.rule) note_.rule = script.rule;
    if (script.reply)
      changed_by_rule_ =
          script.reply->delay != scenario::DurationChoice() || script.reply->fault != scenario::Fault::none;
    if (script.replaces_response()) return scripted_reply(*script.reply, script.delay);
    Response response = own();
    if (script.reply) delay_or_break(response, *script.reply, script.delay);
    return response;
  }

  Response refuse(const ApiError& error) {
    note_.reason = error.message;
    return error_response(error, scenario_);
  }

  Response scripted_reply(const scenario::Reply& reply, base::Duration delay) {
    if (note_.rule) note_.reason = "scripted by the rule \"" + note_.rule->name + "\"";
    note_.fault = reply.fault;
    return scripted_response(reply, delay, scenario_);
  }

  void delay_or_break(Response& response, const scenario::Reply& reply, base::Duration delay) {
    note_.fault = reply.fault;
    apply_delay_and_fault(response, reply, delay);
  }

  TeamRunner& team_;
  const Scenario& scenario_;
  CallNote note_;
  bool broken_by_schedule_ = false;  // a window of the schedule has a fault for this call
  bool changed_by_rule_ = false;     // a rule has a delay or a fault, which overrides the window's
};

// True if the call reached the rules and none matched. After the rules, only missing credits (402) can refuse a call.
bool matched_no_rule(const CallNote& note, int status) {
  return !note.rule && note.matched && (status < 400 || status == 402);
}

// Keeps the rules so that the nearest one can be computed when the journal is read. Most calls match no rule.
void keep_rules(runner::JournalEntry& entry, const std::shared_ptr<const Scenario>& scenario,
                const engine::ExtraRules& extra_rules) {
  const auto& extra = extra_rules.all();
  if (!extra.empty()) {
    auto rules = std::make_shared<std::vector<scenario::Rule>>();
    for (const auto& each : extra)
      if (each.left > 0) rules->push_back(each.rule);
    entry.extra_rules = std::move(rules);
  }
  if (!extra.empty() || !scenario->rules.empty()) entry.scenario = scenario;
}

// The seconds of Retry-After. The API sends it with 429; a scenario can send it with 503, too. Empty if it is a date.
std::optional<std::int64_t> retry_after_of(const net::Response& response) {
  if (response.status != 429 && response.status != 503) return std::nullopt;
  for (const auto& [name, value] : response.headers) {
    if (!net::same_text(name, "Retry-After")) continue;
    std::uint32_t seconds = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, seconds);
    if (error == std::errc() && rest == end) return seconds;
  }
  return std::nullopt;
}

// A call for the journal, with keys and credentials in headers and in a callback_url masked. Null: there is no journal.
std::shared_ptr<runner::JournalEntry> journal_entry(const runner::Journal& journal, const Request& request,
                                                    std::string_view key, const Response& response,
                                                    const CallNote& note) {
  if (!journal.on()) return nullptr;
  thread_local std::string headers;  // about as large as the largest head
  std::string masked_body, beginning_of_body, beginning_of_answer;
  const auto body = without_credentials(request.body, masked_body);
  runner::JournalEntry call{.method = request.method,
                            .target = request.target,
                            .headers = recorded_headers(request, headers),
                            .key = key,
                            .body = kept_of(body, key, beginning_of_body),
                            .answer = kept_of(response.body, key, beginning_of_answer),
                            .fault = scenario::to_text(note.fault),
                            .reason = note.reason,
                            .status = response.status,
                            .enrichment = note.enrichment,
                            .matched = note.matched,
                            .client_left = note.client_left,
                            .body_bytes = body.size(),
                            .answer_bytes = response.body.size(),
                            .retry_after = retry_after_of(response),
                            .delay = response.delay,
                            .awaited = response.awaited};
  if (note.rule) {
    call.rule = note.rule->name;
    call.step = note.rule->step;
  }
  if (const auto* caller = base::Caller::current()) {
    call.connection = caller->number();
    call.connected_at = std::chrono::floor<base::Duration>(caller->since());
    call.client_left = call.client_left || caller->had_left();
  }
  return runner::store(std::move(call));
}

constexpr std::size_t kMaxEdits = 8;  // enough for a wrong version or plural

std::string suggestion(std::string_view path) { return "; did you mean " + std::string(path) + "?"; }

void add_scenario_header(Response& response, const Scenario& scenario) {
  add_header(response, "X-Mock-Scenario", scenario.name);
}

// For a team that was reset in the meantime: its records are gone, so the client must not get the response.
void close_without_response(Response& response) {
  response.delay = {};
  response.ending = {.kind = net::Ending::Kind::empty};
}

}  // namespace

Response Api::refused(const Request& request, const ApiError& error, const Scenario& scenario) {
  Response response = error_response(error, scenario);
  add_scenario_header(response, scenario);
  auto& journal = directory_.unassigned();
  const auto entry = journal_entry(journal, request, request.header("x-api-key"), response, {.reason = error.message});
  if (entry) journal.record(entry);
  if (entry && has_listeners()) listener_(nullptr, *entry);
  return response;
}

bool Api::has_listeners() const {
  const auto* observer = directory_.observer();
  return listener_ && observer && observer->has_listeners();
}

Response Api::handle(const Request& request) {
  const auto host = request.header("host");
  if (request.header("origin").data() && !allows_host_(host))
    return refused(request, foreign_page(host), *directory_.library()->default_scenario());
  const auto key = request.header("x-api-key");
  if (key.find_first_not_of(" \t") == key.npos)
    return refused(request, missing_key(), *directory_.library()->default_scenario());
  const auto opened = directory_.open(key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&opened))
    return refused(request, rejected_key(rejected->reason), *rejected->scenario);
  if (std::holds_alternative<runner::TooManyTeams>(opened))
    return refused(request, too_many_teams(), *directory_.library()->default_scenario());

  TeamRunner& team = *std::get<std::shared_ptr<TeamRunner>>(opened);
  const auto scenario = team.scenario();
  TeamCall call(team, *scenario);
  Response response = call.respond(request);
  add_scenario_header(response, *scenario);
  // Taken before record_call() checks the team's generation, so that no reset can happen in between.
  if (response.delay.count() > 0 || response.ending.kind == net::Ending::Kind::stalled ||
      response.ending.kind == net::Ending::Kind::dribbled)
    response.cut = team.reset_signal();
  if (response.delay.count() > 0 && team.journal().on()) response.awaited = std::make_shared<std::atomic<bool>>(false);
  const auto& note = call.note();
  const auto entry = journal_entry(team.journal(), request, key, response, note);
  const bool is_kept = team.record_call(note.enrichment, [&](engine::Instant now, const engine::Team& state) {
    if (!entry) return;
    entry->at = now;
    if (matched_no_rule(note, response.status)) keep_rules(*entry, scenario, state.extra_rules());
    team.journal().record(entry);
  });
  if (!is_kept) close_without_response(response);
  if (is_kept && entry && has_listeners()) listener_(&team, *entry);
  response.log_tag = team.profile().label;
  return response;
}

std::string nearest_route(std::string_view path) {
  constexpr std::array<std::string_view, 2> kRoutes = {kEnrichments, kCredits};
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto slash = std::min(path.rfind('/'), path.size());
  const auto before = path.substr(0, slash), id = path.substr(std::min(slash + 1, path.size()));
  if (before == kEnrichments) return suggestion(path);  // a poll with a trailing slash
  if (const auto near = base::nearest(path, kRoutes, kMaxEdits)) return suggestion(*near);
  constexpr std::array<std::string_view, 1> kPolls = {kEnrichments};
  if (!engine::parse_id(id) || !base::nearest(before, kPolls, kMaxEdits)) return "";
  return suggestion(std::string(kEnrichments) + '/' + std::string(id));
}

}  // namespace enrichment_mock::api
