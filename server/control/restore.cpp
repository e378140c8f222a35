#include "control/restore.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "control/snapshot.h"
#include "json/fields.h"
#include "scenario/loader.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::control {

namespace {

using base::Duration;
using base::Instant;
using engine::Number;
using json_text::Fields;
using json_text::unexpected;
using json_text::Value;
using json_text::whole_number;

constexpr std::uint64_t kMaxCount = (std::uint64_t{1} << 53) - 1;  // every JSON reader keeps it
constexpr std::int64_t kMaxCredits = std::int64_t{1} << 62;
constexpr std::uint64_t kMaxCallNumber = std::uint64_t{1} << 52;  // all journals continue from it
constexpr Number kMaxRecords = 10'000'000'000;                    // that a team has ever had
// Numbers from the first record that is kept to the next one: those that are forgotten take memory, too. A record that
// waits for long is kept while many after it are forgotten.
constexpr Number kMaxSpan = 10'000'000, kMaxSpanOfEach = 1000;
constexpr Duration kLongestPlan = 10 * base::kLongestDuration;  // of a status, with its jitter

const auto read_count = whole_number<std::uint64_t>(0, kMaxCount);
const auto read_seed = whole_number<std::uint64_t>(0, UINT64_MAX);
const auto read_small_count = whole_number<std::uint32_t>(0, UINT32_MAX);
const auto read_record_number = whole_number<Number>(0, kMaxRecords);

// A reader that also takes null: then its result is empty inside.
template <class Reader>
auto or_null(Reader reader) {
  return [reader](const Value& value) {
    using Inner = decltype(reader(value));
    if (value.kind() == json_text::Kind::null) return std::optional<Inner>(Inner());
    auto read = reader(value);
    return read ? std::optional<Inner>(std::move(read)) : std::nullopt;
  };
}

std::optional<std::int64_t> read_credit_amount(const Value& value) {
  const auto amount = json_text::to_whole_number<std::int64_t>(value);
  if (amount && *amount >= -kMaxCredits && *amount <= kMaxCredits) return amount;
  unexpected(value, "a whole number from -2^62 to 2^62");
  return std::nullopt;
}

std::optional<engine::EnrichmentId> read_id(const Value& value) {
  const auto id = value.is_string() ? engine::parse_id(value.text()) : std::nullopt;
  if (!id) unexpected(value, "24 hex digits");
  return id;
}

std::optional<std::uint64_t> read_hash(const Value& value) {
  std::uint64_t hash = 0;
  const auto text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  if (text.size() == 16 && error == std::errc() && end == text.data() + text.size()) return hash;
  unexpected(value, "16 hex digits");
  return std::nullopt;
}

std::optional<scenario::StatusDuration> read_planned_duration(const Value& value) {
  if (value.is_object()) {
    int polls = 1;
    Fields fields(value);
    fields.require("polls", whole_number(1, 1'000'000), polls);
    fields.finish();
    return scenario::Polls{polls};
  }
  if (value.is_string() && value.text() == "forever") return scenario::Forever{};
  if (value.is_string())
    if (const auto duration = base::parse_duration(value.text(), kLongestPlan)) return *duration;
  unexpected(value, "a duration such as \"100ms\", {\"polls\": 1} or \"forever\"");
  return std::nullopt;
}

std::optional<std::string> read_raw(const Value& value) { return std::string(value.raw()); }

// As in a request, or with a masked key in it, which may be anywhere.
std::optional<std::string> read_profile_url(const Value& value) {
  const auto url = value.text();
  if (scenario::profile_username(url) || url.find("***#") != url.npos) return std::string(url);
  unexpected(value, "a linkedin.com/in/<username> URL");
  return std::nullopt;
}

// A value that follows from others, so that it is not needed.
void skip(Fields& fields, std::initializer_list<std::string_view> names) {
  for (const auto name : names) fields.find(name);
}

// A member, or the object itself if it has no such member.
Value place_of(const Value& object, std::string_view name) { return object.member(name).value_or(object); }

// A name or a value of a header is one line.
bool is_line(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }

using HeaderList = std::vector<std::pair<std::string, std::string>>;

std::optional<std::pair<std::string, std::string>> read_header(const Value& name_at, std::string_view name,
                                                               const Value& value) {
  if (name.empty() || !is_line(name) || name.find(": ") != name.npos) {
    name_at.problem("found " + json_text::in_quotes(name) + "; expected the name of a header");
  } else if (!value.is_string() || !is_line(value.text())) {
    unexpected(value, "the value of a header, one line of text");
  } else {
    return std::pair(std::string(name), std::string(value.text()));
  }
  return std::nullopt;
}

// An object with the names of headers and their values.
std::optional<HeaderList> read_headers(const Value& value) {
  if (!value.is_object()) {
    unexpected(value, "an object with headers");
    return std::nullopt;
  }
  HeaderList headers;
  for (const auto member : value.children())
    if (auto header = read_header(member, member.key(), member)) headers.push_back(*std::move(header));
  return headers;
}

// Pairs of the name and the value of a header that callbacks carry on.
std::optional<HeaderList> read_header_pairs(const Value& value) {
  return json_text::read_list(value, [](const Value& pair) -> std::optional<std::pair<std::string, std::string>> {
    if (!pair.is_array() || pair.size() != 2) {
      unexpected(pair, "an array with the name and the value of a header");
      return std::nullopt;
    }
    const auto name = *pair.children().begin(), content = *std::next(pair.children().begin());
    if (auto problem = scenario::forward_problem(name.text(), base::lower(name.text())); !problem.empty()) {
      name.problem(std::move(problem));
    } else if (!content.is_string() || std::ranges::any_of(content.text(), is_control)) {
      unexpected(content, "the value of a header, without control characters");
    } else {
      return std::pair(std::string(name.text()), std::string(content.text()));
    }
    return std::nullopt;
  });
}

std::string as_lines(const HeaderList& headers, std::string_view end) {
  std::string lines;
  for (const auto& [name, value] : headers) lines.append(name).append(": ").append(value).append(end);
  return lines;
}

// A text that was not UTF-8 has U+FFFD for each byte that was wrong. It is wrong again, so that the text is not taken
// for one that was sent like that, and is not longer than it was.
std::string text_as_sent(std::string_view shown) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  for (;;) {
    const auto at = shown.find(kReplacement);
    text.append(shown.substr(0, at));
    if (at == shown.npos) return text;
    text += '\xFF';
    shown.remove_prefix(at + kReplacement.size());
  }
}

// The opposite of json_or_text(): a string is a text, unless it would be shown as the JSON that it contains. Blanks
// between the parts of JSON are left out: they may be of an editor.
std::string body_as_sent(const Value& value) {
  if (!value.is_string()) return json_text::compact(value);
  json_text::Document document(value.text());
  const bool is_json = document.read(json_text::Syntax::strict) && document.duplicates().empty();
  return is_json ? std::string(value.raw()) : text_as_sent(value.text());
}

