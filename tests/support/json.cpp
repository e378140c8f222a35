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

}  // namespace enrichment_mock::support
