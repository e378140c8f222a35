#include "control/advice.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/time_text.h"
#include "json/reader.h"
#include "scenario/request.h"

namespace enrichment_mock::control {

namespace {

using base::Duration;
using base::Instant;
using runner::JournalEntry;

// All thresholds of the rules. advice.md repeats them for users.
struct Thresholds {
  // Whether a call was already under way when another one was answered. It was not if it came on the same connection.
  // Nor was it if its connection was opened, or carried another response, so long after that answer. Nor if it came
  // much later.
  Duration in_flight = std::chrono::milliseconds(50), long_in_flight = std::chrono::seconds(2);
  // A client that waits a little less than Retry-After says is not blamed: timers are not exact.
  std::int64_t percent_of_retry_after = 90;
  // How many gaps in a row must be below the bound, without growing.
  Duration poll_gap = std::chrono::milliseconds(50), retry_gap = std::chrono::milliseconds(25);
  std::size_t poll_gaps = 5, retry_gaps = 3;
  // A client that has not come back after this time has given up.
  Duration given_up = std::chrono::minutes(5);
  std::uint64_t polls_after_final = 2, posts_after_402 = 3;
  std::size_t refused_attempts = 2;  // of one callback, unless it has ended
};
constexpr Thresholds kThresholds;

constexpr std::size_t kMaxProofs = 20, kMaxShownGaps = 5;

constexpr std::string_view kEnrichmentPath = "/v1/api/enrichment/email", kCreditsPath = "/v1/api/enrichment/credits";

constexpr std::uint32_t kNone = UINT32_MAX;

enum class AdvisedKind : unsigned char { request, poll, credits, other };

// One call, as the rules look at it.
struct AdvisedCall {
  const JournalEntry* entry = nullptr;
  AdvisedKind kind = AdvisedKind::other;
  Instant sent_after = Instant::min();       // in real time: its connection was not there before, or was in use
  std::uint32_t lookup = kNone;              // of an accepted request or of a poll: index of its lookup
  std::optional<engine::Status> shown = {};  // what a poll that the API itself answered says

