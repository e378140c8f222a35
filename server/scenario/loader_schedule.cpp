// "rate_limit" and "schedule": what happens by the clock.
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

constexpr std::uint32_t kMostRequests = 1'000'000;

// The two kinds of entries have nothing in common but when they begin.
void check_entry(const Value& value, const ScheduleEntry& entry) {
  const auto credits = value.member("add_credits"), response = value.member("response");
  if (!credits && !response) value.problem("the entry does nothing; expected a \"response\" or \"add_credits\" in it");
  if (credits)
    for (const std::string_view key : {"until", "on", "response"})
      if (const auto own = value.member(key))
        own->problem(in_quotes(key) + " does not go with \"add_credits\"; expected an entry of its own for the window");
  if (const auto until = value.member("until"); until && entry.until && *entry.until <= entry.at)
    until->unexpected("a time after " + in_quotes(format_duration(entry.at)) + ", at which the window begins");
}

std::optional<ScheduleEntry> read_entry(const Value& value) {
  Fields fields(value);
  ScheduleEntry entry;
  fields.require("at", read_duration, entry.at);
  fields.read("until", read_duration, entry.until);
  fields.read("on", read_event, entry.on);
  fields.read("response", read_response, entry.response);
  fields.read("add_credits", whole_number<std::int64_t>(1, kMostCredits), entry.add_credits);
  fields.finish();
  if (value.node.kind == Node::Kind::object) check_entry(value, entry);
  return entry;
}

}  // namespace

std::optional<RateLimit> read_rate_limit(const Value& value) {
  Fields fields(value);
  RateLimit limit;
  fields.require("requests", whole_number(std::uint32_t{1}, kMostRequests), limit.requests);
  fields.require("per", read_positive_duration, limit.per);
  fields.finish();
  return limit;
}

std::optional<std::vector<ScheduleEntry>> read_schedule(const Value& value) { return read_list(value, read_entry); }

}  // namespace enrichment_mock::scenario
