// GET sink, POST, GET, PUT and DELETE sink/{name}: a receiver of callbacks inside the mock.
#include <array>
#include <utility>

#include "api/error.h"
#include "api/recording.h"
#include "base/text.h"
#include "base/time_text.h"
#include "control/call.h"
#include "control/control.h"
#include "control/steering.h"

namespace enrichment_mock::control {

namespace {

using runner::Sink;

std::optional<Sink::Team> team_of_sink(const Call& call) {
  return call.team ? std::optional(call.team->profile().order) : std::nullopt;
}

// Anyone may call it, so it reveals nothing.
net::Response receive(const Call& call) {
  check_sink_name(call.id);
  const auto& request = call.request;
  if (request.body_fault == net::BodyFault::too_large) throw api::body_too_large();
  std::string headers, masked_body;
  const auto body = api::without_credentials(request.body, masked_body);
  runner::SinkEntry entry{.real_at = std::chrono::floor<base::Duration>(std::chrono::system_clock::now()),
                          .method = std::string(request.method),
                          .target = std::string(request.target),
                          .headers = std::string(api::recorded_headers(request, headers, kSinkMark)),
                          .body = std::string(base::utf8_prefix(body, base::kMaxKeptBody)),
                          .body_bytes = body.size()};
  auto received = call.services.directory.sink().receive(call.id, request.header(kSinkMark), std::move(entry));
  if (const auto* refusal = std::get_if<Sink::Refusal>(&received)) {
    if (*refusal == Sink::Refusal::full) throw sink_is_full();
    throw api::ApiError{403, "The header " + std::string(kSinkMark) +
                                 " is for the mock's own callbacks; expected a request without it"};
  }
  auto& how = std::get<Sink::Answer>(received);
  auto response = answer(how.status, {{"number", how.number}});
  response.delay = how.delay;
  response.cut = std::move(how.cut);
  return response;
}

void add_script(Object& json, const runner::SinkScript& script) {
  json.add("statuses", Array::of(script.statuses));
  json.add("delay", base::format_duration(script.delay));
}

// Adds the page of received requests and the script.
void add_contents(Object& json, const Call& call, const Sink::Page& page) {
  const auto contents = call.services.directory.sink().contents(call.id, team_of_sink(call), page);
  const auto keys = call.team ? call.team->masker() : call.services.directory.masker();
  json.add("name", call.id);
  json.add("received", Array::of(contents.entries, [&](const auto& entry) { return render(*entry, keys); }));
  json.add("count", contents.received);
  json.add("evicted", contents.evicted);
  add_script(json, contents.script);
  if (contents.has_more)
    json.add("next", contents.entries.back()->number);
  else
    json.add("next", nullptr);
}

// How many requests the call waits for; nothing: it does not wait.
std::optional<std::uint64_t> awaited_by(const Query& query) {
  const auto given = query.list("wait");
  if (given.empty()) return std::nullopt;
  if (given.size() > 1) refuse("parameter \"wait\": expected one number, found " + std::to_string(given.size()));
  return read_number("wait", given.front(), 1, base::kMaxSinkRequests);
}

net::Response show_sink(const Call& call) {
  check_sink_name(call.id);
  const auto limits = Page::of(call.query);
  const Sink::Page page{
      .limit = limits.limit, .after = call.query.number("after", 0, UINT64_MAX).value_or(0), .is_last = limits.is_last};
  const auto awaited = awaited_by(call.query);
  const auto timeout = timeout_of(call.query.duration("timeout"));
  const auto team = team_of_sink(call);
  auto& sink = call.services.directory.sink();
  Object json;
  const auto found = awaited ? sink.wait(call.id, team, page.after, *awaited, timeout) : 0;
  const bool in_time = !awaited || found >= *awaited;
  if (!in_time)
    json = api::error_json(kTimedOut, std::to_string(found) + " of " + std::to_string(*awaited) +
                                          " requests were received when the timeout was reached" +
                                          (call.team ? manual_clock_hint(*call.team) : ""));
  add_contents(json, call, page);
  if (!in_time && call.team) json.add("open", render(open_work_of(*call.team)));
  return answer(in_time ? 200 : kTimedOut, json);
}

std::optional<std::vector<int>> read_statuses(const json_text::Value& value) {
  if (value.is_array() && (value.empty() || value.size() > base::kMaxSinkStatuses))
    json_text::unexpected(value, "1 to " + std::to_string(base::kMaxSinkStatuses) + " statuses");
  return json_text::read_list(value, json_text::whole_number(200, 599));
}

net::Response set_sink(const Call& call) {
  check_sink_name(call.id);
  runner::SinkScript script;
  Body body(call.request);
  auto fields = body.fields();
  fields.read("statuses", read_statuses, script.statuses);
  fields.read("delay", json_text::read_duration, script.delay);
  const bool is_default = body.root().empty();
  body.finish(fields);
  auto& sink = call.services.directory.sink();
  const auto team = team_of_sink(call);
  set_sink_script(sink, call.id, team.value_or(Sink::kNoTeam), is_default ? std::nullopt : std::optional(script));
  Object json{{"name", call.id}};
  add_script(json, sink.contents(call.id, team, {}).script);
  return answer(200, json);
}

net::Response forget(const Call& call) {
  check_sink_name(call.id);
  const auto deleted = call.services.directory.sink().remove(call.id, team_of_sink(call));
  return answer(200, {{"deleted", deleted}});
}

net::Response list_sinks(const Call& call) {
  const auto summaries = call.services.directory.sink().summaries(team_of_sink(call));
  return answer(200, {{"sinks", Array::of(summaries, [](const Sink::Summary& each) {
                         return Object{{"name", each.name}, {"count", each.received}, {"evicted", each.evicted}};
                       })}});
}

constexpr std::array<std::string_view, 5> kSinkParameters = {"limit", "after", "last", "wait", "timeout"};
constexpr Route kSinkRoutes[] = {{"GET", "sink", {}, list_sinks},
                                 {"POST", "sink/{name}", {}, receive, kFromAnyone},
                                 {"GET", "sink/{name}", kSinkParameters, show_sink},
                                 {"PUT", "sink/{name}", {}, set_sink, kTakesBody},
                                 {"DELETE", "sink/{name}", {}, forget}};

}  // namespace

std::span<const Route> sink_routes() { return kSinkRoutes; }

}  // namespace enrichment_mock::control
