// What was sent and received in one attempt to deliver a callback.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mask.h"

namespace enrichment_mock::base {

struct Exchange {
  std::string request_head = {};  // request line and headers, as they were sent; empty: nothing was sent
  std::string request_body = {};
  int status = 0;                     // of the response; 0: no status has arrived
  std::string response_headers = {};  // "name: value\n" each
  std::string response_body = {};
  // The full lengths of both bodies: of the request as it was sent, of the response as far as it has been received.
  std::size_t request_body_bytes = 0, response_body_bytes = 0;
  bool response_headers_truncated = false;  // the last ones are missing

  // In the order in which they were sent. The views are into request_head.
  std::vector<std::pair<std::string_view, std::string_view>> request_headers() const;

  // Both as lines "name: value\n", with the values of secret headers and the userinfo of URLs masked. `left_out`: the
  // name of a header that is not shown.
  std::string shown_request_headers(std::string_view left_out) const;
  std::string shown_response_headers() const;

  std::string shown_response_body() const;  // with the userinfo of URLs masked
  bool request_truncated() const { return request_body.size() < request_body_bytes; }
  bool response_truncated() const { return response_body.size() < response_body_bytes; }

  // A masker that masks the values of the request's secret headers, too: a receiver may send them back.
  KeyMasker with_secrets(const KeyMasker& keys) const;

  // Whether a body is longer than base::kMaxKeptBody or base::kMaxKeptResponse, and shorten() cuts it there. `keys` are
  // masked in what is cut, so that it does not end in a part of a key.
  bool is_long() const;
  void shorten(const KeyMasker& keys);
};

}  // namespace enrichment_mock::base