  int status() const { return entry->status; }
  Instant made() const { return entry->real_at; }
  Instant answered() const { return entry->real_at + entry->delay; }
  // The client has received the response as the API made it.
  bool received() const { return entry->fault.empty() && entry->client_stayed(); }
  // The client has noticed that the call failed, and should try again.
  bool failed() const {
    if (!entry->client_stayed()) return false;
    if (entry->status >= 500) return true;
    using scenario::Fault;
    const auto fault = scenario::kFaultWords.value(entry->fault);
    return fault == Fault::connection_reset || fault == Fault::empty_response || fault == Fault::truncated_body ||
           fault == Fault::stalled_body;
  }
  bool shows_final() const { return shown && engine::is_resolved(*shown); }
  std::string name() const { return entry->method + " " + std::string(path()); }
  std::string_view path() const { return std::string_view(entry->target).substr(0, entry->target.find('?')); }
};

bool on_same_connection(const AdvisedCall& a, const AdvisedCall& b) {
  return a.entry->connection != 0 && a.entry->connection == b.entry->connection;
}

bool was_sent_later(const AdvisedCall& call, const AdvisedCall& than_answer_of) {
  const auto answered = than_answer_of.answered();
  return call.sent_after >= answered + kThresholds.in_flight || call.made() >= answered + kThresholds.long_in_flight;
}

// Whether the client knew the first response when it made the second call.
bool knew(const AdvisedCall& first, const AdvisedCall& second) {
  return first.entry->client_stayed() && (on_same_connection(first, second) || was_sent_later(second, first));
}

// The status in the body that the API renders for a poll: {"_id":"<24 digits>","status":"…
std::optional<engine::Status> shown_status(const JournalEntry& poll) {
  constexpr std::size_t kAt = 8 + 24 + 12;
  if (poll.status != 200 || !poll.reason.empty() || poll.answer.size() <= kAt) return std::nullopt;
  const auto rest = std::string_view(poll.answer).substr(kAt);
  return engine::kStatusWords.value(rest.substr(0, rest.find('"')));
}

AdvisedKind kind_of(const AdvisedCall& call) {
  const auto& method = call.entry->method;
  if (!call.entry->matched) return AdvisedKind::other;
  if (call.path() == kEnrichmentPath) return method == "POST" ? AdvisedKind::request : AdvisedKind::other;
  if (method != "GET") return AdvisedKind::other;
  return call.path() == kCreditsPath ? AdvisedKind::credits : AdvisedKind::poll;
}

// What two calls must have in common to be the same call.
struct Sameness {
  AdvisedKind kind{};
  std::string_view key, method, target, body;
  bool operator==(const Sameness&) const = default;
};
struct SamenessHash {
  std::size_t operator()(const Sameness& of) const {
    const std::hash<std::string_view> hash;
    return hash(of.body) * 31 + hash(of.target) * 7 + hash(of.key) + hash(of.method);
  }
};

// A profile and the type of the email that is looked for, as "work jane"; empty: it is not known.
std::string profile_of(std::string_view linkedin_url, engine::EmailType type) {
  const auto username = scenario::profile_username(linkedin_url);
  return username ? std::string(scenario::to_text(type)) + " " + *username : std::string();
}

std::string profile_in(std::string_view body) {
  json_text::Document document(body);
  if (!document.read(json_text::Syntax::strict)) return {};
  const auto url = document.root().member("linkedin_url"), type = document.root().member("type");
  if (!url || !type || !url->is_string() || !type->is_string()) return {};
  const auto known = scenario::kEmailTypeWords.value(type->text());
  return known ? profile_of(url->text(), *known) : std::string();
}

using CallIndexes = std::vector<std::uint32_t>;

// The evidence, with what several rules need. Refers to it.
class AdviceCase {
 public:
  AdviceCase(const AdviceEvidence& from, bool has_ended) : evidence(from), client_has_ended(has_ended) {
    std::unordered_map<std::string_view, std::uint32_t> lookup_of_id;
    lookup_of_id.reserve(from.lookups.size());
    profiles.reserve(from.lookups.size());
    for (const auto& lookup : from.lookups) {
      lookup_of_id.emplace(lookup.id, static_cast<std::uint32_t>(profiles.size()));
      profiles.push_back(profile_of(lookup.linkedin_url, lookup.type));
    }
    calls.reserve(from.calls.size());
    std::unordered_map<Sameness, std::uint32_t, SamenessHash> thing_of;
    thing_of.reserve(from.calls.size());
    std::unordered_map<std::uint64_t, Instant> used_until;  // of each connection
    for (const auto& entry : from.calls) {
      AdvisedCall call{.entry = entry.get()};
      call.kind = kind_of(call);
      if (entry->connection != 0) {
        const auto [used, is_first] = used_until.emplace(entry->connection, entry->connected_at);
        call.sent_after = used->second;
        used->second = call.answered();
      }
      if (const auto found = lookup_of_id.find(entry->enrichment_id); found != lookup_of_id.end())
        call.lookup = found->second;
      if (call.kind == AdvisedKind::poll) call.shown = shown_status(*entry);
      const auto index = static_cast<std::uint32_t>(calls.size());
      const Sameness same{call.kind, entry->key, entry->method, entry->target,
                          entry->method == "GET" ? std::string_view() : std::string_view(entry->body)};
      const auto [thing, is_new] = thing_of.emplace(same, static_cast<std::uint32_t>(things.size()));
      if (is_new) things.emplace_back();
      things[thing->second].push_back(index);
      calls.push_back(call);
    }
    seen.resize(profiles.size());
    for (const auto& call : calls)
      if (call.kind == AdvisedKind::poll && call.lookup != kNone) note_poll(call);
    for (std::size_t i = 0; i < seen.size(); ++i)
      for (const auto& callback : from.lookups[i].callbacks)
        if (std::ranges::any_of(callback.attempts, &AdviceCallback::Attempt::accepted)) seen[i].result = true;
  }

  bool has_given_up(Instant since, Instant now) const {
    return client_has_ended || now - since >= kThresholds.given_up;
  }

