// The OpenAPI document compared with the control API's tables of routes.
#include <doctest/doctest.h>
#include <set>
#include <string>

#include "control/call.h"
#include "control/control.h"
#include "control/documents.h"
#include "enrichment_mock/emulator.h"
#include "support/json.h"

using namespace enrichment_mock;
using nlohmann::json;

namespace {

const json& document() {
  static const json parsed = json::parse(control::documents().front().text);
  return parsed;
}

const json& resolved(const json& value) {
  const auto reference = value.find("$ref");
  return reference == value.end() ? value : document().at(json::json_pointer(reference->get<std::string>().substr(1)));
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

const std::set<std::string> kUnguarded = {"GET /__admin/health", "GET /__admin/ready"};

// "GET /__admin/callbacks?limit", and the same without the parameter.
std::set<std::string> calls_in_tables() {
  std::set<std::string> calls = kUnguarded;
  for (const auto routes : control::all_routes())
    for (const auto& route : routes) {
      const auto call =
          std::string(route.method) + " " + std::string(control::Control::kPrefix) + std::string(route.path);
      calls.insert(call);
      if (route.checks != control::CallChecks::none) calls.insert(call + "?team");
      for (const auto parameter : route.parameters) calls.insert(call + "?" + std::string(parameter));
    }
  return calls;
}

std::set<std::string> calls_in_document() {
  std::set<std::string> calls;
  for (const auto& [path, item] : document()["paths"].items()) {
    if (!path.starts_with(control::Control::kPrefix)) continue;
    for (const auto& [key, operation] : item.items()) {
      if (key == "parameters") continue;
      const auto call = upper(key) + " " + path;
      calls.insert(call);
      for (const auto* list : {&item, &operation})
        for (const auto& each : list->value("parameters", json::array()))
          if (const auto& parameter = resolved(each); parameter["in"] == "query")
            calls.insert(call + "?" + parameter["name"].get<std::string>());
    }
  }
  return calls;
}

}  // namespace

TEST_CASE("the document has every control call with every parameter, and no others") {
  const auto answered = calls_in_tables(), described = calls_in_document();
  for (const auto& call : answered) CHECK_MESSAGE(described.contains(call), call << " is not described");
  for (const auto& call : described) CHECK_MESSAGE(answered.contains(call), call << " is not answered");
}

TEST_CASE("the document has the version of the project") { CHECK(document()["info"]["version"] == version()); }

TEST_CASE("every call has a unique operationId") {
  std::set<std::string> names;
  for (const auto& [path, item] : document()["paths"].items())
    for (const auto& [key, operation] : item.items())
      if (key != "parameters") CHECK(names.insert(operation["operationId"]).second);
}
