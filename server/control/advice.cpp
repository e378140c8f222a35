#include "control/advice.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <unordered_map>
#include <utility>

#include "control/advice_case.h"

namespace enrichment_mock::control {

namespace {

using base::Duration;
using base::Instant;

constexpr std::size_t kMaxProofs = 20, kMaxShownGaps = 5;

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
    return "got a damaged response (" + std::string(call.entry->fault) + ")";
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
        const bool knew_of_it = knew(*refused, call) || (latest->entry->retry_after && knew(*latest, call));
        const bool is_retry = call.kind == AdvisedKind::credits ? same : knew_of_it;
        if (is_retry) {
          if (found.is_empty())
            found.explain(call.name() + " was answered with " + std::to_string(refused->status()) +
                          " and Retry-After: " + std::to_string(*refused->entry->retry_after) +
                          ". The same call came again " + milliseconds_text(call.made() - refused->answered()) +
                          " later.");
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
      until = call.answered() + wait * kAdvice.percent_of_retry_after / 100;
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
                            gap < (kind == Kind::poll ? kAdvice.poll_gap : kAdvice.retry_gap) &&
                            (on_same_connection(before, after) ||
                             // Otherwise another component may have made the call, with pauses of its own.
                             (before.kind != AdvisedKind::credits && after.sent_after >= before.answered()));
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
    const bool polls_drive = before.lookup != kNoLookup && of_.evidence.lookups[before.lookup].counts_polls;
    return before.received() && before.shown && !before.shows_final() && !polls_drive ? Kind::poll : Kind::none;
  }

  // Whether enough gaps in a row do not grow: the last one is less than twice the first one.
  bool has_no_backoff() const {
    const auto least = kind_ == Kind::poll ? kAdvice.poll_gaps : kAdvice.retry_gaps;
    constexpr Duration kShortest = std::chrono::milliseconds(1);
    for (std::size_t end = least; end <= gaps_.size(); ++end)
      if (gaps_[end - 1] < 2 * std::max(gaps_[end - least], kShortest)) return true;
    return false;
  }

  // Components of one page may poll at the same time, without knowing of each other.
  bool may_be_parallel() const { return !same_connection_ && !was_sent_later(*calls_.back(), *first_); }

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
                  std::string(repeats[0]->entry->reason) + "). The same call came " +
                  std::to_string(repeats.size() - 1) + " more times, with the same answer.");
    found.prove(*repeats[0]);
    for (std::size_t i = 1; i < repeats.size(); ++i) found.add(*repeats[i]);
  }
}

// The last request of each profile, to find a retry that has another body.
class LastRequests {
 public:
  explicit LastRequests(const AdviceCase& of) : of_(of), accepted_(of.profiles.size(), 0) {
    for (std::uint32_t i = 0; i < of.calls.size(); ++i)
      if (of.calls[i].kind == AdvisedKind::request) last_of(of.calls[i]) = i;
  }

  // Whether this call is one of those.
  bool has(std::uint32_t index) { return last_of(of_.calls[index]) == index; }

 private:
  // By profile; of a request without one, by nothing.
  std::uint32_t& last_of(const AdvisedCall& call) {
    if (call.lookup != kNoLookup) return accepted_[of_.profiles[call.lookup]];
    const auto profile = profile_in(call.entry->body);
    const auto number = of_.profile_number(profile);
    return number ? accepted_[*number] : others_[profile];
  }

  const AdviceCase& of_;
  std::vector<std::uint32_t> accepted_;  // by the number of the profile
  std::unordered_map<std::string, std::uint32_t> others_;
};

void find_server_error_not_retried(const AdviceCase& of, FoundMistakes& found) {
  std::uint32_t last_402 = 0;  // after it, a client may stop
  for (std::uint32_t i = 0; i < of.calls.size(); ++i)
    if (of.calls[i].kind == AdvisedKind::request && of.calls[i].status() == 402) last_402 = i;
  std::optional<LastRequests> last_requests;
  for (const auto& thing : of.things) {
    const auto index = thing.back();
    const auto& call = of.calls[index];
    if (call.kind == AdvisedKind::other || !call.failed()) continue;
    if (thing.size() > 1 && of.calls[thing[thing.size() - 2]].failed()) continue;
    const auto wait = std::chrono::duration_cast<Duration>(std::chrono::seconds(call.entry->retry_after.value_or(0)));
    if (!of.has_given_up(call.answered() + wait, of.evidence.real_now)) continue;
    if (call.kind == AdvisedKind::poll && (call.lookup == kNoLookup || of.seen[call.lookup].result)) continue;
    if (call.kind == AdvisedKind::request) {
      if (last_402 > index || (call.lookup != kNoLookup && of.seen[call.lookup].result)) continue;
      if (!last_requests) last_requests.emplace(of);
      if (!last_requests->has(index)) continue;
    }
    if (found.is_empty()) found.explain(call.name() + " " + answered_text(call) + ", and was not tried again.");
    found.add(call);
  }
}

