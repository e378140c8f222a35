#include "emulator/deliverer.h"

#include <utility>

#include "api/render.h"

namespace enrichment_mock {

void CallbackDeliverer::deliver(engine::DueAttempt attempt, Cut cut, Done done) {
  callbacks::Outbound outbound;
  outbound.url = std::move(attempt.url);
  outbound.body = api::render_callback(attempt.notification, *attempt.settings);
  outbound.headers = attempt.settings->headers;
  outbound.cut = std::move(cut);
  outbound.timeout = std::chrono::ceil<std::chrono::milliseconds>(attempt.settings->timeout);
  sender_.send(std::move(outbound), [done = std::move(done)](callbacks::Delivery delivery) {
    done({delivery.status, std::move(delivery.error), delivery.latency});
  });
}

}  // namespace enrichment_mock
