#include "control/call.h"

#include <charconv>

#include "api/error.h"

namespace enrichment_mock::control {

std::array<std::span<const Route>, 10> all_routes() {
  return {request_routes(), enrichment_routes(), callback_routes(), credit_routes(), script_routes(),
          clock_routes(),   server_routes(),     verify_routes(),   event_routes(),  sink_routes()};
}

runner::TeamRunner& Call::one_team() const {
  if (!team) refuse("this call needs a team: send the header x-api-key or ?team=ID");
  return *team;
}

std::vector<std::shared_ptr<runner::TeamRunner>> Call::teams() const {
  if (team) return {team};
  return services.directory.teams();
}

std::string manual_clock_hint(runner::TeamRunner& team) {
  return team.clock().view().manual ? "; the team's clock is manual, see POST clock/advance" : "";
}

std::chrono::milliseconds timeout_of(const std::optional<base::Duration>& given) {
  return std::chrono::ceil<std::chrono::milliseconds>(given.value_or(std::chrono::seconds(5)));
}

Cursor Cursor::of(const Query& query) {
  Cursor cursor;
  const auto given = query.text("after");
  if (!given) return cursor;
  const char* end = given->data() + given->size();
  const auto [dot, first] = std::from_chars(given->data(), end, cursor.team);
  const bool dotted = first == std::errc() && dot != end && *dot == '.';
  const auto [rest, second] = std::from_chars(dotted ? dot + 1 : end, end, cursor.number);
  if (!dotted || second != std::errc() || rest != end)
    refuse("parameter \"after\": \"" + api::clipped(*given) + "\" is not valid: expected the \"next\" of a list");
  return cursor;
}

std::string Cursor::text() const { return std::to_string(team) + "." + std::to_string(number); }

Page Page::of(const Query& query) {
  const auto limit = query.number("limit", 1, 1000), last = query.number("last", 1, 1000);
  if (last && (limit || query.text("after"))) refuse("parameter \"last\": cannot be used with \"limit\" or \"after\"");
  if (last) return {.limit = *last, .is_last = true};
  return {.limit = limit.value_or(100)};
}

}  // namespace enrichment_mock::control