  // Whether credits were added between two calls, or may have been: on a manual clock all times can be the same.
  bool got_credits(const AdvisedCall& after, const AdvisedCall& before) const {
    return std::ranges::any_of(evidence.credits_added,
                               [&](Instant at) { return at >= after.entry->at && at <= before.entry->at; });
  }

  const AdviceEvidence& evidence;
  const bool client_has_ended;
  std::vector<AdvisedCall> calls;
  std::vector<CallIndexes> things;    // the calls that are the same call, in order
  std::vector<std::string> profiles;  // of each lookup
  // What the client has seen of each lookup.
  struct Seen {
    bool result = false;                 // a poll showed it, or may have, or a callback was accepted
    Instant last_poll = Instant::min();  // real time
  };
  std::vector<Seen> seen;

 private:
  // A poll that failed shows nothing. A scripted or damaged one may have shown the result.
  void note_poll(const AdvisedCall& poll) {
    auto& of = seen[poll.lookup];
    of.last_poll = std::max(of.last_poll, poll.answered());
    if (poll.status() >= 400 || poll.failed()) return;
    of.result = of.result || !poll.shown || poll.shows_final();
  }
};

// Collects what one rule finds.
class FoundMistakes {
 public:
  // One mistake, made with this call.
  void add(const AdvisedCall& call) {
    ++finding_.count;
    prove(call);
  }
  void add(const AdviceCallback& callback) {
    ++finding_.count;
    prove({.callback = callback.id});
  }
  // A call that shows the mistake, but is none.
  void prove(const AdvisedCall& call) { prove(AdviceProof{.request = call.entry->number}); }
  void prove(AdviceProof proof) {
    if (finding_.proofs.size() < kMaxProofs && std::ranges::find(finding_.proofs, proof) == finding_.proofs.end())
      finding_.proofs.push_back(std::move(proof));
  }
  // Only the first mistake is explained.
  bool is_empty() const { return finding_.explanation.empty(); }
  void explain(std::string text) {
    if (is_empty()) finding_.explanation = std::move(text);
  }
  AdviceFinding take() { return std::move(finding_); }

 private:
  AdviceFinding finding_;
};

std::string milliseconds_text(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms == 0 ? "less than 1 ms" : std::to_string(ms) + " ms";
}

std::string answered_text(const AdvisedCall& call) {
  if (const bool is_whole = call.entry->fault.empty(); !is_whole)
    return "got a damaged response (" + call.entry->fault + ")";
  return "was answered with " + std::to_string(call.status());
}

void find_retry_after_ignored(const AdviceCase& of, FoundMistakes& found) {
  for (const auto& thing : of.things) {
    const AdvisedCall* refused = nullptr;  // the first one whose Retry-After has not passed
    const AdvisedCall* latest = nullptr;
    Instant until{};
    for (const auto index : thing) {
      const auto& call = of.calls[index];
      if (refused && call.made() < until) {
        // Workers of one client may read the credits independently of each other.
        const bool same = on_same_connection(*latest, call) || on_same_connection(*refused, call);
        const bool is_retry = call.kind == AdvisedKind::credits ? same : knew(*refused, call) || knew(*latest, call);
        if (is_retry) {
          found.explain(call.name() + " was answered with " + std::to_string(refused->status()) + " and Retry-After: " +
                        std::to_string(*refused->entry->retry_after) + ". The same call came again " +
                        milliseconds_text(call.made() - refused->answered()) + " later.");
          found.prove(*refused);
          found.add(call);
        }
      } else {
        refused = nullptr;
      }
      latest = &call;
      if (refused || !call.entry->retry_after || !call.received()) continue;
      refused = &call;
      const auto wait = std::chrono::duration_cast<Duration>(std::chrono::seconds(*call.entry->retry_after));
      until = call.answered() + wait * kThresholds.percent_of_retry_after / 100;
    }
  }
}

// Consecutive calls of one thing with short gaps between them.
class ShortGaps {
 public:
  ShortGaps(const AdviceCase& of, FoundMistakes& found) : of_(of), found_(found) {}

