#include "upstream/recording.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "base/version.h"
#include "json/fields.h"
#include "json/reader.h"
#include "json/writer.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::upstream {
namespace {

using json_text::Document;
using json_text::Json;
using json_text::Object;
using scenario::EmailType;
using scenario::Outcome;
using scenario::Status;

// The levels of a body that a scenario can contain a few levels down.
constexpr std::size_t kMaxBodyDepth = 48;
// A longer body of an error or a callback is not in the scenario.
constexpr std::size_t kMaxBody = 4 * base::kKilobyte;
// A scenario file has at most a million bytes: these are for what is known about people, and for bodies of errors.
constexpr std::size_t kMaxPeopleBytes = 850'000, kMaxErrorBytes = 100'000;
constexpr std::size_t kMaxRetryAfter = 100;
// The statuses that a scenario can have.
constexpr int kMinStatus = 200, kMaxStatus = 599;

constexpr Moment kLongest = std::chrono::hours(365 * 24);

bool is_success(int status) { return status >= 200 && status < 300; }

void keep_least(std::optional<Moment>& kept, Moment moment) { kept = std::min(kept.value_or(moment), moment); }
void keep_most(std::optional<Moment>& kept, Moment moment) { kept = std::max(kept.value_or(moment), moment); }

std::optional<std::string> member_text(const json_text::Value& object, std::string_view name) {
  const auto member = object.member(name);
  return member && member->is_string() ? std::optional(std::string(member->text())) : std::nullopt;
}

// The address in the `email` of a poll or a callback.
std::optional<std::string> email_of(const json_text::Value& body) {
  const auto email = body.member("email");
  auto address = email && email->is_object() ? member_text(*email, "email") : std::nullopt;
  return address && !address->empty() ? address : std::nullopt;
}

std::optional<Outcome> outcome_of(Status status) {
  switch (status) {
    case Status::pending:
    case Status::processing:
      return std::nullopt;
    case Status::completed:
      return Outcome::completed;
    case Status::not_found:
      return Outcome::not_found;
    case Status::failed:
      return Outcome::failed;
  }
  return std::nullopt;
}

// "1 poll", "2 polls".
std::string count_text(std::size_t count, std::string_view one, std::string_view more = {}) {
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(one);
  return more.empty() ? text.append(one).append("s") : text.append(more);
}

Bounds bounds(Moment least, Moment most) {
  least = std::clamp(least, Moment(0), kLongest);
  return {least, std::clamp(most, least, kLongest)};
}

// The part that as many as possible of the bounds have in common.
struct Common {
  Bounds part;
  std::size_t count = 0;  // 0: there are no bounds
};
Common common_part(const std::vector<Bounds>& all) {
  std::vector<std::pair<Moment, int>> edges;  // those that begin come before those that end
  for (const Bounds& each : all) {
    edges.emplace_back(each.least, 0);
    edges.emplace_back(each.most, 1);
  }
  std::ranges::sort(edges);
  Common best;
  std::size_t open = 0;
  auto first = edges.begin();
  for (auto edge = edges.begin(); edge != edges.end(); ++edge) {
    if (edge->second == 1)
      --open;
    else if (++open > best.count)
      best.count = open, first = edge;
  }
  if (best.count == 0) return best;
  const auto end = std::find_if(first, edges.end(), [](const auto& edge) { return edge.second == 1; });
  best.part = {first->first, end->first};
  return best;
}

// A member of JSON text that is a JSON string.
Json duration_text(Moment duration) { return Json(base::format_duration(duration)); }

std::string json_string(std::string_view text) {
  std::string out;
  json_text::append_quoted(out, text);
  return out;
}

// As the loader reads it: percent-encoding is decoded once.
std::string encoded_username(std::string_view username) {
  std::string text;
  for (const char c : username) c == '%' ? text += "%25" : text += c;
  return text;
}

bool has_wildcard(std::string_view username) { return username.find_first_of("*?") != username.npos; }

// Seconds, or a date.
bool is_retry_after(std::string_view text) {
  constexpr auto kAllowed = base::kLettersAndDigits.with(" ,:+-");
  return !text.empty() && text.size() <= kMaxRetryAfter && text.front() != ' ' && text.back() != ' ' &&
         kAllowed.has_all(text);
}

}  // namespace

Moment Bounds::middle() const {
  const auto exact = least + (most - least) / 2;
  const Moment rounded = std::chrono::round<std::chrono::milliseconds>(exact);
  return std::min(has(rounded) ? rounded : exact, kLongest);
}

std::string Bounds::text() const { return base::format_duration(least) + " to " + base::format_duration(most); }

