#include "control/request_filter.h"

#include <algorithm>

#include "base/text.h"
#include "json/reader.h"
#include "scenario/rules.h"

namespace enrichment_mock::control {

namespace {

using runner::JournalEntry;

// Whether a line of an entry's headers is a traceparent with that trace id, such as
// "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01". A later version may have more after it.
bool has_trace_id(std::string_view header, std::string_view trace_id) {
  constexpr std::string_view kName = "traceparent: ";
  constexpr std::size_t kVersion = 2, kParent = 16, kFlags = 2;
  if (!base::same_text(header.substr(0, kName.size()), kName)) return false;
  header.remove_prefix(kName.size());
  return header.size() >= kVersion + 1 + trace_id.size() + 1 + kParent + 1 + kFlags && header[kVersion] == '-' &&
         header.substr(kVersion + 1).starts_with(trace_id) && header[kVersion + 1 + trace_id.size()] == '-';
}

bool belongs_to(const JournalEntry& entry, std::string_view trace_id) {
  std::string_view lines = entry.headers;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    if (has_trace_id(line, trace_id)) return true;
    lines.remove_prefix(line.size() + 1);
  }
  return false;
}

base::Instant moment_of(const JournalEntry& entry) { return entry.at == base::Instant{} ? entry.real_at : entry.at; }

// Whether the body of the request or the response has the field with this value.
bool has_field(const JournalEntry& entry, const char* field, const std::optional<std::string>& value) {
  if (!value) return true;
  for (const auto text : {entry.body, entry.answer}) {
    json_text::Document document(text);
    if (!document.read(json_text::Syntax::strict)) continue;
    const auto found = document.root().member(field);
    if (found && found->is_string() && found->text() == *value) return true;
  }
  return false;
}

}  // namespace

bool is_trace_id(std::string_view text) {
  constexpr auto kLowerHex = base::kDigits.with_range('a', 'f');
  return text.size() == 32 && kLowerHex.has_all(text) && text.find_first_not_of('0') != text.npos;
}

bool RequestFilter::accepts(const JournalEntry& entry) const {
  if (unmatched_only && entry.matched) return false;
  if (since && moment_of(entry) < *since) return false;
  if (!statuses.empty() && std::ranges::find(statuses, static_cast<std::uint64_t>(entry.status)) == statuses.end())
    return false;
  if (method && !base::same_text(entry.method, *method)) return false;
  if (path && !scenario::matches_pattern(*path, entry.target.substr(0, entry.target.find('?')))) return false;
  if (trace_id && !belongs_to(entry, *trace_id)) return false;
  return has_field(entry, "external_id", external_id) && has_field(entry, "linkedin_url", linkedin_url);
}

api::ApiError no_journal() {
  return api::conflict("There is no journal (--journal-size 0), so no request will be in it");
}

std::size_t wait_for_requests(runner::TeamRunner& team, std::size_t count, const RequestFilter& filter,
                              std::uint64_t after, std::chrono::milliseconds timeout) {
  if (!team.journal().on()) throw no_journal();
  const auto wanted = [&](const JournalEntry& each) { return filter.accepts(each); };
  std::size_t found = 0;
  team.wait_until_checked(timeout, [&](bool) {
    found = team.journal().entries(after, count, wanted).size();
    return found == count;
  });
  return found;
}

}  // namespace enrichment_mock::control
