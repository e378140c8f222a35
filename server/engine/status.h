// The states of an enrichment and the only ways between them (documented: pending, processing, completed, not-found,
// failed).
#pragma once
#include <string_view>

#include "scenario/model.h"

namespace enrichment_mock::engine {

enum class Status : unsigned char { pending, processing, completed, not_found, failed };

// pending → processing → completed | not-found | failed, and nothing else.
bool is_legal(Status from, Status to);

bool is_resolved(Status status);

Status status_of(scenario::Outcome outcome);

// As the API writes it: "not-found".
std::string_view to_text(Status status);

}  // namespace enrichment_mock::engine