void Recording::add(const RecordedCall& call) {
  if (call.kind != RecordedCall::Kind::callback) keys_ = std::max(keys_, call.key + 1);
  const bool has_known_status = call.status == 0 || (call.status >= kMinStatus && call.status <= kMaxStatus);
  if (call.is_encoded || !has_known_status) ++left_out_.unreadable;
  if (!has_known_status) return;
  switch (call.kind) {
    case RecordedCall::Kind::request:
      return add_request(call);
    case RecordedCall::Kind::poll:
      return add_poll(call);
    case RecordedCall::Kind::credits:
      return add_credits(call);
    case RecordedCall::Kind::callback:
      return add_callback(call);
  }
}

// False: the call has another answer. A call without an answer counts as refused.
bool Recording::add_refusal(const RecordedCall& call) {
  if (call.status == 0) {
    ++left_out_.unanswered;
    return true;
  }
  if (is_success(call.status)) return false;
  if (!call.is_encoded && call.status >= 400) {
    const auto text = call.body.size() > kMaxBody ? std::string_view() : call.body;
    auto& known = error_bodies_.try_emplace(call.status, ErrorBody{std::string(text)}).first->second;
    known.varies = known.varies || known.text != text;
  }
  return true;
}

void Recording::add_request(const RecordedCall& call) {
  ++requests_;
  const bool refused = add_refusal(call);
  if (call.status == 0) return;
  Document request(call.sent);
  const bool is_object = request.read(json_text::Syntax::strict) && request.root().is_object();
  const auto url = is_object ? member_text(request.root(), "linkedin_url") : std::nullopt;
  const auto username = url ? scenario::profile_username(*url) : std::nullopt;
  const auto type = scenario::kEmailTypeWords.value(is_object ? member_text(request.root(), "type").value_or("") : "");
  if (!username || !type || request.first_duplicate_key()) {
    ++left_out_.invalid_requests;
    return;
  }
  Lookup lookup;
  lookup.key = call.key;
  lookup.username = *username;
  lookup.type = *type;
  lookup.linkedin_url = *url;
  lookup.external_id = member_text(request.root(), "external_id");
  lookup.has_callback = call.receiver.has_value();
  lookup.begin = call.begin;
  lookup.end = call.end;
  lookup.status = call.status;
  lookup.retry_after = call.retry_after;
  if (refused && !call.is_encoded && call.body.size() <= kMaxBody) lookup.body = call.body;
  if (!refused) {
    Document accepted(call.body);
    const bool readable = !call.is_encoded && accepted.read(json_text::Syntax::strict);
    lookup.id = readable ? member_text(accepted.root(), "_id").value_or("") : "";
    if (lookup.id.empty() && !call.is_encoded) ++left_out_.unreadable;
  }
  // First what the indices refer to, because memory may run out in between.
  const auto index = lookups_.size();
  lookups_.push_back(std::move(lookup));
  if (const auto& id = lookups_.back().id; !id.empty()) by_id_.emplace(id, index);
  if (!call.receiver) return;
  by_receiver_.emplace(*call.receiver, index);
  if (const auto early = early_attempts_.find(*call.receiver); early != early_attempts_.end()) {
    lookups_.back().attempts = std::move(early->second);
    early_attempts_.erase(early);
  }
}

void Recording::add_poll(const RecordedCall& call) {
  ++polls_;
  const auto found = by_id_.find(call.id);
  if (add_refusal(call)) {
    left_out_.refused_polls += call.status != 0;
    return;
  }
  if (call.is_encoded) return;
  Document body(call.body);
  const bool is_object = body.read(json_text::Syntax::strict) && body.root().is_object();
  const auto status =
      scenario::kStatusWords.value(is_object ? member_text(body.root(), "status").value_or("") : std::string());
  if (!status) {
    ++left_out_.unreadable;
    return;
  }
  if (found == by_id_.end()) {
    ++left_out_.unknown_ids;
    return;
  }
  Lookup& lookup = lookups_[found->second];
  const auto outcome = outcome_of(*status);
  if (*status == Status::pending) keep_most(lookup.pending_until, call.begin);
  if (*status != Status::pending) keep_least(lookup.started_by, call.end);
  if (!outcome) {
    keep_most(lookup.open_until, call.begin);
    return;
  }
  keep_least(lookup.resolved_by, call.end);
  lookup.outcome = outcome;
  if (*outcome == Outcome::completed) lookup.email = email_of(body.root());
}

void Recording::add_credits(const RecordedCall& call) {
  ++credits_;
  if (add_refusal(call)) {
    left_out_.refused_credits += call.status != 0;
    return;
  }
  if (call.is_encoded) return;
  Document body(call.body);
  const bool is_json = body.read(json_text::Syntax::strict);
  const auto member = is_json ? body.root().member("balance") : std::nullopt;
  const auto balance = member ? json_text::to_whole_number<std::int64_t>(*member) : std::nullopt;
  if (!balance || *balance < 0 || *balance > base::kMaxCredits) {
    ++left_out_.unreadable;
    return;
  }
  if (!first_balance_ || (first_balance_->key == call.key && call.begin < first_balance_->begin))
    first_balance_ = {call.key, call.begin, *balance};
  if (first_balance_->key == call.key && (!last_balance_ || call.begin >= last_balance_->begin))
    last_balance_ = {call.key, call.begin, *balance};
}

