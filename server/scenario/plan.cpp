#include "scenario/plan.h"

#include <algorithm>
#include <charconv>

#include "base/mix.h"
#include "base/text.h"
#include "scenario/rules.h"

namespace enrichment_mock::scenario {

namespace {

// The entry of a known profile for the requested type; null: there is none.
const std::optional<std::string>* profile_entry(const Scenario& scenario, const RequestFacts& facts) {
  const auto found = scenario.profiles.find(facts.username);
  if (found == scenario.profiles.end()) return nullptr;
  const auto& entry = facts.type == EmailType::work ? found->second.work : found->second.personal;
  return entry ? &*entry : nullptr;
}

StatusDuration with_jitter(StatusDuration duration, Duration jitter) {
  if (auto* timed = std::get_if<Duration>(&duration)) *timed += jitter;
  return duration;
}

bool draws(const StatusDurationChoice& lasting) { return std::holds_alternative<Latency>(lasting); }
bool draws(const DurationChoice& jitter) { return jitter != DurationChoice(); }
bool draws(const OutcomeChoice& outcome) { return std::holds_alternative<OutcomeWeights>(outcome); }

bool draws(const Lookup& lookup) {
  return draws(lookup.pending) || draws(lookup.processing) || draws(lookup.jitter) || draws(lookup.outcome);
}

bool draws(const LookupChanges& changes) {
  return (changes.pending && draws(*changes.pending)) || (changes.processing && draws(*changes.processing)) ||
         (changes.jitter && draws(*changes.jitter)) || (changes.outcome && draws(*changes.outcome));
}

bool draws(const std::shared_ptr<const Callback>& callback) { return callback && varies(callback->delay); }

// Separates the draws for responses from those for lookups, whose second number is the type of the email.
constexpr std::uint64_t kResponsePurpose = 16;

constexpr std::string_view kSeparators = "-_.";

// "u00f6"; a code point past U+FFFF has more digits.
void append_code(std::string& out, char32_t code) {
  constexpr std::size_t kMinDigits = 4;
  char digits[8];
  const auto* const end = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint32_t>(code), 16).ptr;
  const auto length = static_cast<std::size_t>(end - digits);
  out.append(1, 'u').append(kMinDigits - std::min(length, kMinDigits), '0').append(digits, length);
}

// Bytes that are not UTF-8 are replaced by dashes, too; no accepted username has any.
std::string address_part(std::string_view text) {
  constexpr auto kPlain = base::kDigits.with_range('a', 'z').with(kSeparators);
  std::string out;
  while (!text.empty()) {
    const auto before = text;
    const auto code = base::take_code_point(text);
    if (!code) text.remove_prefix(1);
    if (code && *code >= 0x80)
      append_code(out, *code);
    else
      out += kPlain.has(before.front()) ? before.front() : '-';
  }
  return out;
}

std::string value_of(std::string_view placeholder, std::string_view username, EmailType type) {
  if (placeholder == "username") return address_part(username);
  if (placeholder == "first") return address_part(username.substr(0, username.find_first_of(kSeparators)));
  if (placeholder == "last") return address_part(username.substr(username.find_last_of(kSeparators) + 1));
  if (placeholder == "type") return std::string(to_text(type));
  return '{' + std::string(placeholder) + '}';
}

}  // namespace

LookupPlan plan_lookup(const Scenario& scenario, const Step* step, const RequestFacts& facts, std::uint64_t seed,
                       std::uint64_t n) {
  static const LookupChanges kNone;
  const LookupChanges& changes = step ? step->lookup : kNone;
  const Lookup& defaults = scenario.lookup;
  const Draws draws(seed, facts.username, facts.type, n);
  const auto* known = profile_entry(scenario, facts);

  LookupPlan plan;
  const auto& pending = changes.pending ? *changes.pending : defaults.pending;
  const auto& processing = changes.processing ? *changes.processing : defaults.processing;
  const auto& jitter = changes.jitter ? *changes.jitter : defaults.jitter;
  plan.pending = with_jitter(draws.pending(pending), draws.pending_jitter(jitter));
  plan.processing = with_jitter(draws.processing(processing), draws.processing_jitter(jitter));
  plan.callback_draw = draws.callback();
  if (changes.outcome)
    plan.outcome = draws.outcome(*changes.outcome);
  else if (known)
    plan.outcome = *known ? Outcome::completed : Outcome::not_found;
  else
    plan.outcome = draws.outcome(defaults.outcome);
  if (changes.email)
    plan.email = expand_email(*changes.email, facts.username, facts.type);
  else if (known && *known)
    plan.email = **known;
  else
    plan.email = expand_email(defaults.email, facts.username, facts.type);
  return plan;
}

