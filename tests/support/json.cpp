#include "support/json.h"

namespace enrichment_mock::support {

nlohmann::json to_json(const json_text::Value& value) {
  switch (value.kind()) {
    case json_text::Kind::null:
      return nullptr;
    case json_text::Kind::boolean:
      return value.boolean();
    case json_text::Kind::number:
      return nlohmann::json::parse(value.raw());
    case json_text::Kind::string:
      return value.text();
    case json_text::Kind::array: {
      auto array = nlohmann::json::array();
      for (const auto element : value.children()) array.push_back(to_json(element));
      return array;
    }
    case json_text::Kind::object: {
      auto object = nlohmann::json::object();
      for (const auto member : value.children()) object.emplace(member.key(), to_json(member));
      return object;
    }
  }
  return nullptr;
}

nlohmann::json as_listed(nlohmann::json records) {
  if (records.is_string()) {
    auto text = records.get<std::string>();
    constexpr std::size_t kExact = 27;  // 2026-01-01T00:00:00.000000Z
    if (text.size() == kExact && text[10] == 'T' && text[19] == '.' && text.back() == 'Z') text.erase(23, 3);
    return text;
  }
  if (records.is_object())
    for (const auto* name : {"plan", "connection"}) records.erase(name);
  for (auto& each : records)
    if (each.is_structured() || each.is_string()) each = as_listed(std::move(each));
  return records;
}

}  // namespace enrichment_mock::support