// A body with its members <name>_bytes and <name>_truncated.
struct KeptBody {
  std::string text;
  std::size_t bytes = 0;
};
KeptBody read_body(Fields& fields, std::string_view name, std::string_view bytes_name, std::string_view cut_name) {
  KeptBody body;
  std::optional<std::uint64_t> bytes;
  const bool has_bytes = fields.read(bytes_name, read_count, bytes);
  bool is_cut = false;
  fields.read(cut_name, json_text::read_boolean, is_cut);
  const auto value = fields.find(name);
  if (value) body.text = is_cut ? text_as_sent(value->text()) : body_as_sent(*value);
  body.bytes = body.text.size();
  if (!is_cut && has_bytes && value) fields.find(bytes_name)->problem("only a truncated body has its length here");
  if (!is_cut || !value) return body;
  if (!value->is_string()) unexpected(*value, "a string with the beginning of the body");
  if (bytes && *bytes > body.bytes)
    body.bytes = *bytes;
  else
    value->problem("the body is truncated; expected the member " + json_text::in_quotes(bytes_name) +
                   " with a number above " + std::to_string(body.bytes));
  return body;
}

std::string plural(std::uint64_t count, const std::string& word) {
  return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

class TeamReader {
 public:
  TeamReader(const Value& value, engine::TeamSetup setup) : value_(value), setup_(std::move(setup)) {}

  std::optional<runner::TeamRunner::PutBack> read(Instant made_at) {
    read_all();
    if (failed()) return std::nullopt;
    check_references();
    if (failed()) return std::nullopt;
    auto team = build();
    if (!team || failed()) return std::nullopt;
    calls_.as_of = made_at;
    return runner::TeamRunner::PutBack{.scenario = setup_.scenario,
                                       .team = *std::move(team),
                                       .now = now_,
                                       .always_real = always_real_,
                                       .lost_state = lost_,
                                       .journal = std::move(calls_)};
  }

 private:
  struct ReadEnrichment {
    engine::Enrichment record;
    std::shared_ptr<const engine::ForwardedHeaders> forwarded;
    std::vector<std::string> callback_ids;
    std::uint32_t callbacks = 0;  // that were found
    Value value;
  };
  struct ReadCallback {
    engine::Callback record;
    engine::EnrichmentId enrichment;
    std::string id;
    Value value;
  };
  struct ReadExchange {
    Instant ended;
    std::size_t callback, attempt;  // by index
    base::Exchange content;
  };

  // Whether there was a problem in this team.
  bool failed() const { return !value_.document().problems().empty(); }

  // Whether the document is full of problems: then the rest is not read.
  bool is_full() const { return value_.document().is_full_of_problems(); }

  void read_all() {
    Fields fields(value_);
    skip(fields, {"id", "name", "key", "differences", "advice", "open"});
    require(fields, "clock", &TeamReader::read_clock);
    require(fields, "scenario", &TeamReader::read_scenario);
    std::uint64_t seed = 0;
    fields.require("seed", read_seed, seed);
    require(fields, "callback_settings", &TeamReader::read_settings);
    require(fields, "state", &TeamReader::read_state);
    fields.require("forgotten", read_count, state_.forgotten);
    std::int64_t credits = 0;
    fields.require("credits", read_credit_amount, credits);
    require(fields, "enrichments", &TeamReader::read_enrichments);
    require(fields, "callbacks", &TeamReader::read_callbacks);
    require(fields, "ledger", &TeamReader::read_ledger);
    require(fields, "requests", &TeamReader::read_calls);
    fields.require("requests_evicted", read_count, calls_.evicted);
    fields.read("requests_lost", json_text::read_boolean, calls_.lost_at_start);
    fields.finish();
    if (failed()) return;
    if (const auto expected = setup_.scenario->seed.value_or(setup_.secret); seed != expected)
      differs("seed", seed, expected, setup_.scenario->seed ? "the seed of the scenario" : "the secret of the state");
    if (const auto expected = balance(); credits != expected)
      differs("credits", credits, expected, "opening + added - charged of the ledger");
    if (!movements_.empty() && movements_.back().balance != credits)
      differs("credits", credits, movements_.back().balance, "the balance after the last movement");
  }

  std::int64_t balance() const { return state_.ledger.opening + state_.ledger.added - state_.ledger.charged; }

  template <class Found>
  void differs(std::string_view name, Found found, Found expected, std::string_view why) const {
    place_of(value_, name)
        .problem("found " + std::to_string(found) + "; expected " + std::to_string(expected) + ", " + std::string(why));
  }

  // Reads a member with a function of this class.
  void require(Fields& fields, std::string_view name, void (TeamReader::*read_it)(const Value&)) {
    bool done = false;
    const auto reader = [&](const Value& value) {
      (this->*read_it)(value);
      return std::optional(true);
    };
    fields.require(name, reader, done);
  }

  // The elements of an array; a problem if it is none.
  static json_text::Values elements(const Value& value) {
    if (!value.is_array()) unexpected(value, "an array");
    return value.children();
  }

  // An instant that has been reached.
  std::optional<Instant> read_past(const Value& value) const {
    const auto at = json_text::read_instant(value);
    if (!at || *at <= now_) return at;
    value.problem("found " + json_text::in_quotes(value.text()) + "; expected an instant up to " +
                  base::format_exact_instant(now_) + ", which the clock shows");
    return std::nullopt;
  }
  auto past() const {
    return [this](const Value& value) { return read_past(value); };
  }

  void read_clock(const Value& value) {
    Fields fields(value);
    bool manual = false;
    double scale = 1;
    fields.require("mode", json_text::word_of(scenario::kClockModeWords), manual);
    fields.read("scale", scenario::read_scale, scale);
    fields.require("now", json_text::read_instant, now_);
    fields.require("always_real", json_text::read_boolean, always_real_);
    fields.finish();
  }

  // The scenario ---------------------------------------------------------------------------------------------------

  void read_scenario(const Value& value) {
    Fields fields(value);
    std::string name, text;
    std::optional<std::uint64_t> seed;
    skip(fields, {"description"});
    fields.require("name", json_text::read_filled_string, name);
    fields.require("seed", or_null(read_seed), seed);
    std::optional<std::int64_t> credits;
    const auto credits_reader = [](const Value& given) {
      return or_null(whole_number<std::int64_t>(0, base::kMaxCredits))(given);
    };
    fields.read("credits_option", credits_reader, credits);
    const auto load = [&](const Value& given) {
      auto loaded = scenario::load_text(given.text(), "");
      if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&loaded))
        for (const auto& problem : *problems) given.problem("in this scenario: " + to_string(problem));
      else
        use(std::get<scenario::Scenario>(std::move(loaded)), seed, credits);
      return read_raw(given);
    };
    fields.require("text", load, text);
    if (setup_.scenario && setup_.scenario->name != name)
      place_of(value, "name")
          .problem("found " + json_text::in_quotes(name) + "; expected " + json_text::in_quotes(setup_.scenario->name) +
                   ", the name in the text");
    read_rules(fields);
    extra_rules_ = fields.find("extra_rules");  // read after the settings of callbacks
    if (!extra_rules_) value.problem("the key \"extra_rules\" is missing");
    fields.finish();
  }

  void use(scenario::Scenario scenario, std::optional<std::uint64_t> seed, std::optional<std::int64_t> credits) {
    scenario.seed = seed;
    if (credits) scenario.override_credits(*credits);
    setup_.scenario = std::make_shared<const scenario::Scenario>(std::move(scenario));
    has_scenario_ = true;
  }

  static void read_shown_rule(Fields& fields, std::uint64_t& followed) {
    skip(fields, {"name", "on", "count", "steps", "after_last", "next_step"});
    fields.require("followed", read_count, followed);
  }

  void read_rules(Fields& scenario) {
    const auto read = [](const Value& value) {
      std::uint64_t followed = 0;
      Fields fields(value);
      read_shown_rule(fields, followed);
      fields.finish();
      return std::optional(followed);
    };
    const auto read_all = [&](const Value& value) { return json_text::read_list(value, read); };
    scenario.require("rules", read_all, state_.rules_followed);
    if (!has_scenario_ || failed()) return;
    if (const auto count = setup_.scenario->rules.size(); state_.rules_followed.size() != count)
      scenario.find("rules").value_or(value_).problem("found " + plural(state_.rules_followed.size(), "rule") +
                                                      "; expected " + std::to_string(count) +
                                                      ", as the text of the scenario has");
  }

  void read_settings(const Value& value) {
    for (const auto each : elements(value)) {
      if (is_full()) return;
      scenario::Callback settings;
      scenario::read_callback(each, settings);
      settings_.push_back(std::make_shared<const scenario::Callback>(std::move(settings)));
    }
    if (extra_rules_) read_extra_rules(*extra_rules_);
  }

  std::optional<std::shared_ptr<const scenario::Callback>> read_setting(const Value& value) const {
    if (settings_.empty()) unexpected(value, "an index in \"callback_settings\", which is empty");
    const auto index = settings_.empty() ? std::nullopt : json_text::read_whole_number(value, 0, settings_.size() - 1);
    return index ? std::optional(settings_[*index]) : std::nullopt;
  }

  // The last one that was added is the first of the list.
  void read_extra_rules(const Value& list) {
    for (const auto value : elements(list)) {
      if (is_full()) return;
      engine::ExtraRules::Entry entry;
      std::optional<scenario::Rule> rule;
      Fields fields(value);
      read_shown_rule(fields, entry.followed);
      fields.require("left", whole_number<std::uint64_t>(0, scenario::kMaxRuleTimes), entry.left);
      fields.require("number", read_record_number, entry.number);
      fields.require(
          "callback", [this](const Value& index) { return read_setting(index); }, entry.source.callback);
      const auto read_rule = [&](const Value& source) {
        entry.source.text = json_text::compact(source);
        return entry.source.callback ? scenario::read_rule(source, scenario::kAddedRule, entry.source.callback)
                                     : std::nullopt;
      };
      fields.require("source", read_rule, rule);
      fields.finish();
      if (!rule) continue;
      entry.rule = *std::move(rule);
      if (!extra_rule_entries_.empty() && entry.number >= extra_rule_entries_.back().number)
        place_of(value, "number")
            .problem("found " + std::to_string(entry.number) + "; expected a number below " +
                     std::to_string(extra_rule_entries_.back().number) + ", which the rule before it has");
      extra_rule_entries_.push_back(std::move(entry));
    }
  }

  // Null: there is none with that number.
  engine::ExtraRules::Entry* extra_rule(std::uint64_t number) {
    const auto found =
        std::ranges::lower_bound(extra_rule_entries_, number, std::greater<>(), &engine::ExtraRules::Entry::number);
    return found != extra_rule_entries_.end() && found->number == number ? &*found : nullptr;
  }

  // The state ------------------------------------------------------------------------------------------------------

  void read_state(const Value& value) {
    Fields fields(value);
    std::optional<std::string> name;
    fields.require("name", or_null(json_text::read_filled_string), name);
    setup_.name = name.value_or("");
    fields.require("secret", read_count, setup_.secret);
    fields.require("origin", past(), state_.origin);
    require(fields, "ids", &TeamReader::read_ids);
    fields.require("schedule_passed", read_count, state_.gate.passed);
    require(fields, "rate_window", &TeamReader::read_rate_window);
    require(fields, "ledger", &TeamReader::read_ledger_state);
    require(fields, "counters", &TeamReader::read_counters);
    require(fields, "callbacks", &TeamReader::read_callback_state);
    fields.require("creations", read_count, state_.creations);
    fields.require("next_enrichment", read_record_number, state_.end_enrichment);
    fields.require("next_callback", read_record_number, state_.end_callback);
    fields.require("next_extra_rule", read_record_number, state_.extra_rules_added);
    require(fields, "profiles", &TeamReader::read_profiles);
    fields.require("lost", json_text::read_boolean, lost_);
    fields.finish();
    state_.ids.count = state_.end_enrichment - state_.ids.before;  // one for each number
    if (!extra_rule_entries_.empty() && extra_rule_entries_.front().number >= state_.extra_rules_added)
      value.problem("\"next_extra_rule\": found " + std::to_string(state_.extra_rules_added) + "; expected more than " +
                    std::to_string(extra_rule_entries_.front().number) + ", which a rule has");
  }

  void read_ids(const Value& value) {
    Fields fields(value);
    fields.require("seeded", json_text::read_boolean, state_.ids.seeded);
    fields.require("base", read_hash, state_.ids.base);
    fields.require("before", read_count, state_.ids.before);
    fields.finish();
  }

  void read_rate_window(const Value& value) {
    Fields fields(value);
    std::optional<Instant> begin;
    fields.require("begin", or_null(past()), begin);
    fields.require("admitted", read_small_count, state_.gate.admitted);
    fields.finish();
    if (begin) state_.gate.window_begin = *begin;
    const auto most = has_scenario_ && setup_.scenario->rate_limit ? setup_.scenario->rate_limit->requests : 0;
    if (has_scenario_ && state_.gate.admitted > most)
      value.problem("found " + std::to_string(state_.gate.admitted) + " admitted requests; expected at most " +
                    std::to_string(most) + ", as the scenario says");
  }

  void read_ledger_state(const Value& value) {
    auto& ledger = state_.ledger;
    Fields fields(value);
    fields.require("opening", whole_number<std::int64_t>(0, kMaxCredits), ledger.opening);
    fields.require("added", read_credit_amount, ledger.added);
    fields.require("charged", whole_number<std::int64_t>(0, kMaxCredits), ledger.charged);
    fields.require("forgotten", read_count, ledger.forgotten);
    fields.finish();
    if (ledger.added > kMaxCredits - ledger.opening)
      place_of(value, "added")
          .problem("found " + std::to_string(ledger.added) + "; expected at most 2^62 together with \"opening\"");
  }

  void read_counters(const Value& value) {
    auto& counters = state_.counters;
    Fields fields(value);
    fields.require("requests", read_count, counters.requests);
    const auto read_rejected = [](const Value& by_status) {
      return scenario::read_by_status(by_status, "an object with statuses", read_count);
    };
    fields.require("rejected", read_rejected, counters.rejected);
    fields.require("completed", read_count, counters.completed);
    fields.require("not_found", read_count, counters.not_found);
    fields.require("failed", read_count, counters.failed);
    fields.require("unmatched", read_count, counters.unmatched);
    fields.finish();
    if (!failed() && counters.completed != static_cast<std::uint64_t>(state_.ledger.charged))
      value.problem("found " + std::to_string(counters.completed) + " completed; expected " +
                    std::to_string(state_.ledger.charged) + ", the number of charged credits");
  }

  void read_callback_state(const Value& value) {
    auto& callbacks = state_.callbacks;
    Fields fields(value);
    const auto read_totals = [](const Value& totals) {
      engine::CallbackStore::Totals read;
      Fields each(totals);
      each.require("delivered", read_count, read.delivered);
      each.require("exhausted", read_count, read.exhausted);
      each.require("dropped", read_count, read.dropped);
      each.finish();
      return std::optional(read);
    };
    fields.require("totals", read_totals, callbacks.totals);
    fields.require("cumulative_totals", read_totals, callbacks.cumulative_totals);
    std::optional<Instant> burst_end;
    fields.require("burst_end", or_null(json_text::read_instant), burst_end);
    fields.finish();
    if (burst_end) callbacks.burst_end = *burst_end;
    const auto &totals = callbacks.totals, &all = callbacks.cumulative_totals;
    if (totals.delivered > all.delivered || totals.exhausted > all.exhausted || totals.dropped > all.dropped)
      value.problem("found \"totals\" above \"cumulative_totals\"; expected at most the same");
  }

  void read_profiles(const Value& value) {
    using Of = engine::ProfileCount::Of;
    std::set<engine::ProfileCount::Key> known;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      engine::ProfileCount count;
      Fields fields(each);
      fields.require("of", json_text::word_of(engine::kProfileCountWords), count.key.of);
      fields.require("index", read_count, count.key.index);
      fields.require("profile", json_text::read_string, count.key.profile);
      fields.require("count", whole_number<std::uint64_t>(1, kMaxCount), count.count);
      fields.finish();
      const auto index = count.key.index;
      const bool is_known = count.key.of == Of::accepted ? index == 0
                            : count.key.of == Of::delays ? index < scenario::kCallKindWords.words.size()
                            : count.key.of == Of::rule   ? !has_scenario_ || index < setup_.scenario->rules.size()
                                                         : extra_rule(index) != nullptr;
      if (!is_known)
        each.problem("\"index\": found " + std::to_string(index) + "; expected " +
                     (count.key.of == Of::accepted ? "0" : "the index of a rule or of a kind of call"));
      if (!known.insert(count.key).second)
        each.problem("found the same count twice; expected one for each \"of\", \"index\" and \"profile\"");
      profiles_.push_back(std::move(count));
    }
  }

  // Records --------------------------------------------------------------------------------------------------------

  // Numbers ascend, and are below `end`.
  static void check_number(const Value& plan, Number number, std::optional<Number>& first, std::optional<Number>& last,
                           Number end, std::size_t records) {
    const auto span = kMaxSpan + kMaxSpanOfEach * records;
    const auto found = "\"number\": found " + std::to_string(number) + "; expected ";
    if (!first) first = number;
    if (last && number <= *last)
      plan.problem(found + "more than " + std::to_string(*last) + ", the number of the record before it");
    else if (number >= end)
      plan.problem(found + "less than " + std::to_string(end) + ", the next number in the state");
    else if (end - *first > span)
      plan.problem(found + "at least " + std::to_string(end - span) + ", because the next number in the state is " +
                   std::to_string(end));
    last = number;
  }

  void check_creation(const Value& plan, std::uint64_t creation) const {
    if (creation >= state_.creations)
      plan.problem("\"creation\": found " + std::to_string(creation) + "; expected less than " +
                   std::to_string(state_.creations) + ", as the state says");
  }

  void read_enrichments(const Value& value) {
    std::optional<Number> first, last;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      enrichments_.push_back({.record = {}, .forwarded = {}, .callback_ids = {}, .value = each});
      read_enrichment(each, enrichments_.back());
      if (failed()) continue;
      const auto& record = enrichments_.back().record;
      const auto plan = place_of(each, "plan");
      check_number(plan, record.number, first, last, state_.end_enrichment, value.size());
      check_creation(plan, record.creation);
      if (!by_id_.emplace(record.id, enrichments_.size() - 1).second)
        place_of(each, "_id")
            .problem("found " + json_text::in_quotes(engine::to_text(record.id)) +
                     " twice; expected an id that no other enrichment has");
    }
  }

  void read_enrichment(const Value& value, ReadEnrichment& into) {
    auto& record = into.record;
    Fields fields(value);
    fields.require("_id", read_id, record.id);
    fields.require("status", json_text::word_of(engine::kStatusWords), record.status);
    fields.require("linkedin_url", read_profile_url, record.linkedin_url);
    std::optional<std::string> rule;
    fields.require("rule", or_null(json_text::read_string), rule);
    fields.require("charged", json_text::read_boolean, record.charged);
    fields.require(
        "callback_ids", [](const Value& list) { return json_text::read_list(list, json_text::read_string); },
        into.callback_ids);
    bool done = false;
    const auto read_plan = [&](const Value& plan) {
      read_enrichment_plan(plan, into);
      return std::optional(true);
    };
    fields.require("plan", read_plan, done);
    const auto read_history_of = [&](const Value& history) {
      read_history(history, record);
      return std::optional(true);
    };
    fields.require("history", read_history_of, done);
    skip(fields, {"enrichment_type", "email", "external_id"});
    fields.finish();
    if (failed()) return;
    if (const auto latest = record.status == engine::Status::processing ? record.processing_at : record.pending_at;
        !engine::is_resolved(record.status) && record.due < latest)
      place_of(value, "plan")
          .problem("found \"due\" before " + base::format_exact_instant(latest) + ", when the status began");
    if (rule) record.rule = rule_number(*rule);
    check_shown(value, record);
  }

  void read_enrichment_plan(const Value& value, ReadEnrichment& into) {
    auto& record = into.record;
    Fields fields(value);
    fields.require("number", read_record_number, record.number);
    fields.require("creation", read_count, record.creation);
    fields.require("type", json_text::word_of(scenario::kEmailTypeWords), record.type);
    fields.require("outcome", json_text::word_of(scenario::kOutcomeWords), record.outcome);
    fields.require("email", json_text::read_string, record.email);
    fields.require("processing", read_planned_duration, record.processing);
    fields.require(
        "callback", [this](const Value& index) { return read_setting(index); }, record.callback);
    fields.require("callback_draw", read_small_count, record.callback_draw);
    fields.read("polls_left", read_small_count, record.polls_left);
    fields.read("due", json_text::read_instant, record.due);
    fields.read("ended", past(), record.ended_at);
    fields.read("ended_before", read_record_number, record.ended_next);
    fields.read("external_id", json_text::read_string, record.external_id);
    fields.read("callback_url", json_text::read_filled_string, record.callback_url);
    std::optional<HeaderList> forwarded;
    if (fields.read("forwarded", read_header_pairs, forwarded) && forwarded)
      into.forwarded = std::make_shared<const engine::ForwardedHeaders>(*std::move(forwarded));
    fields.finish();
    const bool is_open = !engine::is_resolved(record.status);
    if (!is_open && (record.due != engine::kNever || record.polls_left > 0))
      value.problem("found \"due\" or \"polls_left\" in a plan that has ended; expected neither");
    if (is_open && record.ended_at != engine::kNever)
      value.problem("found \"ended\" in a plan that has not ended; expected no such member");
    if (record.ended_at == engine::kNever && record.ended_next != engine::kNotEnded)
      value.problem("found \"ended_before\" without \"ended\"; expected both or only the second");
    if (record.due != engine::kNever && record.polls_left > 0)
      value.problem("found both \"due\" and \"polls_left\"; expected one of them");
  }

  // pending, then processing, then the status of the enrichment.
  void read_history(const Value& value, engine::Enrichment& record) const {
    const std::array<Instant*, 3> times{&record.pending_at, &record.processing_at, &record.resolved_at};
    const std::size_t count = record.status == engine::Status::pending      ? 1
                              : record.status == engine::Status::processing ? 2
                                                                            : 3;
    if (!value.is_array() || value.size() != count)
      return unexpected(value, "an array of " + plural(count, "element") + ", up to the status of the enrichment");
    Instant before{};
    for (std::size_t i = 0; const auto each : value.children()) {
      const auto expected = i == 0 ? engine::Status::pending : i == 1 ? engine::Status::processing : record.status;
      auto status = expected;
      Fields fields(each);
      fields.require("at", past(), *times[i]);
      fields.require("status", json_text::word_of(engine::kStatusWords), status);
      fields.finish();
      if (status != expected)
        unexpected(place_of(each, "status"), json_text::in_quotes(engine::kStatusWords.text(expected)));
      if (*times[i] < before) each.problem("found a status that began before the one before it");
      before = *times[i++];
    }
  }

  // What a poll shows of the plan.
  static void check_shown(const Value& value, const engine::Enrichment& record) {
    if (!engine::is_resolved(record.status)) return;
    const auto shown_id = value.member("external_id");
    if (shown_id.has_value() != record.external_id.has_value() || (shown_id && shown_id->text() != *record.external_id))
      shown_id.value_or(value).problem("the external_id differs from the one of \"plan\"");
    if (record.status != engine::Status::completed) return;
    const auto email = value.member("email");
    const auto text = email ? email->member("email") : std::nullopt;
    if (!text || text->text() != record.email)
      email.value_or(value).problem("the email differs from the one of \"plan\"");
  }

  std::uint32_t rule_number(const std::string& name) {
    const auto [known, is_new] = rules_.emplace(name, static_cast<std::uint32_t>(state_.rule_names.size()));
    if (is_new) state_.rule_names.push_back(name);
    return known->second;
  }

  void read_callbacks(const Value& value) {
    std::optional<Number> first, last;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      callbacks_.push_back({.record = {}, .enrichment = {}, .id = {}, .value = each});
      auto& read = callbacks_.back();
      Fields fields(each);
      fields.require("id", json_text::read_string, read.id);
      fields.require("enrichment_id", read_id, read.enrichment);
      fields.require("state", json_text::word_of(engine::kCallbackStateWords), read.record.state);
      fields.read("due", json_text::read_instant, read.record.due);
      const auto read_attempts_of = [&](const Value& attempts) {
        read_attempts(attempts, read.record);
        return std::optional(true);
      };
      bool done = false;
      fields.require("attempts", read_attempts_of, done);
      std::optional<Instant> delivering_since;
      const auto read_plan = [&](const Value& plan) {
        read_callback_plan(plan, read.record, delivering_since);
        return std::optional(true);
      };
      fields.require("plan", read_plan, done);
      skip(fields, {"url", "rewritten_url", "body", "body_bytes", "body_truncated"});
      fields.finish();
      if (failed()) continue;
      if (delivering_since) read.record.attempts.push_back({.at = *delivering_since, .result = {}});
      check_callback(each, read.record, delivering_since.has_value());
      check_number(place_of(each, "plan"), read.record.number, first, last, state_.end_callback, value.size());
      check_creation(place_of(each, "plan"), read.record.creation);
    }
  }

  void read_callback_plan(const Value& value, engine::Callback& record,
                          std::optional<Instant>& delivering_since) const {
    Fields fields(value);
    fields.require("number", read_record_number, record.number);
    fields.require("creation", read_count, record.creation);
    fields.require("copy", read_small_count, record.copy);
    fields.read("manual_attempts", read_small_count, record.manual_attempts);
    fields.read("interrupted", read_small_count, record.interrupted);
    fields.read("burst", json_text::read_duration, record.burst);
    fields.read("delivering_since", past(), delivering_since);
    const auto read_before = [](const Value& before) {
      engine::Callback::Before read{engine::CallbackState::scheduled, engine::kNever};
      std::optional<Instant> due;
      Fields each(before);
      each.require("state", json_text::word_of(engine::kCallbackStateWords), read.state);
      each.require("due", or_null(json_text::read_instant), due);
      each.finish();
      if (due) read.due = *due;
      if (read.state == engine::CallbackState::delivering || engine::is_open(read.state) != due.has_value())
        before.problem("found a state and a time that do not fit; expected \"due\" for \"scheduled\" and \"retrying\"");
      return std::optional(read);
    };
    fields.read("before", read_before, record.before);
    fields.finish();
  }

  static void check_callback(const Value& value, const engine::Callback& record, bool has_delivering_since) {
    using State = engine::CallbackState;
    const bool delivers = record.state == State::delivering;
    const bool waits = engine::is_open(record.state) && !delivers;
    const auto state = "a callback that is " + std::string(engine::to_text(record.state));
    if (waits != (record.due != engine::kNever)) value.problem(state + (waits ? " needs \"due\"" : " has no \"due\""));
    if (delivers != has_delivering_since)
      value.problem(state + (delivers ? " needs" : " has no") + " \"delivering_since\" in its plan");
    if (record.burst && !record.attempts.empty()) value.problem("a callback with attempts waits for no burst");
    // One that was interrupted is repeated.
    if (record.before && ((!delivers && record.state != State::retrying) || record.manual_attempts == 0))
      value.problem("\"before\" is of a manual attempt that is under way or is repeated; expected such an attempt");
    const auto most = record.attempts.size() - (delivers && !record.before && has_delivering_since ? 1 : 0);
    if (std::uint64_t{record.manual_attempts} + record.interrupted > most)
      value.problem("found " + plural(most, "attempt") + "; expected at least as many as \"manual_attempts\" and " +
                    "\"interrupted\" together");
  }

  void read_attempts(const Value& value, engine::Callback& record) {
    for (const auto each : elements(value)) {
      if (is_full()) return;
      engine::Attempt attempt;
      Fields fields(each);
      fields.require("at", past(), attempt.at);
      fields.require("ended", past(), attempt.ended);
      std::optional<int> status;
      fields.require("status", or_null(whole_number(100, 999)), status);
      attempt.result.status = status.value_or(0);
      std::optional<std::string> error;
      fields.require("error", or_null(json_text::read_filled_string), error);
      attempt.result.error = error.value_or("");
      fields.require("latency_ms", read_latency, attempt.result.latency);
      std::optional<base::Exchange> exchange;
      fields.require("request", or_null([](const Value& sent) { return read_sent(sent); }), exchange);
      const auto read_answer = [&](const Value& received) {
        if (exchange)
          read_received(received, *exchange);
        else
          unexpected(received, "null, because there is no request");
        return std::optional(true);
      };
      std::optional<bool> has_answer;
      fields.require("response", or_null(read_answer), has_answer);
      fields.finish();
      if (attempt.ended < attempt.at) each.problem("found an attempt that ended before it began");
      record.attempts.push_back(std::move(attempt));
      if (exchange)
        exchanges_.push_back(
            {record.attempts.back().ended, callbacks_.size() - 1, record.attempts.size() - 1, *std::move(exchange)});
    }
  }

  static std::optional<std::chrono::microseconds> read_latency(const Value& value) {
    const auto number = value.number();
    if (number && *number >= 0 && *number <= 1e12) return std::chrono::microseconds(std::llround(*number * 1000));
    unexpected(value, "a number of milliseconds");
    return std::nullopt;
  }

  static std::optional<base::Exchange> read_sent(const Value& value) {
    base::Exchange exchange;
    HeaderList headers;
    Fields fields(value);
    fields.require("headers", read_headers, headers);
    auto body = read_body(fields, "body", "body_bytes", "body_truncated");
    fields.finish();
    exchange.request_head = "POST / HTTP/1.1\r\n" + as_lines(headers, "\r\n") + "\r\n";
    exchange.request_body = std::move(body.text);
    exchange.request_body_bytes = body.bytes;
    return exchange;
  }

  static void read_received(const Value& value, base::Exchange& exchange) {
    HeaderList headers;
    Fields fields(value);
    fields.require("status", whole_number(100, 999), exchange.status);
    fields.require("headers", read_headers, headers);
    fields.read("headers_truncated", json_text::read_boolean, exchange.response_headers_truncated);
    auto body = read_body(fields, "body", "body_bytes", "body_truncated");
    fields.finish();
    exchange.response_headers = as_lines(headers, "\n");
    exchange.response_body = std::move(body.text);
    exchange.response_body_bytes = body.bytes;
  }

  // Each balance is the one before it and the amount. Nothing is missing between the first movement and now.
  void read_ledger(const Value& value) {
    using Kind = engine::Movement::Kind;
    std::int64_t charges = 0, adjustments = 0;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      engine::Movement movement;
      Fields fields(each);
      fields.require("at", past(), movement.at);
      fields.require("kind", json_text::word_of(engine::kMovementWords), movement.kind);
      fields.require("amount", read_credit_amount, movement.amount);
      fields.require("balance", whole_number<std::int64_t>(0, kMaxCredits), movement.balance);
      const bool has_id = fields.read("enrichment_id", read_id, movement.enrichment);
      fields.finish();
      if (failed()) continue;
      const bool is_first = movements_.empty();
      const bool is_charge = movement.kind == Kind::charge;
      const auto before = is_first ? 0 : movements_.back().balance;
      if (is_first != (movement.kind == Kind::opening || movement.kind == Kind::carried))
        each.problem(is_first ? "found the first movement without its kind; expected \"opening\" or \"carried-forward\""
                              : "found a second movement of this kind; expected a charge or an adjustment");
      if (movement.balance - before != movement.amount)
        each.problem("\"balance\": found " + std::to_string(movement.balance) + "; expected " + std::to_string(before) +
                     ", the balance before it, and the amount");
      if (is_charge != has_id) each.problem("only a charge has an enrichment_id, and each has one");
      if (is_charge && movement.amount != -1) each.problem("a charge has the amount -1");
      if (!is_first && movement.at < movements_.back().at) each.problem("found a movement before the one before it");
      if (failed()) continue;
      charges += is_charge;
      adjustments += movement.kind == Kind::adjustment ? movement.amount : 0;
      movements_.push_back(movement);
    }
    if (failed()) return;
    if (movements_.empty()) return unexpected(value, "at least one movement");
    const auto& [opening, added, charged, forgotten] = state_.ledger;
    const bool is_whole = forgotten == 0;
    if (is_whole != (movements_.front().kind == Kind::opening))
      value.problem("the first movement must be \"opening\" if none is forgotten, and \"carried-forward\" otherwise");
    if (is_whole ? movements_.front().amount != opening || added != adjustments || charged != charges
                 : charges > charged)
      value.problem("the movements do not add up to \"opening\", \"added\" and \"charged\" of the state's ledger");
  }

  // The journal ----------------------------------------------------------------------------------------------------

  void read_calls(const Value& value) {
    std::vector<std::shared_ptr<runner::JournalEntry>> calls;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      auto entry = std::make_shared<runner::JournalEntry>();
      read_call(each, *entry);
      if (failed()) continue;
      if (!calls.empty() && entry->number <= calls.back()->number)
        place_of(each, "number")
            .problem("found " + std::to_string(entry->number) + "; expected more than " +
                     std::to_string(calls.back()->number) + ", the number of the request before it");
      calls.push_back(std::move(entry));
    }
    // The next calls of all teams must have numbers that can be restored, too.
    const bool are_too_high = !calls.empty() && calls.back()->number > kMaxCallNumber;
    for (std::uint64_t number = 1; auto& call : calls) {
      if (are_too_high) call->number = number++;
      calls_.entries.push_back(std::move(call));
    }
  }

  void read_call(const Value& value, runner::JournalEntry& entry) const {
    Fields fields(value);
    skip(fields, {"team"});
    fields.require("number", whole_number<std::uint64_t>(1, kMaxCount), entry.number);
    fields.require("time", json_text::read_instant, entry.real_at);
    fields.require("at", past(), entry.at);
    fields.require("method", json_text::read_filled_string, entry.method);
    fields.require("path", json_text::read_string, entry.target);
    std::string query;
    if (fields.read("query", json_text::read_string, query)) entry.target += '?' + query;
    HeaderList headers;
    fields.require("headers", read_headers, headers);
    entry.headers = as_lines(headers, "\n");
    for (const auto& [name, content] : headers)
      if (base::same_text(name, "x-api-key")) entry.key = content;
    auto body = read_body(fields, "body", "body_bytes", "body_truncated");
    entry.body = std::move(body.text);
    entry.body_bytes = body.bytes;
    fields.require("status", whole_number(100, 999), entry.status);
    auto answer = read_body(fields, "answer", "answer_bytes", "answer_truncated");
    entry.answer = std::move(answer.text);
    entry.answer_bytes = answer.bytes;
    if (const auto id = fields.find("enrichment_id"); id && read_id(*id)) entry.enrichment_id = id->text();
    if (fields.read("rule", json_text::read_string, entry.rule)) fields.require("step", read_small_count, entry.step);
    if (const auto fault = fields.find("fault"); fault && json_text::word_of(scenario::kFaultWords)(*fault))
      entry.fault = fault->text();
    fields.read("reason", json_text::read_string, entry.reason);
    fields.read("nearest_rule", read_nearest_rule, entry.nearest_rule);
    fields.read("matched", json_text::read_boolean, entry.matched);
    if (const auto connection = fields.find("connection")) read_connection(*connection, entry);
    fields.read("retry_after", whole_number<std::int64_t>(0, UINT32_MAX), entry.retry_after);
    Duration delay{0};
    if (fields.read("delay", json_text::read_duration, delay))
      entry.delay = std::chrono::ceil<std::chrono::milliseconds>(delay);
    bool awaited = false;
    if (fields.read("awaited", json_text::read_boolean, awaited))
      entry.awaited = std::make_shared<const std::atomic<bool>>(awaited);
    fields.read("client_left", json_text::read_boolean, entry.client_left);
    fields.finish();
  }

  static void read_connection(const Value& value, runner::JournalEntry& entry) {
    Fields fields(value);
    std::uint64_t number = 1;
    fields.require("number", whole_number<std::uint64_t>(1, UINT32_MAX), number);
    entry.connection = UINT64_MAX - number;  // no connection of this server has it
    fields.require("since", json_text::read_instant, entry.connected_at);
    fields.finish();
  }

  static std::optional<std::shared_ptr<const scenario::NearMiss>> read_nearest_rule(const Value& value) {
    scenario::NearMiss miss;
    Fields fields(value);
    fields.require("name", json_text::read_string, miss.rule);
    fields.require(
        "differs", [](const Value& list) { return json_text::read_list(list, json_text::read_string); }, miss.differs);
    fields.finish();
    return std::make_shared<const scenario::NearMiss>(std::move(miss));
  }

  // References -----------------------------------------------------------------------------------------------------

  void check_references() {
    engine::CallbackStore::Totals found;
    for (auto& callback : callbacks_) connect(callback, found);
    for (const auto& enrichment : enrichments_) check_callbacks_of(enrichment);
    if (failed()) return;
    const auto& totals = state_.callbacks.totals;
    const bool is_whole = state_.end_callback == callbacks_.size();
    if (is_whole ? found != totals
                 : found.delivered > totals.delivered || found.exhausted > totals.exhausted ||
                       found.dropped > totals.dropped)
      place_of(value_, "callbacks").problem("the callbacks do not add up to \"totals\" of the state's callbacks");
    if (const auto kept = state_.end_enrichment - enrichments_.size();
        state_.end_enrichment < enrichments_.size() || state_.forgotten > kept)
      differs("forgotten", state_.forgotten, kept, "the difference of \"next_enrichment\" and what is kept, or less");
    number_exchanges();
  }

  // Sets the enrichment of a callback, and its first callback there.
  void connect(ReadCallback& read, engine::CallbackStore::Totals& found) {
    using State = engine::CallbackState;
    auto& record = read.record;
    const auto at = place_of(read.value, "enrichment_id");
    const auto known = by_id_.find(read.enrichment);
    if (known == by_id_.end())
      return at.problem("found " + json_text::in_quotes(at.text()) + "; expected the id of an enrichment of this team");
    auto& enrichment = enrichments_[known->second];
    record.enrichment = enrichment.record.number;
    if (!enrichment.record.callback_url || !engine::is_resolved(enrichment.record.status))
      return at.problem("found an enrichment that has no callback; expected one that has ended, with a callback_url");
    const auto id = engine::callback_id(read.enrichment, record.copy);
    if (read.id != id)
      return place_of(read.value, "id")
          .problem("found " + json_text::in_quotes(read.id) + "; expected " + json_text::in_quotes(id) +
                   ", from its enrichment and its copy");
    auto& first = enrichment.record.first_callback;
    if (first == engine::kNoCallback) first = record.number - std::min<Number>(record.number, record.copy);
    if (record.copy != enrichment.callbacks || record.number != first + record.copy)
      return read.value.problem(
          "found copy " + std::to_string(record.copy + 1) + " with the number " + std::to_string(record.number) +
          "; expected copy " + std::to_string(enrichment.callbacks + 1) + ", with the number after the copy before it");
    ++enrichment.callbacks;
    found.delivered += record.state == State::delivered;
    found.exhausted += record.state == State::exhausted;
    found.dropped += record.state == State::dropped;
    if (engine::is_open(record.state)) open_.insert(record.enrichment);
  }

  void check_callbacks_of(const ReadEnrichment& enrichment) const {
    const auto& record = enrichment.record;
    const auto& ids = enrichment.callback_ids;
    const auto at = place_of(enrichment.value, "callback_ids");
    const auto copies = static_cast<std::uint32_t>(record.callback->copies);
    if (enrichment.callbacks != ids.size())
      return at.problem("found " + plural(ids.size(), "id") + "; expected " + std::to_string(enrichment.callbacks) +
                        ", one for each callback of this enrichment");
    if (enrichment.callbacks != 0 && enrichment.callbacks != copies)
      return at.problem("found " + plural(ids.size(), "id") + "; expected " + std::to_string(copies) +
                        ", the \"copies\" of its callback settings");
    for (std::uint32_t copy = 0; copy < ids.size(); ++copy)
      if (ids[copy] != engine::callback_id(record.id, copy))
        return at.problem("found " + json_text::in_quotes(ids[copy]) + "; expected " +
                          json_text::in_quotes(engine::callback_id(record.id, copy)));
    if (engine::is_resolved(record.status) && record.ended_at == engine::kNever && !open_.contains(record.number))
      place_of(enrichment.value, "plan")
          .problem("the key \"ended\" is missing: the enrichment and its callbacks have ended");
  }

  void number_exchanges() {
    std::ranges::stable_sort(exchanges_, {}, &ReadExchange::ended);
    for (auto& [ended, callback, attempt, content] : exchanges_) {
      auto& record = callbacks_[callback].record;
      calls_.exchanges.push_back(
          std::make_shared<const runner::JournalExchange>(record.number, attempt + 1, std::move(content)));
      record.attempts[attempt].exchange = static_cast<std::uint32_t>(calls_.exchanges.size());
    }
  }

  // The engine checks the rest.
  std::optional<engine::Team> build() {
    try {
      engine::Team team(setup_, state_);
      if (team.state().gate.passed != state_.gate.passed)
        place_of(value_, "state").problem("\"schedule_passed\": found more than the schedule of the scenario has");
      for (auto& [record, forwarded, ids, callbacks, value] : enrichments_)
        team.restore(std::move(record), std::move(forwarded));
      for (auto& callback : callbacks_) team.restore(std::move(callback.record));
      for (const auto& movement : movements_) team.restore(movement);
      for (const auto& [key, count] : profiles_)
        if (key.of == engine::ProfileCount::Of::extra_rule) extra_rule(key.index)->by_profile[key.profile] = count;
      for (auto rule = extra_rule_entries_.rbegin(); rule != extra_rule_entries_.rend(); ++rule)
        team.restore(std::move(*rule));
      for (const auto& count : profiles_)
        if (count.key.of != engine::ProfileCount::Of::extra_rule) team.restore(count);
      team.end_restore(state_, now_);
      return team;
    } catch (const std::invalid_argument& error) {
      value_.problem(error.what());
    } catch (const std::out_of_range& error) {
      value_.problem(error.what());
    }
    return std::nullopt;
  }

  const Value value_;
  engine::TeamSetup setup_;
  engine::TeamState state_;
  Instant now_{};
  bool always_real_ = false, lost_ = false, has_scenario_ = false;
  std::optional<Value> extra_rules_;
  std::vector<engine::ExtraRules::Entry> extra_rule_entries_;
  std::vector<std::shared_ptr<const scenario::Callback>> settings_;
  std::vector<engine::ProfileCount> profiles_;
  std::vector<ReadEnrichment> enrichments_;
  std::map<engine::EnrichmentId, std::size_t> by_id_;
  std::map<std::string, std::uint32_t> rules_;
  std::vector<ReadCallback> callbacks_;
  std::set<Number> open_;  // enrichments with an open callback
  std::vector<ReadExchange> exchanges_;
  std::vector<engine::Movement> movements_;
  runner::Journal::Kept calls_;
};

}  // namespace

