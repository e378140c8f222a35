// GET clock, PUT clock, POST clock/advance, POST settle.
#include "control/call.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::control {

namespace {

net::Response show_clock(const Call& call) { return answer(200, render(call.one_team().clock().view())); }

net::Response set_clock(const Call& call) {
  auto& team = call.one_team();
  std::optional<bool> manual;
  std::optional<double> scale;
  std::optional<base::Instant> now;
  Body body(call.request);
  auto fields = body.fields();
  fields.require("mode", json_text::word_of(scenario::kClockModeWords), manual);
  fields.read("scale", scenario::read_scale, scale);
  fields.read("now", json_text::read_instant, now);
  if (scale && manual == true) body.root().member("scale")->problem("a manual clock has no \"scale\"");
  if (now && manual == false)
    body.root().member("now")->problem("a running clock continues from its current time; expected no \"now\"");
  body.finish(fields);
  return answer(200, render(*manual ? team.clock().stop(now) : team.clock().run(scale.value_or(1))));
}

net::Response advance(const Call& call) {
  auto& team = call.one_team();
  std::optional<base::Duration> by, timeout;
  bool to_next = false;
  Body body(call.request);
  auto fields = body.fields();
  fields.read("by", json_text::read_duration, by);
  fields.read("to_next", json_text::read_boolean, to_next);
  fields.read("timeout", json_text::read_duration, timeout);
  body.finish(fields);
  if (by.has_value() == to_next) refuse("expected either \"by\", a duration, or \"to_next\": true");
  const auto most = timeout_of(timeout.value_or(runner::kYear));
  const auto result = to_next ? team.clock().advance_to_next(most) : team.clock().advance(*by, most);
  Object json{{"now", time_text(result.now)}, {"fired", render_fired(result.fired)}};
  if (!result.complete) json.add("open", render(result.open));
  return answer(result.complete ? 200 : kTimedOut, json);
}

net::Response settle(const Call& call) {
  auto& team = call.one_team();
  std::optional<base::Duration> timeout;
  Body body(call.request);
  auto fields = body.fields();
  fields.read("timeout", json_text::read_duration, timeout);
  body.finish(fields);
  const auto settled = team.clock().settle(timeout_of(timeout));
  return answer(
      settled.complete ? 200 : kTimedOut,
      {{"now", time_text(settled.now)}, {"fired", render_fired(settled.fired)}, {"open", render(settled.open)}});
}

constexpr Route kClockRoutes[] = {{"GET", "clock", {}, show_clock},
                                  {"PUT", "clock", {}, set_clock, kTakesBody},
                                  {"POST", "clock/advance", {}, advance, kTakesBody},
                                  {"POST", "settle", {}, settle, kTakesBody}};

}  // namespace

std::span<const Route> clock_routes() { return kClockRoutes; }

}  // namespace enrichment_mock::control
