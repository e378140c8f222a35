// Between the runner and the sender: renders a due attempt as the documented callback and has it sent.
#pragma once
#include "callbacks/sender.h"
#include "runner/deliverer.h"

namespace enrichment_mock {

class CallbackDeliverer final : public runner::Deliverer {
 public:
  explicit CallbackDeliverer(callbacks::Sender& sender) : sender_(sender) {}
  void deliver(engine::DueAttempt attempt, Cut cut, Done done) override;

 private:
  callbacks::Sender& sender_;
};

}  // namespace enrichment_mock
