// One attempt from its URL to its outcome: name lookup, target policy, connection, TLS, request and answer.
#pragma once
#include <mutex>

#include "callbacks/cutoff.h"
#include "callbacks/sender.h"

namespace enrichment_mock::callbacks {

class TlsContext;

// "timed out after 250ms", "timed out after 10s"
std::string timed_out_after(std::chrono::milliseconds timeout);

// Makes attempts, any number at once. Thread-safe.
class Attempts {
 public:
  // Throws std::invalid_argument if options.ca_file cannot be read.
  explicit Attempts(SenderOptions options);
  ~Attempts();

  // Returns by the cutoff, but for a name lookup, which cannot be interrupted. Never throws; `latency` is the caller's.
  Delivery make(const Outbound& outbound, const Cutoff& cutoff);

 private:
  Delivery attempt(const Outbound& outbound, const Cutoff& cutoff);
  const TlsContext& tls();

  SenderOptions options_;
  std::once_flag tls_once_;
  std::unique_ptr<TlsContext> tls_;  // made for the first https target: reading the system's authorities takes time
};

}  // namespace enrichment_mock::callbacks