void Recording::add_callback(const RecordedCall& call) {
  ++callbacks_;
  const auto receiver = call.receiver.value_or(SIZE_MAX);
  const auto found = by_receiver_.find(receiver);
  auto& attempts = found != by_receiver_.end() ? lookups_[found->second].attempts : early_attempts_[receiver];
  Attempt attempt{call.begin, call.end, is_success(call.status), attempts.empty() ? call.sent : ""};
  if (attempt.body.size() > kMaxBody) attempt.body.clear(), ++left_out_.unknown_callbacks;
  attempts.push_back(std::move(attempt));
}

// Makes the text. The recording stays as it is: with more calls, the same lookup may mean something else.
class Recording::Writer {
 public:
  Writer(const Recording& recording, const Frame& frame) : recording_(recording), frame_(frame), names_(frame.hidden) {}

  std::string write() {
    order_lookups();
    read_callback_bodies();
    choose_opening_balance();
    find_durations();
    find_callback_settings();
    write_errors();
    write_people();
    return whole_text();
  }

 private:
  // The attempts of one notification, and what their lookup is known to be.
  struct Chain {
    std::vector<const Attempt*> attempts;
  };

  // A lookup, and what is derived from it.
  struct Known {
    const Lookup* lookup = nullptr;
    std::optional<Outcome> outcome;
    std::optional<std::string> email;  // as the scenario has it
    std::optional<Bounds> pending, end, processing, delay;
    bool pending_forever = false, processing_forever = false, before_response = false;
    std::vector<Chain> chains;
    std::optional<Moment> own_pending, own_processing, own_delay;  // where the common ones are not within the bounds
  };

  struct Entry {
    std::string text, comment;
  };

  void order_lookups() {
    for (const Lookup& lookup : recording_.lookups_) known_.emplace_back().lookup = &lookup;
    std::ranges::stable_sort(known_, {}, [](const Known& each) { return each.lookup->begin; });
    for (Known& each : known_) {
      names_.username(each.lookup->username);
      each.outcome = each.lookup->outcome;
      split_into_chains(each);
    }
  }

  // A callback says how a lookup ended if no poll does.
  void read_callback_bodies() {
    for (Known& each : known_) {
      auto email = each.lookup->email;
      if (!each.lookup->attempts.empty() && (!each.outcome || (each.outcome == Outcome::completed && !email))) {
        Document body(callback_body(each));
        if (body.read(json_text::Syntax::strict) && body.root().is_object()) {
          const auto status = scenario::kStatusWords.value(member_text(body.root(), "status").value_or(""));
          if (!each.outcome && status) each.outcome = outcome_of(*status);
          if (!email) email = email_of(body.root());
        }
      }
      if (each.outcome == Outcome::completed && email)
        each.email = names_.email(*email, each.lookup->username, each.lookup->type);
    }
  }

  static const Attempt& first_attempt(const Known& each) { return *each.chains.front().attempts.front(); }

  // An attempt that follows a failed one is its retry. Any other attempt begins another copy.
  static void split_into_chains(Known& each) {
    std::vector<const Attempt*> attempts;
    for (const Attempt& attempt : each.lookup->attempts) attempts.push_back(&attempt);
    std::ranges::stable_sort(attempts, {}, &Attempt::begin);
    for (const Attempt* attempt : attempts) {
      Chain* best = nullptr;
      for (Chain& chain : each.chains) {
        const Attempt& last = *chain.attempts.back();
        if (!last.delivered && last.end <= attempt->begin && (!best || last.end < best->attempts.back()->end))
          best = &chain;
      }
      if (!best) best = &each.chains.emplace_back();
      best->attempts.push_back(attempt);
    }
  }

  // All attempts of a callback have the same body: one of them has kept it.
  static const std::string& callback_body(const Known& each) {
    const auto& attempts = each.lookup->attempts;
    const auto found = std::ranges::find_if(attempts, [](const Attempt& attempt) { return !attempt.body.empty(); });
    return found == attempts.end() ? attempts.front().body : found->body;
  }

  void choose_opening_balance() {
    const auto& first = recording_.first_balance_;
    if (!first) return;
    std::int64_t charged = 0;
    for (const Known& each : known_)
      charged += each.lookup->key == first->key && each.outcome == Outcome::completed && each.lookup->resolved_by &&
                 *each.lookup->resolved_by <= first->begin;
    opening_ = std::min(first->credits + charged, base::kMaxCredits);
  }

  static bool is_accepted(const Known& each) { return is_success(each.lookup->status); }

