// What the journal says of a call beside what went over the wire.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engine/team.h"
#include "http/message.h"
#include "journal/journal.h"

namespace enrichment_mock::api {

struct CallNote {
  bool matched = true;      // by an endpoint of the API
  std::string reason = {};  // why it was refused or scripted; empty: it was answered as the API does
  std::optional<engine::Scripted::Rule> rule = {};
  scenario::Fault fault = scenario::Fault::none;
  std::optional<engine::EnrichmentId> enrichment = {};
};

// Puts an answered call on record. `at` is the team's time; keys and credentials in headers are masked. `copy`, if
// given, becomes the entry.
void record(journal::Journal& journal, const http::Request& request, const http::Response& response,
            const CallNote& note, engine::Instant at, journal::Entry* copy = nullptr);

}  // namespace enrichment_mock::api
