// GET requests, GET requests/unmatched, DELETE requests: the journal.
#include <algorithm>
#include <array>
#include <utility>

#include "base/memory.h"
#include "control/call.h"
#include "control/request_filter.h"
#include "control/request_matcher.h"

namespace enrichment_mock::control {

namespace {

using runner::Journal;
using runner::JournalEntry;
using runner::JournalEntryPtr;

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
  if (most == 0) throw no_journal();
  return read_number("wait", given.front(), 1, most);
}

net::Response list_requests(const Call& call, const RequestFilter& filter) {
  const auto page = Page::of(call.query);
  const auto awaited = wait_of(call);
  const auto timeout = timeout_of(call.query.duration("timeout"));
  const auto found = awaited ? wait_for_requests(*call.team, *awaited, filter, after_of(call.query), timeout) : 0;
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
  std::size_t deleted = 0, bytes = 0;
  const auto clear = [&](Journal& journal) {
    bytes += journal.bytes();
    deleted += journal.clear().entries.size();
  };
  for (const auto& team : call.teams()) clear(team->journal());
  if (!call.team) clear(call.services.directory.unassigned());
  base::return_free_memory(bytes);
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
