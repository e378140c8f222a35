#include "api/api.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/error.h"
#include "api/render.h"
#include "api/validation.h"

namespace enrichment_mock::api {

namespace {

using http::Request;
using http::Response;
using runner::TeamRunner;
using scenario::Scenario;

constexpr std::string_view kEnrichments = "/v1/api/enrichment/email";
constexpr std::string_view kCredits = "/v1/api/enrichment/credits";

bool has_header(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [&](const auto& header) { return http::same_text(header.first, name); });
}

// A header that the script has set already stays as it is.
void add_header(Response& response, std::string name, std::string value) {
  if (!has_header(response, name)) response.headers.emplace_back(std::move(name), std::move(value));
}

void use_body(Response& response, const scenario::Body& body) {
  response.body = body.text;
  add_header(response, "Content-Type", body.content_type);
}

void use_error_body(Response& response, const ApiError& error, const Scenario& scenario) {
  const auto replaced = scenario.errors.find(error.status);
  if (replaced != scenario.errors.end())
    use_body(response, replaced->second);
  else
    response.body = error_body(error.status, error.message);
}

Response error_response(const ApiError& error, const Scenario& scenario) {
  Response response{.status = error.status};
  if (!error.allow.empty()) response.headers.emplace_back("Allow", error.allow);
  use_error_body(response, error, scenario);
  return response;
}

Response labelled(Response response, const Scenario& scenario) {
  add_header(response, "X-Mock-Scenario", scenario.name);
  return response;
}

// A scripted answer without a body of its own gets the catalogue's for that status.
Response scripted_response(const scenario::Reply& reply, const Scenario& scenario) {
  const int status = *reply.status;
  Response response{.status = status, .headers = reply.headers};
  if (reply.body)
    use_body(response, *reply.body);
  else if (status >= 400)
    use_error_body(response, status == 402 ? no_credits() : ApiError{status, std::string(reason_of(status)), {}},
                   scenario);
  response.delay = std::chrono::ceil<std::chrono::milliseconds>(reply.delay);
  return response;
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

Response request_enrichment(const Request& request, TeamRunner& team) {
  check_content(request);
  auto parsed = parse_enrichment_request(request.body);
  const std::string linkedin_url = parsed.linkedin_url;
  const auto result = team.request(std::move(parsed));
  Response response;
  switch (result.kind) {
    case engine::RequestResult::Kind::scripted:
      return scripted_response(*result.reply, team.scenario());
    case engine::RequestResult::Kind::no_credits:
      response = error_response(no_credits(), team.scenario());
      break;
    case engine::RequestResult::Kind::accepted:
      response.status = 201;
      response.body = render_accepted(result.id, linkedin_url);
      break;
  }
  if (result.reply) response.delay = std::chrono::ceil<std::chrono::milliseconds>(result.reply->delay);
  return response;
}

Response poll_enrichment(std::string_view id_text, TeamRunner& team) {
  const auto id = engine::parse_id(id_text);
  const auto view = id ? team.poll(*id) : std::nullopt;
  if (!view) throw no_such_enrichment();
  return {.body = render_enrichment(*view)};
}

// Route and method, then what they ask for.
Response dispatch(const Request& request, TeamRunner& team) {
  const auto expect_method = [&](std::string_view method) {
    if (request.method != method) throw wrong_method(request.method, request.path, method);
  };
  if (request.path == kEnrichments) {
    expect_method("POST");
    return request_enrichment(request, team);
  }
  if (request.path == kCredits) {
    expect_method("GET");
    return {.body = render_credits(team.credits())};
  }
  if (request.path.starts_with(kEnrichments) && request.path.substr(kEnrichments.size()).starts_with('/')) {
    const auto id = request.path.substr(kEnrichments.size() + 1);
    if (!id.empty() && id.find('/') == id.npos) {
      expect_method("GET");
      return poll_enrichment(id, team);
    }
  }
  throw no_such_route(request.method, request.path);
}

Response answer(const Request& request, TeamRunner& team) {
  try {
    return dispatch(request, team);
  } catch (const ApiError& error) {
    return error_response(error, team.scenario());
  }
}

}  // namespace

Response Api::handle(const Request& request) {
  const Scenario& fallback = directory_.default_scenario();
  const auto key = request.header("x-api-key");
  if (key.find_first_not_of(" \t") == key.npos) return labelled(error_response(missing_key(), fallback), fallback);
  const auto opened = directory_.open(key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&opened))
    return labelled(error_response(rejected_key(rejected->reason), *rejected->scenario), *rejected->scenario);
  if (std::holds_alternative<runner::Full>(opened))
    return labelled(error_response(too_many_teams(), fallback), fallback);

  TeamRunner& team = *std::get<std::shared_ptr<TeamRunner>>(opened);
  Response response = labelled(answer(request, team), team.scenario());
  response.log_tag = team.label();
  return response;
}

}  // namespace enrichment_mock::api
