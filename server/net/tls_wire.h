// A wire whose bytes go over TLS. A peer that speaks something else is answered bare.
#pragma once
#include <memory>
#include <optional>

#include "net/identity.h"
#include "net/tls.h"
#include "net/wire.h"

namespace enrichment_mock::net {

class TlsWire final : public Wire {
 public:
  TlsWire(int socket, const base::StopSignal& stop, std::shared_ptr<const Identity> identity);

  Opening open(Clock::time_point begins_by, std::chrono::milliseconds handshake) override;
  Received receive_first(char* to, std::size_t size) override;
  bool may_have_more() const override { return true; }  // it is known only once it is looked for
  Received receive(char* to, std::size_t size, Clock::time_point deadline) override;
  bool send(std::string_view bytes, std::chrono::milliseconds timeout) override;
  void finish(Clock::time_point deadline) override;

 private:
  bool flush(std::chrono::milliseconds timeout);

  const std::shared_ptr<const Identity> identity_;
  std::optional<Session> session_;  // none: bare
};

}  // namespace enrichment_mock::net
