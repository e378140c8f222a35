// "rate_limit" and "schedule": what happens by the clock.
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

constexpr std::uint32_t kMostRequests = 1'000'000;

// The two kinds of entries have nothing in common but when they begin.
void check_entry(const Value& value, const ScheduleEntry& entry) {
  const auto credits = value.member("add_credits"), response = value.member("response");
  if (!credits && !response) value.unexpected("a \"response\" to answer with, or \"add_credits\"");
  if (credits)
    for (const std::string_view key : {"until", "on", "response"})
      if (const auto own = value.member(key))
        own->problem("an entry with \"add_credits\" has no " + in_quotes(key) + "; expected an entry for each");
  if (const auto until = value.member("until"); until && entry.until && *entry.until <= entry.at)
    until->problem("the window ends before it begins; expected a time after " + in_quotes(format_duration(entry.at)));
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
