// The parts of the scenario format, each read from its place in the document. As in reader_fields.h, what is wrong is
// noted in the document; the result then is incomplete. scenarios/README.md describes every key.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/fields.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

using json_text::did_you_mean;
using json_text::Document;
using json_text::Fields;
using json_text::in_quotes;
using json_text::Node;
using json_text::pointer_to;
using json_text::read_boolean;
using json_text::read_duration;
using json_text::read_filled_string;
using json_text::read_list;
using json_text::read_positive_duration;
using json_text::read_string;
using json_text::read_whole_number;
using json_text::read_word;
using json_text::Value;
using json_text::whole_number;

inline constexpr std::int64_t kMostCredits = 1'000'000'000'000;

using Headers = std::vector<std::pair<std::string, std::string>>;
using Profiles = std::map<std::string, Profile, std::less<>>;

// loader_lookup.cpp: what the value says is laid over what is there.
void read_lookup(const Value& value, Lookup& into);
void read_lookup(const Value& value, LookupChanges& into);
std::optional<Outcome> read_outcome_name(const Value& value);  // not weights

// loader_callback.cpp: the same.
void read_callback(const Value& value, Callback& into);

// loader_response.cpp
bool is_header_value(std::string_view text);  // printable ASCII and tabs, without blanks at its ends; may be empty
std::optional<Headers> read_headers(const Value& value);
std::optional<std::shared_ptr<const Reply>> read_response(const Value& value);
std::optional<std::map<int, Body>> read_errors(const Value& value);
std::optional<int> read_error_status(const Value& parent, const Node& member);  // a key from "400" to "599"

// loader_rules.cpp: steps inherit `callback`, the file's.
std::optional<Event> read_event(const Value& value);
std::optional<Rule> read_rule(const Value& value, std::string default_name,
                              const std::shared_ptr<const Callback>& callback);
std::optional<std::vector<Rule>> read_rules(const Value& value, const std::shared_ptr<const Callback>& callback);

// loader_schedule.cpp: what happens by the clock.
std::optional<RateLimit> read_rate_limit(const Value& value);
std::optional<std::vector<ScheduleEntry>> read_schedule(const Value& value);

// loader_expect.cpp
std::optional<Expectation> read_expect(const Value& value);

// loader_world.cpp: who and when.
std::optional<EmailType> read_email_type(const Value& value);
std::optional<std::int64_t> read_credits(const Value& value);
std::optional<double> read_scale(const Value& value);
std::optional<Instant> read_instant(const Value& value);
std::optional<ClockSettings> read_clock(const Value& value);
std::optional<std::vector<TeamSettings>> read_teams(const Value& value);
std::optional<Profiles> read_profiles(const Value& value);

}  // namespace enrichment_mock::scenario
