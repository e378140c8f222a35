#include "json/json.h"

#include "json/reader.h"

template class nlohmann::basic_json<>;
template class nlohmann::detail::serializer<nlohmann::json>;
template class std::map<std::string, nlohmann::json, std::less<>>;
template class std::vector<nlohmann::json>;

template class nlohmann::basic_json<nlohmann::ordered_map>;
template class nlohmann::detail::serializer<nlohmann::ordered_json>;
template class std::vector<nlohmann::ordered_json>;

namespace enrichment_mock::json_text {

nlohmann::json to_json(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return nullptr;
    case Kind::boolean:
      return value.truth();
    case Kind::number:
      return nlohmann::json::parse(value.written());
    case Kind::string:
      return value.text();
    case Kind::array: {
      auto array = nlohmann::json::array();
      for (const auto element : value.children()) array.push_back(to_json(element));
      return array;
    }
    case Kind::object: {
      auto object = nlohmann::json::object();
      for (const auto member : value.children()) object.emplace(member.key(), to_json(member));
      return object;
    }
  }
  return nullptr;
}

}  // namespace enrichment_mock::json_text
