#include "emulator/deliverer.h"

#include <exception>
#include <utility>

#include "api/answer.h"
#include "base/mask.h"

namespace enrichment_mock {

namespace {

constexpr std::size_t kMaxWarnings = 100;  // clients can use any number of targets

}  // namespace

void CallbackDeliverer::deliver(engine::DueAttempt attempt, Cut cut, Done done) {
  callbacks::OutboundRequest outbound;
  outbound.url = settings_.rewrites.apply(attempt.url).value_or(attempt.url);
  outbound.make_body = [notification = std::move(attempt.notification), settings = attempt.settings] {
    return api::render_callback(notification, *settings);
  };
  outbound.headers = attempt.settings->headers;
  outbound.cut = std::move(cut);
  outbound.sequential = attempt.settings->order == scenario::Order::reversed;
  const auto timeout = attempt.settings->timeout;
  if (timeout) outbound.timeout_setting = "callback.timeout in the scenario";
  outbound.timeout = timeout ? std::chrono::ceil<std::chrono::milliseconds>(*timeout) : settings_.timeout;
  sender_.send(std::move(outbound),
               [this, url = std::move(attempt.url), done = std::move(done)](callbacks::Delivery delivery) {
                 if (delivery.is_configuration_error) warn_once(url, delivery.error);
                 done({delivery.status, std::move(delivery.error), delivery.latency});
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