  // When the lookup has started and ended, counted from its request.
  static void find_bounds(Known& each) {
    const Lookup& lookup = *each.lookup;
    if (!is_accepted(each)) return;
    std::optional<Moment> ended_by = lookup.resolved_by;
    bool called_back = false;  // a callback showed the end
    if (!each.chains.empty()) {
      const Attempt& first = first_attempt(each);
      each.before_response = first.end <= lookup.end;
      called_back = !ended_by || first.begin <= *ended_by;
      keep_least(ended_by, first.begin);
    }
    if (each.before_response) return;
    const auto after = [&](std::optional<Moment> moment) { return moment.value_or(lookup.end) - lookup.end; };
    auto started_by = lookup.started_by;
    if (ended_by) keep_least(started_by, *ended_by);
    if (started_by)
      each.pending = bounds(after(lookup.pending_until), *started_by - lookup.begin);
    else
      each.pending_forever = lookup.pending_until.has_value();
    if (!ended_by) {
      each.processing_forever = started_by.has_value();
      return;
    }
    const auto least =
        called_back ? std::max(after(lookup.open_until), *ended_by - lookup.end) : after(lookup.open_until);
    each.end = bounds(least, *ended_by - lookup.begin);
  }

  // The value for the file, and for each lookup whose bounds do not include it its own.
  std::optional<Moment> share(std::optional<Bounds> Known::*of, std::optional<Moment> Known::*own,
                              std::string& comment) {
    std::vector<Bounds> all;
    for (const Known& each : known_)
      if (each.*of) all.push_back(*(each.*of));
    const auto common = common_part(all);
    if (common.count == 0) return std::nullopt;
    const auto value = common.part.middle();
    for (Known& each : known_)
      if (each.*of && !(each.*of)->has(value)) each.*own = (each.*of)->middle();
    comment = "Bounds of " + std::to_string(common.count) + " of " + count_text(all.size(), "lookup") + ": " +
              common.part.text();
    return value;
  }

  void find_durations() {
    for (Known& each : known_) find_bounds(each);
    pending_ = share(&Known::pending, &Known::own_pending, pending_comment_);
    for (Known& each : known_)
      if (each.end) {
        const auto begun = each.own_pending.value_or(*pending_);
        each.processing = bounds(each.end->least - begun, each.end->most - begun);
      }
    processing_ = share(&Known::processing, &Known::own_processing, processing_comment_);
    for (Known& each : known_)
      if (each.end && !each.chains.empty()) {
        const auto ended = each.own_pending.value_or(*pending_) + each.own_processing.value_or(*processing_);
        const auto arrived = first_attempt(each).begin;
        each.delay = bounds(arrived - each.lookup->end - ended, arrived - each.lookup->begin - ended);
      }
    delay_ = share(&Known::delay, &Known::own_delay, delay_comment_);
    if (delay_ == Moment(0) ||
        std::ranges::all_of(known_, [](const Known& each) { return !each.delay || each.delay->has(Moment(0)); })) {
      delay_.reset();
      for (Known& each : known_) {
        each.own_delay.reset();
        if (each.delay && !each.delay->has(Moment(0))) each.own_delay = each.delay->middle();
      }
    }
  }

  // Whether another attempt would have come before the recording ended: pauses usually double.
  bool has_given_up(const Chain& chain) const {
    constexpr Moment kPause = std::chrono::seconds(15);
    const auto& last = *chain.attempts.back();
    const auto count = chain.attempts.size();
    const auto pause = count > 1 ? last.begin - chain.attempts[count - 2]->end : kPause;
    return !last.delivered && frame_.end - frame_.begin >= last.end + 4 * pause;
  }

  // Settings of callbacks that are the same for all lookups are settings of the file.
  void find_callback_settings() {
    std::vector<std::vector<Moment>> gaps;
    std::size_t longest = 0, given_up = 0;
    std::optional<std::size_t> copies;
    bool same_copies = true, any = false, all_before = true;
    for (const Known& each : known_) {
      if (each.chains.empty() || !is_accepted(each)) continue;
      any = true;
      all_before = all_before && each.before_response;
      same_copies = same_copies && copies.value_or(each.chains.size()) == each.chains.size();
      copies = each.chains.size();
      if (each.outcome == Outcome::failed) on_failed_ = true;
      for (const Chain& chain : each.chains) {
        longest = std::max(longest, chain.attempts.size());
        if (has_given_up(chain)) given_up = std::max(given_up, chain.attempts.size());
        for (std::size_t i = 1; i < chain.attempts.size(); ++i) {
          if (gaps.size() < i) gaps.emplace_back();
          gaps[i - 1].push_back(std::max(Moment(0), chain.attempts[i]->begin - chain.attempts[i - 1]->end));
        }
      }
    }
    before_response_ = any && all_before;
    if (same_copies && copies) copies_ = std::min<std::size_t>(*copies, kMaxCopies);
    const auto most = given_up == longest ? given_up : std::max(longest, kDefaultAttempts);
    max_attempts_ = std::min(most == 0 ? kDefaultAttempts : most, kMaxAttempts);
    for (auto& each : gaps) {
      std::ranges::sort(each);
      backoff_.push_back({each.front(), each.back()});
    }
  }

