// Parts of the scenario format that stand in several places, or are read by control calls as well. What is wrong is
// noted in the document; the result then is incomplete. scenarios/README.md describes every key.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/fields.h"
#include "scenario/model.h"

namespace enrichment_mock::scenario {

// What the value says is laid over what is there.
void read_lookup(const json_text::Value& value, Lookup& into);
void read_callback(const json_text::Value& value, Callback& into);

std::optional<std::string> read_email(const json_text::Value& value);  // a template, see expand_email() in plan.h

std::optional<std::shared_ptr<const Reply>> read_response(const json_text::Value& value);
std::optional<std::map<int, Body>> read_errors(const json_text::Value& value);
std::optional<int> read_error_status(const json_text::Value& member);  // of its key, from "400" to "599"

// An object whose keys are statuses: each member by `reader`.
template <class Reader>
auto read_by_status(const json_text::Value& value, std::string_view expected, Reader reader) {
  using Part = typename decltype(reader(value))::value_type;
  std::optional<std::map<int, Part>> parts;
  if (!value.is_object()) {
    json_text::unexpected(value, expected);
    return parts;
  }
  parts.emplace();
  for (const auto member : value.children()) {
    const auto status = read_error_status(member);
    auto part = reader(member);
    if (status && part) (*parts)[*status] = *std::move(part);
  }
  return parts;
}

// Steps inherit `callback`, the file's.
std::optional<Rule> read_rule(const json_text::Value& value, std::string default_name,
                              const std::shared_ptr<const Callback>& callback);
std::optional<std::vector<Rule>> read_rules(const json_text::Value& value,
                                            const std::shared_ptr<const Callback>& callback);

std::optional<double> read_scale(const json_text::Value& value);  // of a clock

bool is_header_value(std::string_view text);  // printable ASCII and tabs, without blanks at its ends; may be empty

}  // namespace enrichment_mock::scenario
