#include "api/api.h"

#include <optional>
#include <utility>

#include "api/answer.h"
#include "api/error.h"
#include "api/render.h"
#include "api/validation.h"

namespace enrichment_mock::api {

namespace {

using http::Request;
using http::Response;
using runner::TeamRunner;
using scenario::Event;
using scenario::Scenario;

constexpr std::string_view kEnrichments = "/v1/api/enrichment/email";
constexpr std::string_view kCredits = "/v1/api/enrichment/credits";

// One call of the API, by its route.
struct Call {
  Event event;
  std::string_view id = {};  // of a poll
};

// Throws 404 and 405.
Call find_route(const Request& request) {
  const auto expect_method = [&](std::string_view method) {
    if (request.method != method) throw wrong_method(request.method, request.path, method);
  };
  if (request.path == kEnrichments) {
    expect_method("POST");
    return {Event::request};
  }
  if (request.path == kCredits) {
    expect_method("GET");
    return {Event::credits};
  }
  if (request.path.starts_with(kEnrichments) && request.path.substr(kEnrichments.size()).starts_with('/')) {
    const auto id = request.path.substr(kEnrichments.size() + 1);
    if (!id.empty() && id.find('/') == id.npos) {
      expect_method("GET");
      return {Event::poll, id};
    }
  }
  throw no_such_route(request.method, request.path);
}

void check_content(const Request& request) {
  const auto type = request.header("content-type");
  auto essence = type.substr(0, type.find(';'));
  while (!essence.empty() && (essence.back() == ' ' || essence.back() == '\t')) essence.remove_suffix(1);
  if (type.data() && !http::same_text(essence, "application/json")) throw not_json(type);
  const auto encoding = request.header("content-encoding");
  if (encoding.data() && !http::same_text(encoding, "identity")) throw encoded_body(encoding);
  if (request.body_fault == http::BodyFault::too_large) throw body_too_large();
}

// One team's answers, as its scenario has them.
class Answers {
 public:
  Answers(TeamRunner& team, const Scenario& scenario) : team_(team), scenario_(scenario) {}

  Response to(const Request& request) {
    Call call;
    try {
      call = find_route(request);
    } catch (const ApiError& error) {
      team_.count_unmatched();
      return error_response(error, scenario_);
    }
    if (!scenario_.has_gate()) return to(call, request);
    const auto admitted = team_.admit(call.event);
    if (admitted.retry_after) return error_response(rate_limited(*admitted.retry_after), scenario_);
    if (admitted.reply && admitted.reply->status) return scripted_response(*admitted.reply, scenario_);
    Response response = to(call, request);
    if (admitted.reply && !disturbed_) disturb(response, *admitted.reply);
    return response;
  }

 private:
  Response to(const Call& call, const Request& request) {
    switch (call.event) {
      case Event::request:
        return to_request(request);
      case Event::poll:
        return to_poll(call.id);
      case Event::credits:
        return to_credits();
    }
    return {};
  }

  Response to_request(const Request& request) {
    std::optional<engine::EnrichmentRequest> parsed;
    try {
      check_content(request);
      parsed = parse_enrichment_request(request.body);
    } catch (const ApiError& error) {
      team_.count_refused(error.status);
      return error_response(error, scenario_);
    }
    const std::string linkedin_url = parsed->linkedin_url;
    const auto result = team_.request(*std::move(parsed));
    const bool refused = result.kind == engine::RequestResult::Kind::no_credits;
    return scripted(result.script, [&]() -> Response {
      if (refused) return error_response(no_credits(), scenario_);
      return {.status = 201, .body = render_accepted(result.id, linkedin_url)};
    });
  }

  Response to_poll(std::string_view id_text) {
    const auto id = engine::parse_id(id_text);
    const auto result = id ? team_.poll(*id) : std::nullopt;
    if (!result) return error_response(no_such_enrichment(), scenario_);
    return scripted(result->script, [&]() -> Response { return {.body = render_enrichment(result->view)}; });
  }

  Response to_credits() {
    const auto result = team_.credits();
    return scripted(result.script, [&]() -> Response { return {.body = render_credits(result.balance)}; });
  }

  // The script's answer, or the API's own with what the script does to it.
  template <class Own>
  Response scripted(const engine::Scripted& script, Own own) {
    disturbed_ = script.reply != nullptr;
    if (script.answers()) return scripted_response(*script.reply, scenario_);
    Response response = own();
    if (script.reply) disturb(response, *script.reply);
    return response;
  }

  TeamRunner& team_;
  const Scenario& scenario_;
  bool disturbed_ = false;  // by a rule, which then has the last word
};

Response labelled(Response response, const Scenario& scenario) {
  add_header(response, "X-Mock-Scenario", scenario.name);
  return response;
}

Response refused(const ApiError& error, const Scenario& scenario) {
  return labelled(error_response(error, scenario), scenario);
}

}  // namespace

Response Api::handle(const Request& request) {
  const auto key = request.header("x-api-key");
  if (key.find_first_not_of(" \t") == key.npos)
    return refused(missing_key(), *directory_.library()->default_scenario());
  const auto opened = directory_.open(key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&opened))
    return refused(rejected_key(rejected->reason), *rejected->scenario);
  if (std::holds_alternative<runner::Full>(opened))
    return refused(too_many_teams(), *directory_.library()->default_scenario());

  TeamRunner& team = *std::get<std::shared_ptr<TeamRunner>>(opened);
  const auto scenario = team.scenario();
  Response response = labelled(Answers(team, *scenario).to(request), *scenario);
  response.log_tag = team.label();
  return response;
}

}  // namespace enrichment_mock::api
