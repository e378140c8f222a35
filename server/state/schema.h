// The tables and views of the file, and how a file of an older version becomes one of this version. README.md describes
// the views.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "state/sqlite.h"

namespace enrichment_mock::state {

// PRAGMA application_id of our files: "enrm".
inline constexpr std::int64_t kApplicationId = 0x656e726d;

// The n-th step makes a file of version n one of version n + 1; an empty file has the version 0. A step that has been
// released never changes. So the last version is the number of steps.
std::span<const char* const> schema_steps();

// Whether the file is empty and must be made one of ours. Throws OpenError if it belongs to another program or has a
// newer version.
bool is_new(Database& database, const std::string& path);

// Applies the steps that are missing, all or none. The file's version must be at most their number.
void migrate(Database& database, std::span<const char* const> steps);

std::int64_t version_of(Database& database);  // PRAGMA user_version

}  // namespace enrichment_mock::state