  void check(const CallIndexes& thing) {
    for (std::size_t i = 1; i < thing.size(); ++i) {
      const auto &before = of_.calls[thing[i - 1]], &after = of_.calls[thing[i]];
      const auto kind = kind_of_gap(before);
      const auto gap = after.made() - before.answered();
      const bool is_short = kind != Kind::none && gap >= Duration(0) &&
                            gap < (kind == Kind::poll ? kThresholds.poll_gap : kThresholds.retry_gap) &&
                            (before.kind != AdvisedKind::credits || on_same_connection(before, after));
      if (!gaps_.empty() && (!is_short || kind != kind_)) end_run();
      if (!is_short) continue;
      if (gaps_.empty()) first_ = &before;
      kind_ = kind;
      gaps_.push_back(gap);
      calls_.push_back(&after);
      same_connection_ = (gaps_.size() == 1 || same_connection_) && on_same_connection(before, after);
    }
    end_run();
  }

 private:
  enum class Kind { none, poll, retry };

  Kind kind_of_gap(const AdvisedCall& before) const {
    const bool is_refused = before.status() == 429 && !before.entry->retry_after && before.received();
    if (before.failed() || is_refused) return before.entry->retry_after ? Kind::none : Kind::retry;
    const bool polls_drive = before.lookup != kNone && of_.evidence.lookups[before.lookup].counts_polls;
    return before.received() && before.shown && !before.shows_final() && !polls_drive ? Kind::poll : Kind::none;
  }

  // Whether enough gaps in a row do not grow: the last one is less than twice the first one.
  bool has_no_backoff() const {
    const auto least = kind_ == Kind::poll ? kThresholds.poll_gaps : kThresholds.retry_gaps;
    constexpr Duration kShortest = std::chrono::milliseconds(1);
    for (std::size_t end = least; end <= gaps_.size(); ++end)
      if (gaps_[end - 1] < 2 * std::max(gaps_[end - least], kShortest)) return true;
    return false;
  }

  // Components of one page may poll at the same time, without knowing of each other.
  bool may_be_parallel() const {
    return kind_ == Kind::poll && !same_connection_ && !was_sent_later(*calls_.back(), *first_);
  }

  void end_run() {
    if (!gaps_.empty() && has_no_backoff() && !may_be_parallel()) report();
    gaps_.clear();
    calls_.clear();
  }

  void report() {
    std::string shown;
    for (std::size_t i = 0; i < std::min(gaps_.size(), kMaxShownGaps); ++i)
      shown.append(shown.empty() ? "" : ", ").append(milliseconds_text(gaps_[i]));
    if (gaps_.size() > kMaxShownGaps) shown += " …";
    found_.explain(first_->name() + (kind_ == Kind::poll ? " was polled" : " was repeated after a failure") + " " +
                   std::to_string(gaps_.size()) + " times in a row with short gaps: " + shown + ".");
    found_.prove(*first_);
    for (const auto* call : calls_) found_.add(*call);
  }