std::optional<Snapshot> read_snapshot(const Value& root) {
  if (!root.is_object()) {
    unexpected(root, "a snapshot, an object");
    return std::nullopt;
  }
  const auto format = root.member("format");
  if (!format) {
    root.problem(root.member("teams")
                     ? "the key \"format\" is missing: an older version has made this snapshot, which "
                       "cannot be restored; make a new one"
                     : "the key \"format\" is missing; expected a snapshot, as GET snapshot returns it");
    return std::nullopt;
  }
  if (json_text::to_whole_number<std::uint64_t>(*format) != kSnapshotFormat) {
    unexpected(*format, std::to_string(kSnapshotFormat) + ", the format that this version knows");
    return std::nullopt;
  }
  Snapshot snapshot;
  std::string version;
  Fields fields(root);
  skip(fields, {"format", "other_requests"});
  fields.require("version", json_text::read_filled_string, version);
  fields.require("time", json_text::read_instant, snapshot.time);
  const auto read_id_of = [](const Value& value) -> std::optional<SnapshotTeam> {
    if (value.document().is_full_of_problems()) {
      value.problem({});
      return std::nullopt;
    }
    SnapshotTeam team{.id = {}, .name = {}, .value = value};
    std::optional<std::string> name;
    Fields each(value);
    each.require("id", json_text::read_filled_string, team.id);
    each.require("name", or_null(json_text::read_filled_string), name);
    team.name = name.value_or("");
    return team;
  };
  const auto read_teams = [&](const Value& value) { return json_text::read_list(value, read_id_of); };
  fields.require("teams", read_teams, snapshot.teams);
  fields.finish();
  std::set<std::string_view> ids;
  for (const auto& team : snapshot.teams)
    if (!ids.insert(team.id).second && !team.id.empty())
      team.value.problem("found the id " + json_text::in_quotes(team.id) + " twice");
  if (!root.document().problems().empty()) return std::nullopt;
  return snapshot;
}