bool uses_draws(const Rule& rule) {
  return std::ranges::any_of(rule.steps, [](const Step& step) { return draws(step.lookup) || draws(step.callback); });
}

bool uses_draws(const Scenario& scenario) {
  return draws(scenario.lookup) || draws(scenario.callback) ||
         std::ranges::any_of(scenario.rules, [](const Rule& rule) { return uses_draws(rule); });
}

Duration callback_delay(const Callback& callback, std::uint32_t callback_draw, std::uint32_t copy) {
  const auto* latency = std::get_if<Latency>(&callback.delay);
  if (!latency) return std::get<Duration>(callback.delay);
  return quantile(*latency, base::mix(std::uint64_t{callback_draw}, std::uint64_t{copy}));
}

Duration response_delay(const Latency& delay, std::uint64_t seed, std::string_view username, CallKind call,
                        std::uint64_t n) {
  const auto of_calls = base::mix(base::mix(seed, username), kResponsePurpose + static_cast<std::uint64_t>(call));
  return quantile(delay, base::mix(of_calls, n));
}

Draws::Draws(std::uint64_t seed, std::string_view username, EmailType type, std::uint64_t n)
    : base_(base::mix(base::mix(base::mix(seed, username), static_cast<std::uint64_t>(type)), n)) {}

Outcome Draws::outcome(const OutcomeChoice& choice) const {
  if (const auto* one = std::get_if<Outcome>(&choice)) return *one;
  const auto& weights = std::get<OutcomeWeights>(choice);
  const std::uint64_t total = std::uint64_t{weights.completed} + weights.not_found + weights.failed;
  const std::uint64_t drawn = base::mix(base_, std::uint64_t{1}) % total;
  if (drawn < weights.completed) return Outcome::completed;
  return drawn < std::uint64_t{weights.completed} + weights.not_found ? Outcome::not_found : Outcome::failed;
}

Duration Draws::draw_jitter(const DurationChoice& jitter, std::uint64_t purpose) const {
  if (const auto* latency = std::get_if<Latency>(&jitter)) return quantile(*latency, base::mix(base_, purpose));
  const Duration max = std::get<Duration>(jitter);
  if (max <= Duration::zero()) return Duration::zero();
  return Duration(
      static_cast<Duration::rep>(base::mix(base_, purpose) % (static_cast<std::uint64_t>(max.count()) + 1)));
}

StatusDuration Draws::draw_status(const StatusDurationChoice& choice, std::uint64_t purpose) const {
  if (const auto* fixed = std::get_if<Duration>(&choice)) return *fixed;
  if (const auto* polls = std::get_if<Polls>(&choice)) return *polls;
  if (const auto* latency = std::get_if<Latency>(&choice)) return quantile(*latency, base::mix(base_, purpose));
  return Forever{};
}

std::uint32_t Draws::callback() const { return static_cast<std::uint32_t>(base::mix(base_, std::uint64_t{6}) >> 32); }

std::string expand_email(std::string_view text, std::string_view username, EmailType type) {
  std::string out;
  out.reserve(text.size() + username.size());
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == text.npos ? text.npos : text.find('}', open);
    out += text.substr(0, close == text.npos ? text.npos : open);
    if (close == text.npos) break;
    out += value_of(text.substr(open + 1, close - open - 1), username, type);
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string fold_username(std::string_view text) {
  if (text.find('%') == text.npos) return base::lower(text);  // the usual case
  return base::lower(base::percent_decoded(text));
}

std::string username_in(std::string_view profile_url) {
  constexpr std::string_view kBefore = "/in/";
  const auto begin = profile_url.find(kBefore, profile_url.find("://") + 3) + kBefore.size();
  return fold_username(profile_url.substr(begin, profile_url.find_first_of("/?#", begin) - begin));
}

}  // namespace enrichment_mock::scenario
