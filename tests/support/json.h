// nlohmann/json, and conversions to it.
#pragma once
#include <nlohmann/json.hpp>

#include "json/reader.h"

namespace enrichment_mock::support {

nlohmann::json to_json(const json_text::Value& value);

// Records of a snapshot as lists show them: without what only PUT snapshot needs, and times without microseconds.
nlohmann::json as_listed(nlohmann::json records);

}  // namespace enrichment_mock::support