  const AdviceCase& of_;
  FoundMistakes& found_;
  Kind kind_ = Kind::none;
  const AdvisedCall* first_ = nullptr;
  std::vector<Duration> gaps_;
  std::vector<const AdvisedCall*> calls_;
  bool same_connection_ = false;
};

void find_no_backoff(const AdviceCase& of, FoundMistakes& found) {
  ShortGaps gaps(of, found);
  for (const auto& thing : of.things) gaps.check(thing);
}

// A call that succeeded later was worth repeating.
void find_client_error_retried(const AdviceCase& of, FoundMistakes& found) {
  const auto is_error = [](const AdvisedCall& call) {
    const auto status = call.status();
    return call.received() && (status == 400 || status == 401 || status == 402 || status == 404);
  };
  std::vector<const AdvisedCall*> repeats;
  for (const auto& thing : of.things) {
    const AdvisedCall* error = nullptr;
    repeats.clear();
    for (const auto index : thing) {
      const auto& call = of.calls[index];
      if (call.status() < 400) {
        error = nullptr;
        repeats.clear();
      } else if (is_error(call)) {
        const bool is_same =
            error && error->status() == call.status() && !(call.status() == 402 && of.got_credits(*error, call));
        if (is_same && knew(*error, call)) {
          if (repeats.empty()) repeats.push_back(error);
          repeats.push_back(&call);
        }
        if (!is_same) error = &call;
      }
    }
    if (repeats.empty()) continue;
    found.explain(repeats[0]->name() + " was answered with " + std::to_string(repeats[0]->status()) + " (" +
                  repeats[0]->entry->reason + "). The same call came " + std::to_string(repeats.size() - 1) +
                  " more times, with the same answer.");
    found.prove(*repeats[0]);
    for (std::size_t i = 1; i < repeats.size(); ++i) found.add(*repeats[i]);
  }
}

// The last request of each profile, to find a retry that has another body.
std::unordered_map<std::string, std::uint32_t> last_requests(const AdviceCase& of) {
  std::unordered_map<std::string, std::uint32_t> last;
  for (std::uint32_t i = 0; i < of.calls.size(); ++i) {
    const auto& call = of.calls[i];
    if (call.kind != AdvisedKind::request) continue;
    if (call.lookup != kNone)
      last[of.profiles[call.lookup]] = i;
    else if (auto profile = profile_in(call.entry->body); !profile.empty())
      last[std::move(profile)] = i;
  }
  return last;
}

void find_server_error_not_retried(const AdviceCase& of, FoundMistakes& found) {
  std::uint32_t last_402 = 0;  // after it, a client may stop
  for (std::uint32_t i = 0; i < of.calls.size(); ++i)
    if (of.calls[i].kind == AdvisedKind::request && of.calls[i].status() == 402) last_402 = i;
  std::optional<std::unordered_map<std::string, std::uint32_t>> requests;
  for (const auto& thing : of.things) {
    const auto index = thing.back();
    const auto& call = of.calls[index];
    if (call.kind == AdvisedKind::other || !call.failed()) continue;
    if (thing.size() > 1 && of.calls[thing[thing.size() - 2]].failed()) continue;
    const auto wait = std::chrono::duration_cast<Duration>(std::chrono::seconds(call.entry->retry_after.value_or(0)));
    if (!of.has_given_up(call.answered() + wait, of.evidence.real_now)) continue;
    if (call.kind == AdvisedKind::poll && (call.lookup == kNone || of.seen[call.lookup].result)) continue;
    if (call.kind == AdvisedKind::request) {
      if (last_402 > index) continue;
      if (!requests) requests = last_requests(of);
      const auto profile = call.lookup != kNone ? of.profiles[call.lookup] : profile_in(call.entry->body);
      const auto last = requests->find(profile);
      if (last != requests->end() && last->second > index) continue;
    }
    found.explain(call.name() + " " + answered_text(call) + ", and was not tried again.");
    found.add(call);
  }
}

void find_polled_after_final(const AdviceCase& of, FoundMistakes& found) {
  CallIndexes late;
  for (const auto& thing : of.things) {
    if (of.calls[thing[0]].kind != AdvisedKind::poll) continue;
    const AdvisedCall* final_one = nullptr;
    late.clear();
    for (const auto index : thing) {
      const auto& call = of.calls[index];
      if (final_one && knew(*final_one, call)) late.push_back(index);
      if (!final_one && call.received() && call.shows_final()) final_one = &call;
    }
    if (late.size() < kThresholds.polls_after_final) continue;
    found.explain(final_one->name() + " showed " + std::string(engine::to_text(*final_one->shown)) +
                  ", which does not change any more. It was polled " + std::to_string(late.size()) + " more times.");
    found.prove(*final_one);
    for (const auto index : late) found.add(of.calls[index]);
  }
}

// The client has the id, so it can poll.
bool was_accepted(const AdvisedCall& call) {
  return call.kind == AdvisedKind::request && call.lookup != kNone && call.status() == 201 && call.received();
}

void find_result_lost(const AdviceCase& of, FoundMistakes& found) {
  std::unordered_map<std::string_view, bool> seen_by_profile;  // a client may have asked twice and read one result
  for (std::size_t i = 0; i < of.seen.size(); ++i)
    if (of.seen[i].result) seen_by_profile[of.profiles[i]] = true;
  for (const auto& call : of.calls) {
    if (!was_accepted(call)) continue;
    const auto& lookup = of.evidence.lookups[call.lookup];
    const auto& seen = of.seen[call.lookup];
    const bool may_come = std::ranges::any_of(lookup.callbacks, &AdviceCallback::is_open);
    if (!engine::is_resolved(lookup.status) || may_come || seen_by_profile.contains(of.profiles[call.lookup])) continue;
    if (!of.has_given_up(lookup.resolved_at, of.evidence.team_now) ||
        !of.has_given_up(std::max(seen.last_poll, call.answered()), of.evidence.real_now))
      continue;
    found.explain("The enrichment " + lookup.id + " is " + std::string(engine::to_text(lookup.status)) +
                  ", but no poll has shown that, and no callback was accepted.");
    found.add(call);
  }
}

void find_duplicate_lookup(const AdviceCase& of, FoundMistakes& found) {
  // The earlier request of the same profile whose lookup is open or found for the longest time.
  struct Earlier {
    const AdvisedCall* call = nullptr;
    Instant until = Instant::min();
  };
  std::unordered_map<std::string, Earlier> earlier_of;
  for (const auto& call : of.calls) {
    if (call.kind != AdvisedKind::request || call.lookup == kNone || call.status() != 201) continue;
    const auto& lookup = of.evidence.lookups[call.lookup];
    auto& earlier = earlier_of[call.entry->key + "\n" + of.profiles[call.lookup]];
    if (earlier.call && call.entry->at < earlier.until) {
      const bool is_found = of.evidence.lookups[earlier.call->lookup].status == engine::Status::completed;
      found.explain("The profile and type of request " + std::to_string(call.entry->number) +
                    " were requested before, by request " + std::to_string(earlier.call->entry->number) +
                    (is_found ? ". That lookup was open, or had found an email." : ". That lookup was open."));
      found.prove(*earlier.call);
      found.add(call);
    }
    if (!call.received()) continue;
    const auto until = lookup.status == engine::Status::completed ? engine::kNever : lookup.resolved_at;
    if (!earlier.call || until > earlier.until) earlier = {&call, until};
  }
}

bool was_accepted(const AdviceLookup& lookup) {
  return std::ranges::any_of(lookup.callbacks, [](const AdviceCallback& callback) {
    return std::ranges::any_of(callback.attempts, &AdviceCallback::Attempt::accepted);
  });
}

std::string statuses_text(std::span<const AdviceCallback::Attempt> attempts) {
  std::string text;
  for (const auto& attempt : attempts)
    if (attempt.status != 0) text.append(text.empty() ? "" : ", ").append(std::to_string(attempt.status));
  return text;
}

// A receiver that fails once and then accepts the retry does what retries are for.
void find_callback_refused(const AdviceCase& of, FoundMistakes& found) {
  for (const auto& lookup : of.evidence.lookups) {
    if (was_accepted(lookup)) continue;
    for (const auto& callback : lookup.callbacks) {
      const auto refused = std::ranges::count_if(callback.attempts, &AdviceCallback::Attempt::refused);
      const auto least = callback.is_open ? kThresholds.refused_attempts : std::size_t{1};
      if (!callback.is_judged || static_cast<std::size_t>(refused) < least) continue;
      found.explain("The receiver answered the callback " + callback.id + " with " + statuses_text(callback.attempts) +
                    "; any 2xx would have accepted it.");
      found.add(callback);
    }
  }
}

void find_duplicate_callback_not_idempotent(const AdviceCase& of, FoundMistakes& found) {
  for (const auto& lookup : of.evidence.lookups) {
    // The first delivery that was accepted.
    const AdviceCallback::Attempt* accepted = nullptr;
    const AdviceCallback* accepted_callback = nullptr;
    for (const auto& callback : lookup.callbacks)
      for (const auto& attempt : callback.attempts)
        if (attempt.accepted() && (!accepted || attempt.ended < accepted->ended)) {
          accepted = &attempt;
          accepted_callback = &callback;
        }
    if (!accepted) continue;
    for (const auto& callback : lookup.callbacks) {
      if (!callback.is_judged || callback.is_open) continue;
      std::span<const AdviceCallback::Attempt> later = callback.attempts;
      if (&callback == accepted_callback)
        later = later.subspan(static_cast<std::size_t>(accepted - callback.attempts.data()) + 1);
      else
        while (!later.empty() && later.front().at < accepted->ended) later = later.subspan(1);
      // If a retry is accepted, the delivery was accepted.
      if (later.empty() || std::ranges::any_of(later, &AdviceCallback::Attempt::accepted) ||
          std::ranges::none_of(later, &AdviceCallback::Attempt::refused))
        continue;
      found.explain("The receiver answered the first delivery of the result of " + lookup.id + " with " +
                    std::to_string(accepted->status) + ", and a later one with " + statuses_text(later) + ".");
      found.add(callback);
    }
  }
}

// The calls of one API key since a 402.
class Unchecked {
 public:
  void add(const AdviceCase& of, const AdvisedCall& call, FoundMistakes& found) {
    const bool is_request = call.kind == AdvisedKind::request;
    if (is_request && call.status() == 402 && call.received()) {
      if (first_ && of.got_credits(*first_, call)) end(found);
      if (!first_)
        first_ = &call;
      else
        note(call);
      if (call.entry->connection != 0) ++refused_on_[call.entry->connection];
    } else if ((is_request && call.status() == 201) || shows_credits(call)) {
      end(found);
    }
  }

