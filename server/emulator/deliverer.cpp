#include "emulator/deliverer.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

#include "api/answer.h"
#include "base/mask.h"
#include "base/text.h"
#include "control/control.h"
#include "runner/team_runner.h"

namespace enrichment_mock {

namespace {

constexpr std::size_t kMaxWarnings = 100;  // clients can use any number of targets

// A header of the scenario overrides one that the request had.
void add_forwarded(const engine::ForwardedHeaders& forwarded, engine::ForwardedHeaders& headers) {
  const auto scripted = headers.size();
  for (const auto& header : forwarded)
    if (std::none_of(headers.begin(), headers.begin() + static_cast<std::ptrdiff_t>(scripted),
                     [&](const auto& each) { return base::same_text(each.first, header.first); }))
      headers.push_back(header);
}

runner::SinkSource source_of(const engine::DueAttempt& attempt, const runner::TeamProfile& team) {
  const auto& enrichment = attempt.notification.id;
  return {.team = team.order,
          .team_id = team.id,
          .enrichment_id = to_text(enrichment),
          .callback_id = engine::callback_id(enrichment, attempt.copy),
          .attempt = attempt.number};
}

}  // namespace

void CallbackDeliverer::deliver(engine::DueAttempt attempt, const runner::TeamProfile& team, Cut cut, Done done) {
  callbacks::OutboundRequest outbound;
  outbound.url = settings_.rewrites.apply(attempt.url).value_or(attempt.url);
  std::shared_ptr<const runner::Sink::Mark> mark;
  if (outbound.url.find(control::kSinkPath) != outbound.url.npos) {
    mark = settings_.sink->mark(source_of(attempt, team));
    outbound.own_header = {std::string(control::kSinkMark), mark->text()};
  }
  outbound.make_body = [notification = std::move(attempt.notification), settings = attempt.settings] {
    return api::render_callback(notification, *settings);
  };
  outbound.headers = attempt.settings->headers;
  if (attempt.forwarded) add_forwarded(*attempt.forwarded, outbound.headers);
  outbound.cut = std::move(cut);
  outbound.sequential = attempt.settings->order == scenario::Order::reversed;
  const auto timeout = attempt.settings->timeout;
  if (timeout) outbound.timeout_setting = "callback.timeout in the scenario";
  outbound.timeout = timeout ? std::chrono::ceil<std::chrono::milliseconds>(*timeout) : settings_.timeout;
  sender_.send(std::move(outbound),
               [this, url = std::move(attempt.url), mark, done = std::move(done)](callbacks::Delivery delivery) {
                 if (delivery.is_configuration_error) warn_once(url, delivery.error);
                 done({delivery.status, std::move(delivery.error), delivery.latency}, std::move(delivery.exchange));
               });
}

void CallbackDeliverer::warn_once(const std::string& url, const std::string& error) noexcept {
  try {
    {
      const std::lock_guard lock(warned_mutex_);
      if (warned_.size() >= kMaxWarnings || !warned_.insert(error).second) return;
    }
    settings_.warn("the callback to " + base::mask_userinfo(url) + " failed: " + error);
  } catch (const std::exception&) {  // out of memory: no warning
  }
}

}  // namespace enrichment_mock
