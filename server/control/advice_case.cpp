#include "control/advice_case.h"

#include <map>

#include "json/reader.h"
#include "scenario/request.h"

namespace enrichment_mock::control {

namespace {

using base::Instant;
using runner::JournalEntry;

constexpr std::string_view kEnrichmentPath = "/v1/api/enrichment/email", kCreditsPath = "/v1/api/enrichment/credits";

// The status in the body that the API renders for a poll: {"_id":"<24 digits>","status":"…
std::optional<engine::Status> shown_status(const JournalEntry& poll) {
  constexpr std::size_t kAt = 8 + 24 + 12;
  if (poll.status != 200 || !poll.reason.empty() || poll.answer.size() <= kAt) return std::nullopt;
  const auto rest = poll.answer.substr(kAt);
  if (const auto status = engine::kStatusWords.value(rest.substr(0, rest.find('"')))) return status;
  json_text::Document document(poll.answer);  // of a snapshot that another program has written again
  if (!document.read(json_text::Syntax::strict)) return std::nullopt;
  const auto status = document.root().member("status");
  return status ? engine::kStatusWords.value(status->text()) : std::nullopt;
}

AdvisedKind kind_of(const AdvisedCall& call) {
  const auto method = call.entry->method;
  if (!call.entry->matched) return AdvisedKind::other;
  if (call.path() == kEnrichmentPath) return method == "POST" ? AdvisedKind::request : AdvisedKind::other;
  if (method != "GET") return AdvisedKind::other;
  return call.path() == kCreditsPath ? AdvisedKind::credits : AdvisedKind::poll;
}

// What two calls must have in common to be the same call.
struct Sameness {
  AdvisedKind kind{};
  std::uint32_t client = 0;
  std::string_view method, target, body;
  bool operator==(const Sameness&) const = default;
};
struct SamenessHash {
  std::size_t operator()(const Sameness& of) const {
    const std::hash<std::string_view> hash;
    return (hash(of.target) * 31 + hash(of.body)) * 31 + of.client;
  }
};

// A profile and the type of the email that is looked for, as "work jane"; empty: it is not known.
std::string profile_of(std::string_view linkedin_url, engine::EmailType type) {
  const auto username = scenario::profile_username(linkedin_url);
  return username ? std::string(scenario::to_text(type)) + " " + *username : std::string();
}

}  // namespace

bool AdvisedCall::failed() const {
  if (!entry->client_stayed()) return false;
  if (entry->status >= 500) return true;
  using scenario::Fault;
  const auto fault = scenario::kFaultWords.value(entry->fault);
  return fault == Fault::connection_reset || fault == Fault::empty_response || fault == Fault::truncated_body ||
         fault == Fault::stalled_body;
}

bool on_same_connection(const AdvisedCall& a, const AdvisedCall& b) {
  return a.entry->connection != 0 && a.entry->connection == b.entry->connection;
}

bool was_sent_later(const AdvisedCall& call, const AdvisedCall& than_answer_of) {
  const auto answered = than_answer_of.answered();
  return call.sent_after >= answered + kAdvice.in_flight || call.made() >= answered + kAdvice.long_in_flight;
}

bool knew(const AdvisedCall& first, const AdvisedCall& second) {
  return first.entry->client_stayed() && (on_same_connection(first, second) || was_sent_later(second, first));
}

std::string profile_in(std::string_view body) {
  json_text::Document document(body);
  if (!document.read(json_text::Syntax::strict)) return {};
  const auto url = document.root().member("linkedin_url"), type = document.root().member("type");
  if (!url || !type || !url->is_string() || !type->is_string()) return {};
  const auto known = scenario::kEmailTypeWords.value(type->text());
  return known ? profile_of(url->text(), *known) : std::string();
}

AdviceCase::AdviceCase(const AdviceEvidence& from, bool has_ended) : evidence(from), client_has_ended(has_ended) {
  std::map<engine::EnrichmentId, std::uint32_t> lookup_of_id;
  std::unordered_map<std::string_view, std::uint32_t> client_of_key;
  profile_numbers_.reserve(from.lookups.size());
  profiles.reserve(from.lookups.size());
  for (const auto& lookup : from.lookups) {
    lookup_of_id.emplace(lookup.id, static_cast<std::uint32_t>(profiles.size()));
    const auto number = static_cast<std::uint32_t>(profile_numbers_.size());
    profiles.push_back(profile_numbers_.emplace(profile_of(lookup.linkedin_url, lookup.type), number).first->second);
  }
  calls.reserve(from.calls.size());
  std::unordered_map<Sameness, std::uint32_t, SamenessHash> thing_of;
  thing_of.reserve(from.calls.size());
  std::vector<std::uint32_t> things_of_calls;
  things_of_calls.reserve(from.calls.size());
  std::unordered_map<std::uint64_t, Instant> used_until;  // of each connection
  for (const auto& entry : from.calls) {
    AdvisedCall call{.entry = entry.get()};
    call.kind = kind_of(call);
    call.client = client_of_key.emplace(entry->key, static_cast<std::uint32_t>(client_of_key.size())).first->second;
    if (entry->connection != 0) {
      const auto [used, is_first] = used_until.emplace(entry->connection, entry->connected_at);
      call.sent_after = used->second;
      used->second = call.answered();
    }
    if (entry->enrichment)
      if (const auto found = lookup_of_id.find(*entry->enrichment); found != lookup_of_id.end())
        call.lookup = found->second;
    if (call.kind == AdvisedKind::poll) call.shown = shown_status(*entry);
    const Sameness same{call.kind, call.client, entry->method, entry->target,
                        entry->method == "GET" ? std::string_view() : entry->body};
    things_of_calls.push_back(thing_of.emplace(same, static_cast<std::uint32_t>(thing_of.size())).first->second);
    calls.push_back(call);
  }
  clients = client_of_key.size();
  group(things_of_calls, thing_of.size());
  seen.resize(profiles.size());
  for (const auto& call : calls)
    if (call.kind == AdvisedKind::poll && call.lookup != kNoLookup) note_poll(call);
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (const auto& callback : from.lookups[i].callbacks)
      if (std::ranges::any_of(callback.attempts, &AdviceCallback::Attempt::accepted)) seen[i].result = true;
}

// Sets `things`. `of_calls`: the number of the thing of each call.
void AdviceCase::group(const std::vector<std::uint32_t>& of_calls, std::size_t count) {
  std::vector<std::uint32_t> ends(count + 1, 0);
  for (const auto thing : of_calls) ++ends[thing + 1];
  for (std::size_t i = 1; i <= count; ++i) ends[i] += ends[i - 1];
  grouped_.resize(of_calls.size());
  things.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    things.push_back(CallIndexes(grouped_).subspan(ends[i], ends[i + 1] - ends[i]));
  for (std::uint32_t i = 0; i < of_calls.size(); ++i) grouped_[ends[of_calls[i]]++] = i;
}

// A poll that failed shows nothing. A scripted or damaged one may have shown the result.
void AdviceCase::note_poll(const AdvisedCall& poll) {
  auto& of = seen[poll.lookup];
  of.last_poll = std::max(of.last_poll, poll.answered());
  if (poll.status() >= 400 || poll.failed()) return;
  of.result = of.result || !poll.shown || poll.shows_final();
}

}  // namespace enrichment_mock::control
