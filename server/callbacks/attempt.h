// One attempt from its URL to its outcome: name lookup, target policy, connection, TLS, request and answer.
#pragma once
#include <mutex>
#include <string>

#include "callbacks/sender.h"
#include "net/client_connection.h"
#include "net/url.h"

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
  Delivery make(const Outbound& outbound, const net::Cutoff& cutoff);

 private:
  Delivery attempt(const Outbound& outbound, const net::Cutoff& cutoff);
  const net::TlsContext& tls();

  SenderOptions options_;
  std::once_flag tls_once_;
  std::unique_ptr<net::TlsContext>
      tls_;  // made for the first https target: reading the system's authorities takes time
};

// One POST and its answer over an open connection. The HTTP is cpp-httplib's, the bytes go through ours: httplib's own
// client waits per read rather than in all, tells few errors apart, reads lines of any length into std::regex (which
// overflows the stack) and, in newer releases, re-encodes the query.

// Fills in status or error. An answer counts once its head is there: a body that is cut off or longer than 64 KB is
// not waited for, the status decides. A body that is still coming at the deadline is a timeout.
Delivery exchange(net::ClientConnection& connection, const net::Url& url, const Outbound& outbound);

}  // namespace enrichment_mock::callbacks