  // The body as JSON or as a JSON string, with pseudonyms. Empty: a scenario cannot have it.
  std::string usable_body(std::string_view text) {
    if (text.size() > kMaxBody || base::find_invalid_utf8(text)) return "";
    Document document(text);
    if (document.read(json_text::Syntax::strict, kMaxBodyDepth) && document.duplicates().empty() &&
        !document.root().is_string()) {
      auto shown = names_.json(document.root());
      Document again(shown);
      if (again.read(json_text::Syntax::strict) && again.duplicates().empty()) return shown;
    }
    return json_string(names_.text(text));
  }

  void write_errors() {
    for (const auto& [status, known] : recording_.error_bodies_) {
      if (known.varies) {
        ++varied_errors_;
        continue;
      }
      const auto body = usable_body(known.text);
      const bool is_allowed = body.starts_with('{') || body.starts_with('"');
      if (known.text.empty() || !is_allowed || errors_.size() + body.size() > kMaxErrorBytes) continue;
      errors_ += (errors_.empty() ? "" : ",\n") + ("    \"" + std::to_string(status)) + "\": " + body;
      error_bodies_.emplace(status, body);
    }
  }

  // The refusals of a valid request that the mock would make by itself or cannot repeat, because they depend on the
  // key.
  bool is_natural(const Lookup& lookup) const {
    return lookup.status == 401 || lookup.status == 403 || (lookup.status == 402 && opening_ == 0);
  }

  Entry step_of_refusal(const Lookup& lookup) {
    Object response{{"status", lookup.status}};
    if (is_retry_after(lookup.retry_after)) response.add("headers", Object{{"Retry-After", lookup.retry_after}});
    const auto body = lookup.body.empty() ? "" : usable_body(lookup.body);
    const auto known = error_bodies_.find(lookup.status);
    const bool is_known = known != error_bodies_.end() && known->second == body;
    if (!body.empty() && !is_known && !scenario::has_no_body(lookup.status)) response.add("body", Json::raw(body));
    return {Object{{"response", response}}.take(), ""};
  }

  // `has_profile`: the profile says the outcome, unless it is failed.
  Entry step_of_lookup(const Known& each, bool has_profile) {
    Object lookup, callback;
    std::string comment;
    const auto explain = [&comment](std::string_view what, const std::optional<Bounds>& known) {
      if (known) comment += (comment.empty() ? "" : ", ") + std::string(what) + " " + known->text();
    };
    if (each.outcome == Outcome::failed || (!has_profile && each.outcome == Outcome::not_found))
      lookup.add("outcome", scenario::kOutcomeWords.text(*each.outcome));
    if (!has_profile && each.email && scenario::email_problem(*each.email).empty()) lookup.add("email", *each.email);
    if (each.pending_forever) lookup.add("pending", "forever");
    if (each.own_pending) lookup.add("pending", duration_text(*each.own_pending)), explain("pending", each.pending);
    if (each.processing_forever) lookup.add("processing", "forever");
    if (each.own_processing)
      lookup.add("processing", duration_text(*each.own_processing)), explain("processing", each.processing);
    add_callback(each, callback);
    if (each.own_delay) callback.add("delay", duration_text(*each.own_delay)), explain("delay", each.delay);
    if (each.pending_forever || each.processing_forever) ++endless_;
    Object step;
    if (lookup.text() != "{}") step.add("lookup", lookup);
    if (callback.text() != "{}") step.add("callback", callback);
    return {step.take(), comment};
  }

  void add_callback(const Known& each, Object& callback) {
    if (each.chains.empty()) {
      const bool expected =
          each.lookup->has_callback && each.outcome && (each.outcome != Outcome::failed || on_failed_);
      if (expected) callback.add("drop", true), ++dropped_;
      return;
    }
    if (!copies_ && each.chains.size() > 1) callback.add("copies", std::min(each.chains.size(), kMaxCopies));
    if (each.before_response && !before_response_) callback.add("before_response", true);
    add_callback_body(each, callback);
  }

  // What is different from the body that the mock would send.
  void add_callback_body(const Known& each, Object& callback) {
    const auto& sent = callback_body(each);
    if (sent.empty()) return;
    const Lookup& lookup = *each.lookup;
    Document body(sent);
    const bool is_object =
        body.read(json_text::Syntax::strict, kMaxBodyDepth) && body.root().is_object() && body.duplicates().empty();
    if (is_object) {
      auto [patch, is_exact] = patch_of(each, lookup, body);
      if (is_exact && patch.empty()) return;
      if (is_exact) return callback.add("merge_patch", Json::raw("{" + patch + "}"));
    }
    if (base::find_invalid_utf8(sent))
      ++unreadable_callbacks_;
    else
      callback.add("raw_body", is_object ? names_.json(body.root()) : names_.text(sent));
  }

