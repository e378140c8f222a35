// nlohmann/json, and conversions to it.
#pragma once
#include <nlohmann/json.hpp>

#include "json/reader.h"

namespace enrichment_mock::support {

nlohmann::json to_json(const json_text::Value& value);

}  // namespace enrichment_mock::support