const SnapshotTeam* find_team(const Snapshot& snapshot, const std::optional<std::string>& id) {
  if (!id) return snapshot.teams.size() == 1 ? &snapshot.teams.front() : nullptr;
  const auto found = std::ranges::find(snapshot.teams, *id, &SnapshotTeam::id);
  return found == snapshot.teams.end() ? nullptr : &*found;
}

std::string no_such_team(const Snapshot& snapshot, const std::optional<std::string>& id) {
  constexpr std::size_t kMostListed = 20;
  if (snapshot.teams.empty()) return "the snapshot has no team";
  std::vector<std::string_view> ids;
  std::string listed;
  for (const auto& team : snapshot.teams) {
    ids.push_back(team.id);
    if (ids.size() > kMostListed) continue;
    listed.append(listed.empty() ? "" : ", ").append(team.id);
    if (!team.name.empty()) listed.append(" (").append(json_text::in_quotes(team.name)).append(")");
  }
  if (ids.size() > kMostListed) listed += " and " + std::to_string(ids.size() - kMostListed) + " more";
  if (!id) return "the snapshot has " + plural(ids.size(), "team") + "; choose one by ?team=ID: " + listed;
  return "the snapshot has no team " + json_text::in_quotes(*id) + json_text::did_you_mean(*id, ids) +
         "; its teams are " + listed;
}

std::optional<runner::TeamRunner::PutBack> read_team(const SnapshotTeam& team, const Snapshot& snapshot,
                                                     const runner::TeamRunner& of) {
  return TeamReader(team.value, of.read([](const engine::Team& present) { return present.setup(); }))
      .read(snapshot.time);
}

}  // namespace enrichment_mock::control
