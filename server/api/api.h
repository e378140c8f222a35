// The emulated API: https://client-api.salesfinity.co/v1/api/enrichment/…, answered as its documentation says.
// A request meets, in this order: key (401), route and method (404, 405), content type and size (415, 413), JSON syntax
// and fields (400), the scenario's rules, credits (402).
#pragma once
#include "api/error.h"
#include "http/message.h"
#include "runner/directory.h"

namespace enrichment_mock::api {

class Api {
 public:
  explicit Api(runner::Directory& directory) : directory_(directory) {}

  // Safe to call from many threads. Every answer carries X-Mock-Scenario, the team's or that of the scenario that
  // turned its key away; log_tag names the team.
  http::Response handle(const http::Request& request);

 private:
  http::Response refused(const http::Request& request, const ApiError& error, const scenario::Scenario& scenario);

  runner::Directory& directory_;
};

}  // namespace enrichment_mock::api