  // The members that differ, as a merge patch. False: no merge patch says it.
  std::pair<std::string, bool> patch_of(const Known& each, const Lookup& lookup, Document& body) {
    std::string patch;
    bool is_exact = true;
    const auto change = [&](std::string_view name, std::string_view value) {
      patch += (patch.empty() ? "" : ",") + json_string(name) + ":" + std::string(value);
    };
    const std::string type(scenario::to_text(lookup.type));
    const auto expect_text = [&](std::string_view name, const std::optional<std::string>& expected) {
      const auto member = body.root().member(name);
      if (expected && !member) return change(name, "null");
      if (!member || (expected && member->is_string() && member->text() == *expected)) return;
      is_exact = is_exact && member->kind() != json_text::Kind::null && !member->is_object();
      change(name, names_.json(*member));
    };
    std::optional<std::string> status;
    if (each.outcome) status = scenario::kOutcomeWords.text(*each.outcome);
    expect_text("request_id", lookup.id.empty() ? member_text(body.root(), "request_id") : lookup.id);
    expect_text("status", status ? status : member_text(body.root(), "status"));
    expect_text("enrichment_type", type + "_email");
    expect_text("linkedin_url", lookup.linkedin_url);
    expect_text("external_id", lookup.external_id);
    expect_email(each, body, change, is_exact);
    constexpr std::string_view kKnown[] = {"request_id",   "status",      "enrichment_type",
                                           "linkedin_url", "external_id", "email"};
    for (const auto member : body.root().children()) {
      if (std::ranges::find(kKnown, member.key()) != std::end(kKnown)) continue;
      is_exact = is_exact && member.kind() != json_text::Kind::null && !member.is_object() &&
                 names_.text(member.key()) == member.key();
      change(member.key(), names_.json(member));
    }
    return {patch, is_exact};
  }

  template <class Change>
  void expect_email(const Known& each, Document& body, const Change& change, bool& is_exact) {
    const auto email = body.root().member("email");
    if (!email) return change("email", "null");
    const bool completed = each.outcome == Outcome::completed;
    if (!completed && email->kind() == json_text::Kind::null) return;
    const bool is_address = email->is_object() && email->size() == 2 && member_text(*email, "email") &&
                            member_text(*email, "type") == scenario::to_text(each.lookup->type);
    const auto shown = is_address && each.email
                           ? names_.email(*member_text(*email, "email"), each.lookup->username, each.lookup->type)
                           : "";
    if (completed && is_address && (!each.email || shown == *each.email)) return;
    is_exact = is_exact && email->kind() != json_text::Kind::null && !email->is_object();
    change("email", names_.json(*email));
  }

  struct Person {
    std::string_view username;
    std::array<std::vector<const Known*>, 2> of_type;  // work, personal
  };

  std::vector<Person> people() const {
    std::vector<Person> all;
    std::map<std::string_view, std::size_t> places;
    for (const Known& each : known_) {
      const auto [place, is_new] = places.emplace(each.lookup->username, all.size());
      if (is_new) all.push_back({each.lookup->username, {}});
      all[place->second].of_type[each.lookup->type == EmailType::work ? 0 : 1].push_back(&each);
    }
    // A username with a wildcard also matches others, so the rules of the others come first.
    std::stable_partition(all.begin(), all.end(), [](const Person& each) { return !has_wildcard(each.username); });
    return all;
  }

  // Each key is a team that counts for itself. Only the requests of the key that has the most are repeated.
  std::vector<const Known*> of_one_key(const std::vector<const Known*>& lookups) {
    std::map<std::size_t, std::size_t> counts;
    for (const Known* each : lookups) ++counts[each->lookup->key];
    std::size_t best = 0, most = 0;
    for (const auto& [key, count] : counts)
      if (count > most) best = key, most = count;
    std::vector<const Known*> kept;
    for (const Known* each : lookups)
      if (each->lookup->key == best && !is_natural(*each->lookup)) kept.push_back(each);
    other_keys_ += lookups.size() - most;
    return kept;
  }

  // The value of a profile: an email or null, as JSON. Empty: there is none, or it changes.
  static std::string profile_value(const std::vector<const Known*>& lookups) {
    std::string value;
    for (const Known* each : lookups) {
      if (!is_accepted(*each) || !each->outcome || each->outcome == Outcome::failed) continue;
      if (each->outcome == Outcome::completed && !each->email) return "";
      const auto own = each->email ? json_string(*each->email) : "null";
      if (!value.empty() && value != own) return "";
      value = own;
    }
    return value;
  }