  void end(FoundMistakes& found) {
    const auto least = kThresholds.posts_after_402;
    const bool one_worker_knew = std::ranges::any_of(refused_on_, [&](const auto& on) { return on.second > least; });
    if (one_worker_knew || knowing_ >= least) report(found);
    *this = {};
  }

 private:
  static bool shows_credits(const AdvisedCall& call) {
    return call.kind == AdvisedKind::credits && call.status() == 200 && call.entry->answer != R"({"balance":0})";
  }

  void note(const AdvisedCall& call) {
    posts_.push_back(&call);
    if (was_sent_later(call, *first_)) ++knowing_;
  }

  void report(FoundMistakes& found) const {
    found.explain("Request " + std::to_string(first_->entry->number) + " was answered with 402. " +
                  std::to_string(posts_.size()) + " more requests followed, and got 402, too.");
    found.prove(*first_);
    for (const auto* post : posts_) found.add(*post);
  }

  const AdvisedCall* first_ = nullptr;
  std::vector<const AdvisedCall*> posts_;  // after the first one
  std::uint64_t knowing_ = 0;              // those that came so late that the client knew of the first one
  std::unordered_map<std::uint64_t, std::uint64_t> refused_on_;  // how many 402 each connection has carried
};

void find_credits_unchecked(const AdviceCase& of, FoundMistakes& found) {
  std::map<std::string_view, Unchecked> by_key;
  for (const auto& call : of.calls)
    if (call.kind == AdvisedKind::request || call.kind == AdvisedKind::credits)
      by_key[call.entry->key].add(of, call, found);
  for (auto& [key, unchecked] : by_key) unchecked.end(found);
}

// Whether a rule needs a clock that runs like real time.
enum class NeedsRealTime : unsigned char { no, yes, unless_ended };

struct RuleOfAdvice {
  AdviceRule rule;
  Severity severity;
  NeedsRealTime needs_real_time;
  std::string_view title;
  void (*find)(const AdviceCase&, FoundMistakes&);
};

// The most severe first.
constexpr RuleOfAdvice kRules[] = {
    {AdviceRule::duplicate_lookup, Severity::error, NeedsRealTime::no,
     "The same profile and type was requested again: a result costs a credit each time", find_duplicate_lookup},
    {AdviceRule::result_lost, Severity::error, NeedsRealTime::unless_ended,
     "A lookup has resolved, and the client never got its result", find_result_lost},
    {AdviceRule::duplicate_callback_not_idempotent, Severity::error, NeedsRealTime::no,
     "The receiver accepted a callback, and refused it when it came again", find_duplicate_callback_not_idempotent},
    {AdviceRule::retry_after_ignored, Severity::warning, NeedsRealTime::yes,
     "A call was repeated before Retry-After had passed", find_retry_after_ignored},
    {AdviceRule::no_backoff, Severity::warning, NeedsRealTime::yes,
     "Polls or retries follow each other without a pause that grows", find_no_backoff},
    {AdviceRule::client_error_retried, Severity::warning, NeedsRealTime::no,
     "A call was repeated unchanged after an error that repeating does not fix", find_client_error_retried},
    {AdviceRule::server_error_not_retried, Severity::warning, NeedsRealTime::unless_ended,
     "The client gave up after one server error or broken connection", find_server_error_not_retried},
    {AdviceRule::callback_refused, Severity::warning, NeedsRealTime::no, "The receiver did not accept a valid callback",
     find_callback_refused},
    {AdviceRule::credits_unchecked, Severity::warning, NeedsRealTime::no,
     "The client kept posting after it had run out of credits", find_credits_unchecked},
    {AdviceRule::polled_after_final, Severity::note, NeedsRealTime::no,
     "The client kept polling after it had seen the result", find_polled_after_final},
};
static_assert(std::size(kRules) == scenario::kAdviceRuleWords.words.size());

// Why a rule is not checked; empty: it is.
std::string_view reason_not_to_check(const RuleOfAdvice& rule, const AdviceEvidence& evidence,
                                     const AdviceOptions& options) {
  const auto has = [&](const std::vector<AdviceRule>& list) {
    return std::ranges::find(list, rule.rule) != list.end();
  };
  if (has(options.ignore)) return "ignored by the call";
  if (has(evidence.ignored)) return "ignored by the scenario";
  if (evidence.always_real || rule.needs_real_time == NeedsRealTime::no) return {};
  if (rule.needs_real_time == NeedsRealTime::yes) return "the team's clock is or was manual or scaled";
  return options.client_has_ended ? ""
                                  : "the team's clock is or was manual or scaled; ask with finished=true when the "
                                    "client has ended";
}

}  // namespace

Advice advise(const AdviceEvidence& evidence, const AdviceOptions& options) {
  Advice advice{.lost = evidence.lost};
  if (advice.lost) return advice;
  const AdviceCase the_case(evidence, options.client_has_ended);
  for (const auto& rule : kRules) {
    if (const auto reason = reason_not_to_check(rule, evidence, options); !reason.empty()) {
      advice.not_checked.push_back({rule.rule, reason});
      continue;
    }
    FoundMistakes found;
    rule.find(the_case, found);
    auto finding = found.take();
    if (finding.count == 0) continue;
    finding.rule = rule.rule;
    finding.severity = rule.severity;
    finding.title = rule.title;
    advice.findings.push_back(std::move(finding));
  }
  return advice;
}

Advice advise(runner::TeamRunner& team, const Rewritten& rewritten, AdviceOptions options) {
  return advise(collect_evidence(team, rewritten), options);
}

Object render(const Advice& advice, const KeyMasker& keys) {
  const auto render_proof = [](const AdviceProof& proof) {
    return proof.request != 0 ? Object{{"request", proof.request}} : Object{{"callback", proof.callback}};
  };
  const auto render_finding = [&](const AdviceFinding& finding) {
    return Object{{"rule", scenario::to_text(finding.rule)},
                  {"severity", kSeverityWords.text(finding.severity)},
                  {"title", finding.title},
                  {"explanation", keys.hide(finding.explanation)},
                  {"evidence", Array::of(finding.proofs, render_proof)},
                  {"count", finding.count}};
  };
  const auto render_not_checked = [](const Advice::NotChecked& each) {
    return Object{{"rule", scenario::to_text(each.rule)}, {"reason", each.reason}};
  };
  return {{"complete", !advice.lost},
          {"reason", advice.lost},
          {"findings", Array::of(advice.findings, render_finding)},
          {"not_checked", Array::of(advice.not_checked, render_not_checked)}};
}

}  // namespace enrichment_mock::control
