// nlohmann::json and ordered_json, whose members are compiled once, in json.cpp, and not with every file that uses it.
// For the edges only: the engine, the runner and the HTTP transport know no JSON.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
extern template class std::map<std::string, nlohmann::json, std::less<>>;
extern template class std::vector<nlohmann::json>;

extern template class nlohmann::basic_json<nlohmann::ordered_map>;
extern template class nlohmann::detail::serializer<nlohmann::ordered_json>;
extern template class std::vector<nlohmann::ordered_json>;

namespace enrichment_mock::json_text {

class Value;

// A value that has been read, as one to compare or to render.
nlohmann::json to_json(const Value& value);

}  // namespace enrichment_mock::json_text
