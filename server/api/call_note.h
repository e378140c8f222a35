// What the journal says of a call beside what went over the wire.
#pragma once
#include <memory>
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

// The team's part in a call; that of nobody in one that was no team's.
struct CallScene {
  engine::Instant at{};  // the team's time
  const std::shared_ptr<const scenario::Scenario>* scenario = nullptr;
  const engine::ExtraRules* extra_rules = nullptr;
};

// Puts an answered call on record; keys and credentials in headers are masked. `copy`, if given, becomes the entry.
void record(journal::Journal& journal, const http::Request& request, const http::Response& response,
            const CallNote& note, const CallScene& scene, journal::Entry* copy = nullptr);

}  // namespace enrichment_mock::api
