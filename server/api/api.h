// The emulated API: https://client-api.salesfinity.co/v1/api/enrichment/…, answered as its documentation says.
// A call from a web page of a host that may have been rebound to this machine is refused first (403).
// Any other request meets, in this order: key (401), route and method (404, 405), content type and size (415, 413),
// JSON syntax and fields (400), the scenario's rules, credits (402).
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

// Told of each answered call, with its team; null: it was no team's.
using Listener = std::function<void(runner::TeamRunner* team, const runner::JournalEntry&)>;

// Whether a web page may call by that Host header.
using HostCheck = std::function<bool(std::string_view host)>;

class Api {
 public:
  explicit Api(
      runner::Directory& directory, Listener listener = {},
      HostCheck allows_host = [](std::string_view) { return true; })
      : directory_(directory), listener_(std::move(listener)), allows_host_(std::move(allows_host)) {}

  // Safe to call from many threads. Every answer carries X-Mock-Scenario, the team's or that of the scenario that
  // turned its key away; log_tag names the team.
  net::Response handle(const net::Request& request);

 private:
  net::Response refused(const net::Request& request, const ApiError& error, const scenario::Scenario& scenario);

  bool is_heard() const;

  runner::Directory& directory_;
  const Listener listener_;
  const HostCheck allows_host_;
};

// What a 404 for a path that the API does not have suggests:
// "; did you mean /v1/api/enrichment/email?", or with the id of a poll; empty: no path of the API is nearly that.
std::string nearest_route(std::string_view path);

}  // namespace enrichment_mock::api