void find_polled_after_final(const AdviceCase& of, FoundMistakes& found) {
  std::vector<std::uint32_t> late;
  for (const auto& thing : of.things) {
    if (of.calls[thing[0]].kind != AdvisedKind::poll) continue;
    const AdvisedCall* final_one = nullptr;
    late.clear();
    for (const auto index : thing) {
      const auto& call = of.calls[index];
      if (final_one && knew(*final_one, call)) late.push_back(index);
      if (!final_one && call.received() && call.shows_final()) final_one = &call;
    }
    if (late.size() < kAdvice.polls_after_final) continue;
    found.explain(final_one->name() + " showed " + std::string(engine::to_text(*final_one->shown)) +
                  ", which does not change any more. It was polled " + std::to_string(late.size()) + " more times.");
    found.prove(*final_one);
    for (const auto index : late) found.add(of.calls[index]);
  }
}

// The client has the id, so it can poll.
bool was_accepted(const AdvisedCall& call) {
  return call.kind == AdvisedKind::request && call.lookup != kNoLookup && call.status() == 201 && call.received();
}

void find_result_lost(const AdviceCase& of, FoundMistakes& found) {
  std::vector<bool> seen_profiles(of.profiles.size());  // a client may have asked twice and read one result
  for (std::size_t i = 0; i < of.seen.size(); ++i)
    if (of.seen[i].result) seen_profiles[of.profiles[i]] = true;
  for (const auto& call : of.calls) {
    if (!was_accepted(call)) continue;
    const auto& lookup = of.evidence.lookups[call.lookup];
    const auto& seen = of.seen[call.lookup];
    const bool may_come = std::ranges::any_of(lookup.callbacks, &AdviceCallback::is_open);
    if (!engine::is_resolved(lookup.status) || may_come || seen_profiles[of.profiles[call.lookup]]) continue;
    if (!of.has_given_up(lookup.resolved_at, of.evidence.team_now) ||
        !of.has_given_up(std::max(seen.last_poll, call.answered()), of.evidence.real_now))
      continue;
    if (found.is_empty())
      found.explain("The enrichment " + engine::to_text(lookup.id) + " is " +
                    std::string(engine::to_text(lookup.status)) +
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
  std::unordered_map<std::uint64_t, Earlier> earlier_of;  // by client and profile
  earlier_of.reserve(of.profiles.size());
  for (const auto& call : of.calls) {
    if (call.kind != AdvisedKind::request || call.lookup == kNoLookup || call.status() != 201) continue;
    const auto& lookup = of.evidence.lookups[call.lookup];
    auto& earlier = earlier_of[std::uint64_t{call.client} << 32 | of.profiles[call.lookup]];
    if (earlier.call && call.entry->at < earlier.until) {
      const bool is_found = of.evidence.lookups[earlier.call->lookup].status == engine::Status::completed;
      if (found.is_empty())
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
      const auto least = callback.is_open ? kAdvice.refused_attempts : std::size_t{1};
      if (!callback.is_judged || static_cast<std::size_t>(refused) < least) continue;
      if (found.is_empty())
        found.explain("The receiver answered the callback " + callback.id + " with " +
                      statuses_text(callback.attempts) + "; any 2xx would have accepted it.");
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
      if (found.is_empty())
        found.explain("The receiver answered the first delivery of the result of " + engine::to_text(lookup.id) +
                      " with " + std::to_string(accepted->status) + ", and a later one with " + statuses_text(later) +
                      ".");
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
    if (!first_) return;
    const auto least = kAdvice.posts_after_402;
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
  std::vector<Unchecked> of_clients(of.clients);
  for (const auto& call : of.calls)
    if (call.kind == AdvisedKind::request || call.kind == AdvisedKind::credits)
      of_clients[call.client].add(of, call, found);
  for (auto& unchecked : of_clients) unchecked.end(found);
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
