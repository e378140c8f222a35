#include "callbacks/sender.h"

#include "callbacks/attempt.h"
#include "callbacks/worker_pool.h"

namespace enrichment_mock::callbacks {

HttpSender::HttpSender(SenderOptions options) {
  const std::size_t max_workers = options.max_workers;
  auto attempts = std::make_shared<Attempts>(std::move(options));
  crew_ = Crew::start(
      [attempts](const Outbound& outbound, const net::Cutoff& cutoff) { return attempts->make(outbound, cutoff); },
      max_workers);
}

HttpSender::~HttpSender() { stop(); }

void HttpSender::send(Outbound outbound, Done done) { crew_->add(std::move(outbound), std::move(done)); }

void HttpSender::stop() { crew_->stop(); }

}  // namespace enrichment_mock::callbacks
