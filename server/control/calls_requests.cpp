// GET requests, GET requests/unmatched, DELETE requests: the journal.
#include <algorithm>
#include <array>
#include <utility>

#include "base/memory.h"
#include "base/text.h"
#include "control/call.h"
#include "control/request_matcher.h"
#include "scenario/rules.h"

namespace enrichment_mock::control {

namespace {

using runner::Journal;
using runner::JournalEntry;
using runner::JournalEntryPtr;

// A trace id of W3C Trace Context. All zeros is not one.
bool is_trace_id(std::string_view text) {
  constexpr auto kLowerHex = base::kDigits.with_range('a', 'f');
  return text.size() == 32 && kLowerHex.has_all(text) && text.find_first_not_of('0') != text.npos;
}

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

// Which entries a list shows.
struct RequestFilter {
  std::optional<base::Instant> since;
  std::vector<std::uint64_t> statuses;
  std::optional<std::string> method, path, external_id, linkedin_url, trace_id;
  bool unmatched_only = false;

  bool accepts(const JournalEntry& entry) const {
    if (unmatched_only && entry.matched) return false;
    if (since && moment_of(entry) < *since) return false;
    if (!statuses.empty() && std::ranges::find(statuses, static_cast<std::uint64_t>(entry.status)) == statuses.end())
      return false;
    if (method && !base::same_text(entry.method, *method)) return false;
    if (path && !scenario::matches_pattern(*path, std::string_view(entry.target).substr(0, entry.target.find('?'))))
      return false;
    if (trace_id && !belongs_to(entry, *trace_id)) return false;
    return has_field(entry, "external_id", external_id) && has_field(entry, "linkedin_url", linkedin_url);
  }

  // On the team's clock; real time for a call without a team.
  static base::Instant moment_of(const JournalEntry& entry) {
    return entry.at == base::Instant{} ? entry.real_at : entry.at;
  }

  static bool belongs_to(const JournalEntry& entry, std::string_view trace_id) {
    std::string_view lines = entry.headers;
    while (!lines.empty()) {
      const auto line = lines.substr(0, lines.find('\n'));
      if (has_trace_id(line, trace_id)) return true;
      lines.remove_prefix(line.size() + 1);
    }
    return false;
  }