  std::string rule_of(std::string_view username, EmailType type, const std::vector<const Known*>& lookups,
                      bool has_profile) {
    std::vector<Entry> steps;
    for (const Known* each : lookups)
      steps.push_back(is_accepted(*each) ? step_of_lookup(*each, has_profile) : step_of_refusal(*each->lookup));
    while (steps.size() > 1 && steps[steps.size() - 2].text == steps.back().text) steps.pop_back();
    if (steps.empty() || (steps.size() == 1 && steps.front().text == "{}")) return "";
    const std::string word(scenario::to_text(type));
    const auto shown = names_.username(username);
    std::string text = "    {\n      \"name\": " + json_string(shown + ", " + word) +
                       ",\n      \"match\": " + Object{{"username", encoded_username(shown)}, {"type", word}}.text() +
                       ",\n      \"count\": \"profile\",\n      \"steps\": [\n";
    for (const Entry& step : steps) {
      if (!step.comment.empty()) text += "        // Bounds: " + step.comment + ".\n";
      text += "        " + step.text + (&step == &steps.back() ? "\n" : ",\n");
    }
    return text + "      ]\n    }";
  }

  void write_people() {
    for (const Person& person : people()) {
      std::string profile, rules;
      for (const auto type : {EmailType::work, EmailType::personal}) {
        const auto lookups = of_one_key(person.of_type[type == EmailType::work ? 0 : 1]);
        const auto value = profile_value(lookups);
        if (!value.empty())
          profile += (profile.empty() ? "" : ", ") + json_string(scenario::to_text(type)) + ": " + value;
        if (const auto rule = rule_of(person.username, type, lookups, !value.empty()); !rule.empty())
          rules += (rules.empty() ? "" : ",\n") + rule;
      }
      if (profiles_.size() + rules_.size() + profile.size() + rules.size() + person.username.size() > kMaxPeopleBytes) {
        ++omitted_people_;
        continue;
      }
      if (!profile.empty())
        profiles_ += (profiles_.empty() ? "" : ",\n") +
                     ("    " + json_string(encoded_username(names_.username(person.username)))) + ": { " + profile +
                     " }";
      if (!rules.empty()) rules_ += (rules_.empty() ? "" : ",\n") + rules;
      ++people_;
    }
  }

  // The parts of the file, one after the other.

  std::string time_text(base::Instant instant) const {
    return base::format_instant(std::chrono::floor<std::chrono::seconds>(instant)).substr(0, 19) + "Z";
  }

  std::string heading() const {
    const auto& left_out = recording_.left_out_;
    std::string text = "// Recorded by enrichment-mock " + std::string(base::version()) + " from " + frame_.upstream +
                       ",\n// from " + time_text(frame_.begin) + " to " + time_text(frame_.end) + ": " +
                       count_text(recording_.requests_, "request") + ", " + count_text(recording_.polls_, "poll") +
                       ", " + count_text(recording_.credits_, "call") + " for the credits and " +
                       count_text(recording_.callbacks_, "attempt") + "\n// of callbacks, with " +
                       count_text(recording_.keys_, "API key") + ". " + names_text() + "\n//\n// Not in this file:\n";
    const auto note = [&text](const std::string& line) { text += "// - " + line + "\n"; };
    note("API keys and other headers than Retry-After");
    note("external_ids and callback_urls, unless the body of an error or a callback repeats them");
    note("people who were not requested: their lookups find {username}@example.com");
    if (!frame_.sees_callbacks)
      note(
          "callbacks: callback_url was passed on unchanged (no --public-url), so they did not come through the "
          "recorder");
    if (!opening_) note("the balance: no call asked for it");
    const auto count = [&](std::size_t many, std::string_view one, std::string_view more) {
      if (many > 0) note(count_text(many, one, more));
    };
    count(left_out.unanswered, "call that the upstream did not answer", "calls that the upstream did not answer");
    count(left_out.invalid_requests, "request with invalid fields, which the mock refuses by itself",
          "requests with invalid fields, which the mock refuses by itself");
    count(left_out.refused_polls, "poll that was refused", "polls that were refused");
    count(left_out.refused_credits, "call for the credits that was refused", "calls for the credits that were refused");
    count(left_out.unknown_ids, "poll of an id that was requested before the recording",
          "polls of ids that were requested before the recording");
    count(left_out.unreadable, "answer that could not be read", "answers that could not be read");
    count(left_out.unknown_callbacks + unreadable_callbacks_, "body of a callback that is too long or not UTF-8",
          "bodies of callbacks that are too long or not UTF-8");
    count(other_keys_, "request for the same person with another API key",
          "requests for the same people with other API keys");
    count(varied_errors_, "status whose error bodies vary: only steps of rules have them",
          "statuses whose error bodies vary: only steps of rules have them");
    count(omitted_people_, "person who has no room in a file of a million bytes",
          "people who have no room in a file of a million bytes");
    std::string seen;
    if (endless_ > 0)
      seen += "// " + count_text(endless_, "lookup was", "lookups were") + " not seen to end: here they never do.\n";
    if (dropped_ > 0)
      seen += "// " + count_text(dropped_, "callback", "callbacks") + " did not arrive: \"drop\" is true.\n";
    if (opening_ && recording_.last_balance_ && recording_.last_balance_->credits != expected_balance())
      seen += "// The last balance was " + std::to_string(recording_.last_balance_->credits) + ", not " +
              std::to_string(expected_balance()) + ": others may have used the credits, too.\n";
    if (!seen.empty()) text += "//\n" + seen;
    return text;
  }

