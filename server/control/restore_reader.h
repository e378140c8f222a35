// Reads what a snapshot has about a team: each value alone, and what values of the same part must have in common.
// restore.cpp connects the parts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/exchange.h"
#include "engine/team.h"
#include "json/reader.h"
#include "runner/journal.h"

namespace enrichment_mock::control::restoring {

struct ReadEnrichment {
  engine::Enrichment record;
  std::shared_ptr<const engine::ForwardedHeaders> forwarded;
  std::vector<std::string> callback_ids;
  std::uint32_t callbacks = 0;  // that were found
  json_text::Value value;
};

struct ReadCallback {
  engine::Callback record;
  engine::EnrichmentId enrichment;
  std::string id;
  json_text::Value value;
};

struct ReadExchange {
  base::Instant ended;
  std::size_t callback, attempt;  // by index
  base::Exchange content;
};

struct ReadTeam {
  json_text::Value value;
  engine::TeamSetup setup;
  engine::TeamState state = {};
  base::Instant now{};
  bool always_real = false, has_lost_state = false;
  std::vector<engine::ExtraRules::Entry> extra_rules = {};  // the last one that was added comes first
  std::vector<engine::ProfileCount> profiles = {};
  std::vector<ReadEnrichment> enrichments = {};
  std::map<engine::EnrichmentId, std::size_t> by_id = {};  // indices in enrichments
  std::vector<ReadCallback> callbacks = {};
  std::vector<ReadExchange> exchanges = {};
  std::vector<engine::Movement> movements = {};
  runner::Journal::Kept calls = {};
};

// Nothing: there are problems, which the document has. Throws base::Stopped if the document's `stop` is set.
std::optional<ReadTeam> read_parts(const json_text::Value& value, engine::TeamSetup setup);

// Null: there is none with that number.
engine::ExtraRules::Entry* extra_rule(ReadTeam& team, std::uint64_t number);

}  // namespace enrichment_mock::control::restoring