  // Whether the body of the request or the response has the field with this value.
  static bool has_field(const JournalEntry& entry, const char* field, const std::optional<std::string>& value) {
    if (!value) return true;
    for (const auto* text : {&entry.body, &entry.answer}) {
      json_text::Document document(*text);
      if (!document.read(json_text::Syntax::strict)) continue;
      const auto found = document.root().member(field);
      if (found && found->is_string() && found->text() == *value) return true;
    }
    return false;
  }
};

RequestFilter filter_of(const Query& query) {
  RequestFilter filter{.since = {},
                       .statuses = {},
                       .method = query.filled("method"),
                       .path = query.filled("path"),
                       .external_id = query.filled("external_id"),
                       .linkedin_url = query.filled("linkedin_url"),
                       .trace_id = query.text("trace_id")};
  if (filter.trace_id && !is_trace_id(*filter.trace_id))
    refuse("parameter \"trace_id\": \"" + api::clipped(*filter.trace_id) +
           "\" is not a trace id: expected 32 lower-case hex digits, not all zeros");
  for (const auto& status : query.list("status")) filter.statuses.push_back(read_number("status", status, 100, 599));
  const auto since = query.text("since");
  if (since && !(filter.since = base::parse_instant(*since)))
    refuse("parameter \"since\": expected a time in UTC such as 2026-01-01T00:00:00Z");
  return filter;
}

std::uint64_t after_of(const Query& query) { return query.number("after", 0, UINT64_MAX).value_or(0); }

// {"requests","next"}
Object list(const Call& call, const RequestFilter& filter, Page page) {
  const auto after = after_of(call.query);
  std::vector<std::pair<JournalEntryPtr, std::shared_ptr<runner::TeamRunner>>> found;
  const auto wanted = [&](const JournalEntry& each) { return filter.accepts(each); };
  const auto collect = [&](Journal& journal, const std::shared_ptr<runner::TeamRunner>& team) {
    auto entries = page.is_last ? journal.latest(page.limit, wanted) : journal.entries(after, page.limit + 1, wanted);
    for (auto& entry : entries) found.emplace_back(std::move(entry), team);
  };
  for (const auto& team : call.teams()) collect(team->journal(), team);
  if (!call.team) collect(call.services.directory.unassigned(), nullptr);
  std::ranges::sort(found, {}, [](const auto& each) { return each.first->number; });
  if (page.is_last && found.size() > page.limit)
    found.erase(found.begin(), found.end() - static_cast<long>(page.limit));
  const auto listed = call.services.directory.library()->masker();
  for (std::uint64_t last = 0; const auto& [entry, team] : found) {
    if (page.full()) {
      page.next = Json(last);
      break;
    }
    page.items.add(render_call(*entry, team.get(), team ? team->masker() : listed));
    last = entry->number;
  }
  return {{"requests", page.items}, {"next", page.next}};
}

// How many entries the call waits for; nothing: it does not wait.
std::optional<std::size_t> wait_of(const Call& call) {
  const auto given = call.query.list("wait");
  if (given.empty()) return std::nullopt;
  if (given.size() > 1) refuse("parameter \"wait\": expected one number, found " + std::to_string(given.size()));
  if (!call.team) refuse("parameter \"wait\": this call needs a team: send the header x-api-key or ?team=ID");
  const auto most = call.team->journal().max_count();
  if (most == 0) throw api::conflict("There is no journal (--journal-size 0), so no request will be in it");
  return read_number("wait", given.front(), 1, most);
}

// Waits until the journal has that many entries that the filter accepts, with numbers above `after`. Entries that are
// not on the page count, too. Returns how many there are, at most that many.
std::size_t wait_for(const Call& call, std::size_t count, const RequestFilter& filter) {
  const auto after = after_of(call.query);
  const auto wanted = [&](const JournalEntry& each) { return filter.accepts(each); };
  std::size_t found = 0;
  call.team->wait_until_checked(timeout_of(call.query.duration("timeout")), [&](bool) {
    found = call.team->journal().entries(after, count, wanted).size();
    return found == count;
  });
  return found;
}

net::Response list_requests(const Call& call, const RequestFilter& filter) {
  const auto page = Page::of(call.query);
  const auto awaited = wait_of(call);
  const auto found = awaited ? wait_for(call, *awaited, filter) : 0;
  const auto listed = list(call, filter, page);
  if (!awaited || found == *awaited) return answer(200, listed);
  Object body = api::error_json(kTimedOut, std::to_string(found) + " of " + std::to_string(*awaited) +
                                               " requests were in the journal when the timeout was reached");
  body.add_all(listed);
  body.add("open", render(open_work_of(*call.team)));
  return answer(kTimedOut, body);
}

net::Response list_all(const Call& call) { return list_requests(call, filter_of(call.query)); }

net::Response list_unmatched(const Call& call) {
  auto filter = filter_of(call.query);
  filter.unmatched_only = true;
  return list_requests(call, filter);
}

net::Response delete_requests(const Call& call) {
  std::size_t deleted = 0;
  const auto clear = [&](Journal& journal) { deleted += journal.clear().size(); };
  for (const auto& team : call.teams()) clear(team->journal());
  if (!call.team) clear(call.services.directory.unassigned());
  base::return_free_memory();
  return answer(200, {{"deleted", deleted}});
}

constexpr std::array<std::string_view, 12> kRequestFilters = {"since",       "status",       "method",   "path",
                                                              "external_id", "linkedin_url", "trace_id", "wait",
                                                              "timeout",     "limit",        "after",    "last"};
constexpr Route kRequestRoutes[] = {{"GET", "requests", kRequestFilters, list_all},
                                    {"GET", "requests/unmatched", kRequestFilters, list_unmatched},
                                    {"DELETE", "requests", {}, delete_requests}};

}  // namespace

std::span<const Route> request_routes() { return kRequestRoutes; }

}  // namespace enrichment_mock::control
