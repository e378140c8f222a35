// The emulated API: https://client-api.salesfinity.co/v1/api/enrichment/…, with the documented responses.
// A call from a web page is refused first (403) if its Host header may come from DNS rebinding.
// Other requests are checked in this order: key (401), route and method (404, 405), schedule and rate limit, content
// type and size (415, 413), JSON syntax and fields (400), the scenario's rules, credits (402).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/error.h"
#include "engine/team.h"
#include "net/message.h"
#include "runner/directory.h"
#include "runner/journal.h"

namespace enrichment_mock::api {

// Called after each response with the call's team; null: the call had no valid key.
using Listener = std::function<void(runner::TeamRunner* team, const runner::JournalEntry&)>;

// Whether a web page may use that Host header.
using HostCheck = std::function<bool(std::string_view host)>;

class Api {
 public:
  explicit Api(
      runner::Directory& directory, Listener listener = {},
      HostCheck allows_host = [](std::string_view) { return true; })
      : directory_(directory), listener_(std::move(listener)), allows_host_(std::move(allows_host)) {}

  // Thread-safe. Every response has the header X-Mock-Scenario: the team's scenario, or the scenario that rejected the
  // key. log_tag names the team.
  net::Response handle(const net::Request& request);

 private:
  net::Response refused(const net::Request& request, const ApiError& error, const scenario::Scenario& scenario);

  bool has_listeners() const;

  runner::Directory& directory_;
  const Listener listener_;
  const HostCheck allows_host_;
};

// The suggestion for an unknown path: "; did you mean /v1/api/enrichment/email?", or the path of a poll with its id.
// Empty: the API has no similar path.
std::string nearest_route(std::string_view path);

}  // namespace enrichment_mock::api