  std::int64_t expected_balance() const {
    std::int64_t balance = *opening_;
    for (const Known& each : known_)
      balance -= each.lookup->key == recording_.first_balance_->key && each.outcome == Outcome::completed;
    return balance;
  }

  std::string names_text() const {
    switch (frame_.hidden) {
      case Hidden::emails:
        return "Emails are pseudonyms: the same person has the same one.";
      case Hidden::all:
        return "Usernames and emails are pseudonyms: the same person has the same one.";
      case Hidden::none:
        return "Usernames and emails are real.";
    }
    return "";
  }

  std::string lookup_text() const {
    std::string text;
    const auto add = [&text](std::string_view name, std::optional<Moment> value, const std::string& comment) {
      if (!value) return;
      text += (text.empty() ? "" : ",\n") + ("    // " + comment) + ".\n    \"" + std::string(name) +
              "\": " + duration_text(*value).text();
    };
    add("pending", pending_, pending_comment_);
    add("processing", processing_, processing_comment_);
    return text;
  }

  std::string callback_text() const {
    std::string text;
    const auto add = [&text](const std::string& line) { text += (text.empty() ? "" : ",\n") + ("    " + line); };
    if (max_attempts_ != kDefaultAttempts) add("\"max_attempts\": " + std::to_string(max_attempts_));
    if (!backoff_.empty()) {
      std::string values, comment;
      for (const Bounds& each : backoff_) {
        values += (values.empty() ? "" : ", ") + duration_text(each.middle()).text();
        comment += (comment.empty() ? "" : ", ") + each.text();
      }
      add("// From the answer of a failed attempt to the next one: " + comment + ".\n    \"backoff\": [" + values +
          "]");
    }
    if (on_failed_) add("\"on_failed\": true");
    if (delay_) add("// " + delay_comment_ + ".\n    \"delay\": " + duration_text(*delay_).text());
    if (copies_ && *copies_ > 1) add("\"copies\": " + std::to_string(*copies_));
    if (before_response_) add("\"before_response\": true");
    return text;
  }

  std::string whole_text() const {
    std::string text = heading() + "{\n  \"name\": " + json_string(frame_.name) + ",\n  \"description\": " +
                       json_string("What " + frame_.upstream + " answered from " + time_text(frame_.begin) + " to " +
                                   time_text(frame_.end) + ", for " + count_text(people_, "person", "people") +
                                   ". Use it to test a client without the real API.");
    if (opening_) text += ",\n  \"credits\": " + std::to_string(*opening_);
    const auto add = [&text](std::string_view key, const std::string& members, char open, char close) {
      if (members.empty()) return;
      text += ",\n  \"" + std::string(key) + "\": " + open + "\n" + members + "\n  " + close;
    };
    add("lookup", lookup_text(), '{', '}');
    add("callback", callback_text(), '{', '}');
    add("profiles", profiles_, '{', '}');
    add("errors", errors_, '{', '}');
    add("rules", rules_, '[', ']');
    return text + "\n}\n";
  }

  static constexpr std::size_t kMaxCopies = 100, kMaxAttempts = 100, kDefaultAttempts = 3;

  const Recording& recording_;
  const Frame& frame_;
  Pseudonyms names_;
  std::vector<Known> known_;  // in the order of the requests
  std::optional<std::int64_t> opening_;
  std::optional<Moment> pending_, processing_, delay_;
  std::string pending_comment_, processing_comment_, delay_comment_;
  std::optional<std::size_t> copies_;
  std::size_t max_attempts_ = kDefaultAttempts;
  bool on_failed_ = false, before_response_ = false;
  std::vector<Bounds> backoff_;
  std::map<int, std::string> error_bodies_;
  std::string errors_, profiles_, rules_;
  std::size_t people_ = 0, omitted_people_ = 0, other_keys_ = 0, varied_errors_ = 0, endless_ = 0, dropped_ = 0,
              unreadable_callbacks_ = 0;
};

std::string Recording::scenario(const Frame& frame) const { return Writer(*this, frame).write(); }

}  // namespace enrichment_mock::upstream
