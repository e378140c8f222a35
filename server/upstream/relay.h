// Passes one HTTP/1.1 call on to a server and returns its answer as it was sent: no redirect is followed, no body is
// decompressed, interim responses (1xx) are skipped. A call ends at its deadline or when the program stops, whatever
// the server does: cpp-httplib's client promises neither. Each call uses a new connection. Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/url.h"
#include "base/waiting.h"
#include "net/tls.h"

namespace enrichment_mock::upstream {

struct RelayedCall {
  std::string_view method, target;
  // Without Host, Connection and the headers that frame the body.
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
  std::string_view body = {};
};

struct RelayedAnswer {
  int status = 0;  // 0: no complete answer has arrived, and `error` says why
  std::vector<std::pair<std::string, std::string>> headers = {};  // all that were sent, in their order
  std::string body = {};                                          // without chunks
  std::optional<std::uint64_t> content_length = {};               // as it was sent; the answer to HEAD has only this
  std::string error = {};                                         // "connection refused", "TLS: …"
  bool timed_out = false;

  // The value of the first header of that name, in any letter case; empty: there is none.
  std::string_view header(std::string_view name) const;
};

// Answers of the API have less than a kilobyte.
inline constexpr std::size_t kMaxAnswerBody = 1024 * 1024;

class Relay {
 public:
  // `ca_file`: PEM; empty: the system's certificate authorities. Throws std::invalid_argument if it cannot be read.
  explicit Relay(std::string ca_file = {});

  // `body_limit`: a longer body is an error.
  RelayedAnswer send(const base::Url& server, const RelayedCall& call, const base::Deadline& deadline,
                     std::size_t body_limit = kMaxAnswerBody) const;

 private:
  const net::TlsContext& tls() const;

  const std::string ca_file_;
  // Made for the first https call, because reading the system's certificate authorities takes time.
  mutable std::once_flag tls_once_;
  mutable std::optional<net::TlsContext> tls_;
};

// Whether a header is about one connection, or about how a body is framed in it (RFC 9110, section 7.6.1): a proxy does
// not pass it on. `connection`: the value of the message's Connection header, which names more of them.
bool is_hop_by_hop(std::string_view name, std::string_view connection);

}  // namespace enrichment_mock::upstream
