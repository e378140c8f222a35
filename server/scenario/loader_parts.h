// Readers of those parts of the scenario format that occur in several places, or that control calls read, too. They add
// problems to the document; the result is then incomplete. scenarios/README.md describes every key.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/fields.h"
#include "scenario/model.h"
#include "scenario/request.h"

namespace enrichment_mock::scenario {

// The values override those that `into` has.
void read_lookup(const json_text::Value& value, Lookup& into);
void read_callback(const json_text::Value& value, Callback& into);

std::string email_problem(std::string_view text);  // why it is not a template for an email address; empty: it is one
std::optional<std::string> read_email(const json_text::Value& value);  // a template, see expand_email() in plan.h

std::optional<std::shared_ptr<const Reply>> read_response(const json_text::Value& value);
std::optional<std::map<int, Body>> read_errors(const json_text::Value& value);
std::optional<int> read_error_status(const json_text::Value& member);  // its key, "400" to "599"

// An object with statuses as keys; `reader` reads the values.
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

// A rule that a test adds: its name, unless it has one, and how often it can apply at most.
inline constexpr const char* kAddedRule = "extra rule";
inline constexpr std::uint64_t kMaxRuleTimes = 1'000'000;

// `callback`: the settings of the file, which steps inherit.
std::optional<Rule> read_rule(const json_text::Value& value, std::string default_name,
                              const std::shared_ptr<const Callback>& callback);
std::optional<std::vector<Rule>> read_rules(const json_text::Value& value,
                                            const std::shared_ptr<const Callback>& callback);

// The `_id`s in a list are unique.
std::optional<SeededEnrichment> read_seeded_enrichment(const json_text::Value& value);
std::optional<std::vector<SeededEnrichment>> read_enrichments(const json_text::Value& value);

std::optional<double> read_scale(const json_text::Value& value);  // the scale of a clock

// Why callbacks cannot carry a header on; empty if they can. `folded`: its name in lower case.
std::string forward_problem(std::string_view name, std::string_view folded);

bool is_header_value(std::string_view text);  // printable ASCII and tabs, no blank at either end; may be empty

}  // namespace enrichment_mock::scenario
