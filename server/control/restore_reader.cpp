#include "control/restore_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "base/text.h"
#include "control/restore_values.h"
#include "scenario/loader.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::control::restoring {

namespace {

using base::Duration;
using base::Instant;
using engine::Number;
using json_text::Fields;
using json_text::unexpected;
using json_text::Value;
using json_text::whole_number;

constexpr std::uint64_t kMaxCallNumber = std::uint64_t{1} << 52;  // all journals continue from it
// Numbers from the first record that is kept to the next one: those that are forgotten take memory, too. A record that
// waits for long is kept while many after it are forgotten.
constexpr Number kMaxSpan = 10'000'000, kMaxSpanOfEach = 1000;

class TeamReader {
 public:
  explicit TeamReader(ReadTeam& team) : team_(team) {}

  void read() {
    Fields fields(team_.value);
    skip(fields, {"id", "name", "key", "differences", "advice", "open"});
    require(fields, "clock", &TeamReader::read_clock);
    require(fields, "scenario", &TeamReader::read_scenario);
    std::uint64_t seed = 0;
    fields.require("seed", read_seed, seed);
    require(fields, "callback_settings", &TeamReader::read_settings);
    require(fields, "state", &TeamReader::read_state);
    fields.require("forgotten", read_count, team_.state.forgotten);
    std::int64_t credits = 0;
    fields.require("credits", read_credit_amount, credits);
    require(fields, "enrichments", &TeamReader::read_enrichments);
    require(fields, "callbacks", &TeamReader::read_callbacks);
    require(fields, "ledger", &TeamReader::read_ledger);
    require(fields, "requests", &TeamReader::read_calls);
    fields.require("requests_evicted", read_count, team_.calls.evicted);
    fields.read("requests_lost", json_text::read_boolean, team_.calls.lost_at_start);
    fields.finish();
    if (failed()) return;
    if (const auto expected = team_.setup.scenario->seed.value_or(team_.setup.secret); seed != expected)
      differs(team_.value, "seed", seed, expected,
              team_.setup.scenario->seed ? "the seed of the scenario" : "the secret of the state");
    const auto& ledger = team_.state.ledger;
    if (const auto expected = ledger.opening + ledger.added - ledger.charged; credits != expected)
      differs(team_.value, "credits", credits, expected, "opening + added - charged of the ledger");
    if (!team_.movements.empty() && team_.movements.back().balance != credits)
      differs(team_.value, "credits", credits, team_.movements.back().balance, "the balance after the last movement");
  }

 private:
  // Whether there was a problem in this team.
  bool failed() const { return !team_.value.document().problems().empty(); }

  // Whether the document is full of problems: then the rest is not read. Throws base::Stopped.
  bool is_full() const {
    team_.value.document().check_stop();
    return team_.value.document().is_full_of_problems();
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
    if (!at || *at <= team_.now) return at;
    value.problem("found " + json_text::in_quotes(value.text()) + "; expected an instant up to " +
                  base::format_exact_instant(team_.now) + ", which the clock shows");
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
    fields.require("now", json_text::read_instant, team_.now);
    fields.require("always_real", json_text::read_boolean, team_.always_real);
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
    if (team_.setup.scenario && team_.setup.scenario->name != name)
      place_of(value, "name")
          .problem("found " + json_text::in_quotes(name) + "; expected " +
                   json_text::in_quotes(team_.setup.scenario->name) + ", the name in the text");
    read_rules(fields);
    extra_rules_ = fields.find("extra_rules");  // read after the settings of callbacks
    if (!extra_rules_) value.problem("the key \"extra_rules\" is missing");
    fields.finish();
  }

  void use(scenario::Scenario scenario, std::optional<std::uint64_t> seed, std::optional<std::int64_t> credits) {
    scenario.seed = seed;
    if (credits) scenario.override_credits(*credits);
    team_.setup.scenario = std::make_shared<const scenario::Scenario>(std::move(scenario));
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
    scenario.require("rules", read_all, team_.state.rules_followed);
    if (!has_scenario_ || failed()) return;
    if (const auto count = team_.setup.scenario->rules.size(); team_.state.rules_followed.size() != count)
      scenario.find("rules")
          .value_or(team_.value)
          .problem("found " + plural(team_.state.rules_followed.size(), "rule") + "; expected " +
                   std::to_string(count) + ", as the text of the scenario has");
  }

  // A setting takes more memory than its text. A snapshot has only those that something uses.
  void read_settings(const Value& value) {
    const auto size_of = [](const std::optional<Value>& list) { return list ? list->size() : 0; };
    const auto most = size_of(team_.value.member("enrichments")) + size_of(extra_rules_);
    if (value.size() > most)
      return value.problem("found " + std::to_string(value.size()) + "; expected at most " + std::to_string(most) +
                           ", one for each enrichment and each extra rule");
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
      if (!team_.extra_rules.empty() && entry.number >= team_.extra_rules.back().number)
        place_of(value, "number")
            .problem("found " + std::to_string(entry.number) + "; expected a number below " +
                     std::to_string(team_.extra_rules.back().number) + ", which the rule before it has");
      team_.extra_rules.push_back(std::move(entry));
    }
  }

  // The state ------------------------------------------------------------------------------------------------------

  void read_state(const Value& value) {
    Fields fields(value);
    std::optional<std::string> name;
    fields.require("name", or_null(json_text::read_filled_string), name);
    team_.setup.name = name.value_or("");
    fields.require("secret", read_count, team_.setup.secret);
    fields.require("origin", past(), team_.state.origin);
    require(fields, "ids", &TeamReader::read_ids);
    fields.require("schedule_passed", read_count, team_.state.gate.passed);
    require(fields, "rate_window", &TeamReader::read_rate_window);
    require(fields, "ledger", &TeamReader::read_ledger_state);
    require(fields, "counters", &TeamReader::read_counters);
    require(fields, "callbacks", &TeamReader::read_callback_state);
    fields.require("creations", read_count, team_.state.creations);
    fields.require("next_enrichment", read_record_number, team_.state.end_enrichment);
    fields.require("next_callback", read_record_number, team_.state.end_callback);
    fields.require("next_extra_rule", read_record_number, team_.state.extra_rules_added);
    require(fields, "profiles", &TeamReader::read_profiles);
    fields.require("lost", json_text::read_boolean, team_.has_lost_state);
    fields.finish();
    team_.state.ids.count = team_.state.end_enrichment - team_.state.ids.before;  // one for each number
    if (!team_.extra_rules.empty() && team_.extra_rules.front().number >= team_.state.extra_rules_added)
      value.problem("\"next_extra_rule\": found " + std::to_string(team_.state.extra_rules_added) +
                    "; expected more than " + std::to_string(team_.extra_rules.front().number) + ", which a rule has");
  }

  void read_ids(const Value& value) {
    Fields fields(value);
    fields.require("seeded", json_text::read_boolean, team_.state.ids.seeded);
    fields.require("base", read_hash, team_.state.ids.base);
    fields.require("before", read_count, team_.state.ids.before);
    fields.finish();
  }

  void read_rate_window(const Value& value) {
    Fields fields(value);
    std::optional<Instant> begin;
    fields.require("begin", or_null(past()), begin);
    fields.require("admitted", read_small_count, team_.state.gate.admitted);
    fields.finish();
    if (begin) team_.state.gate.window_begin = *begin;
    const auto most =
        has_scenario_ && team_.setup.scenario->rate_limit ? team_.setup.scenario->rate_limit->requests : 0;
    if (has_scenario_ && team_.state.gate.admitted > most)
      value.problem("found " + std::to_string(team_.state.gate.admitted) + " admitted requests; expected at most " +
                    std::to_string(most) + ", as the scenario says");
  }

  void read_ledger_state(const Value& value) {
    auto& ledger = team_.state.ledger;
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
    auto& counters = team_.state.counters;
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
    if (!failed() && counters.completed != static_cast<std::uint64_t>(team_.state.ledger.charged))
      value.problem("found " + std::to_string(counters.completed) + " completed; expected " +
                    std::to_string(team_.state.ledger.charged) + ", the number of charged credits");
  }

  void read_callback_state(const Value& value) {
    auto& callbacks = team_.state.callbacks;
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
                            : count.key.of == Of::rule   ? !has_scenario_ || index < team_.setup.scenario->rules.size()
                                                         : extra_rule(team_, index) != nullptr;
      if (!is_known)
        each.problem("\"index\": found " + std::to_string(index) + "; expected " +
                     (count.key.of == Of::accepted ? "0" : "the index of a rule or of a kind of call"));
      if (!known.insert(count.key).second)
        each.problem("found the same count twice; expected one for each \"of\", \"index\" and \"profile\"");
      team_.profiles.push_back(std::move(count));
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
    if (creation >= team_.state.creations)
      plan.problem("\"creation\": found " + std::to_string(creation) + "; expected less than " +
                   std::to_string(team_.state.creations) + ", as the state says");
  }

  void read_enrichments(const Value& value) {
    std::optional<Number> first, last;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      team_.enrichments.push_back({.record = {}, .forwarded = {}, .callback_ids = {}, .value = each});
      read_enrichment(each, team_.enrichments.back());
      if (failed()) continue;
      const auto& record = team_.enrichments.back().record;
      const auto plan = place_of(each, "plan");
      check_number(plan, record.number, first, last, team_.state.end_enrichment, value.size());
      check_creation(plan, record.creation);
      if (!team_.by_id.emplace(record.id, team_.enrichments.size() - 1).second)
        place_of(each, "_id")
            .problem("found " + json_text::in_quotes(engine::to_text(record.id)) +
                     " twice; expected an id that no other enrichment has");
    }
  }

  // Of an enrichment.
  struct Texts {
    std::string linkedin_url, email;
    std::optional<std::string> callback_url, external_id;
  };

  void read_enrichment(const Value& value, ReadEnrichment& into) {
    auto& record = into.record;
    Texts texts;
    Fields fields(value);
    fields.require("_id", read_id, record.id);
    fields.require("status", json_text::word_of(engine::kStatusWords), record.status);
    fields.require("linkedin_url", read_profile_url, texts.linkedin_url);
    std::optional<std::string> rule;
    fields.require("rule", or_null(json_text::read_string), rule);
    fields.require("charged", json_text::read_boolean, record.charged);
    fields.require(
        "callback_ids", [](const Value& list) { return json_text::read_list(list, json_text::read_string); },
        into.callback_ids);
    bool done = false;
    const auto read_plan = [&](const Value& plan) {
      read_enrichment_plan(plan, into, texts);
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
    record.texts = engine::EnrichmentTexts({texts.linkedin_url, texts.email, texts.callback_url, texts.external_id});
    check_shown(value, record);
  }

  void read_enrichment_plan(const Value& value, ReadEnrichment& into, Texts& texts) {
    auto& record = into.record;
    Fields fields(value);
    fields.require("number", read_record_number, record.number);
    fields.require("creation", read_count, record.creation);
    fields.require("type", json_text::word_of(scenario::kEmailTypeWords), record.type);
    fields.require("outcome", json_text::word_of(scenario::kOutcomeWords), record.outcome);
    fields.require("email", json_text::read_string, texts.email);
    fields.require("processing", read_planned_duration, record.processing);
    fields.require(
        "callback", [this](const Value& index) { return read_setting(index); }, record.callback);
    fields.require("callback_draw", read_small_count, record.callback_draw);
    fields.read("polls_left", read_small_count, record.polls_left);
    fields.read("due", json_text::read_instant, record.due);
    fields.read("ended", past(), record.ended_at);
    fields.read("ended_before", read_record_number, record.ended_next);
    fields.read("external_id", json_text::read_string, texts.external_id);
    fields.read("callback_url", json_text::read_filled_string, texts.callback_url);
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
    const auto own_id = record.external_id();
    if (shown_id.has_value() != own_id.has_value() || (shown_id && shown_id->text() != *own_id))
      shown_id.value_or(value).problem("the external_id differs from the one of \"plan\"");
    if (record.status != engine::Status::completed) return;
    const auto email = value.member("email");
    const auto text = email ? email->member("email") : std::nullopt;
    if (!text || text->text() != record.email())
      email.value_or(value).problem("the email differs from the one of \"plan\"");
  }

  std::uint32_t rule_number(const std::string& name) {
    const auto [known, is_new] = rules_.emplace(name, static_cast<std::uint32_t>(team_.state.rule_names.size()));
    if (is_new) team_.state.rule_names.push_back(name);
    return known->second;
  }

  void read_callbacks(const Value& value) {
    std::optional<Number> first, last;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      team_.callbacks.push_back({.record = {}, .enrichment = {}, .id = {}, .value = each});
      auto& read = team_.callbacks.back();
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
      check_number(place_of(each, "plan"), read.record.number, first, last, team_.state.end_callback, value.size());
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
        team_.exchanges.push_back({record.attempts.back().ended, team_.callbacks.size() - 1, record.attempts.size() - 1,
                                   *std::move(exchange)});
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
      const bool is_first = team_.movements.empty();
      const bool is_charge = movement.kind == Kind::charge;
      const auto before = is_first ? 0 : team_.movements.back().balance;
      if (is_first != (movement.kind == Kind::opening || movement.kind == Kind::carried))
        each.problem(is_first ? "found the first movement without its kind; expected \"opening\" or \"carried-forward\""
                              : "found a second movement of this kind; expected a charge or an adjustment");
      if (movement.balance - before != movement.amount)
        each.problem("\"balance\": found " + std::to_string(movement.balance) + "; expected " + std::to_string(before) +
                     ", the balance before it, and the amount");
      if (is_charge != has_id) each.problem("only a charge has an enrichment_id, and each has one");
      if (is_charge && movement.amount != -1) each.problem("a charge has the amount -1");
      if (!is_first && movement.at < team_.movements.back().at)
        each.problem("found a movement before the one before it");
      if (failed()) continue;
      charges += is_charge;
      adjustments += movement.kind == Kind::adjustment ? movement.amount : 0;
      team_.movements.push_back(movement);
    }
    if (failed()) return;
    if (team_.movements.empty()) return unexpected(value, "at least one movement");
    const auto& [opening, added, charged, forgotten] = team_.state.ledger;
    const bool is_whole = forgotten == 0;
    if (is_whole != (team_.movements.front().kind == Kind::opening))
      value.problem("the first movement must be \"opening\" if none is forgotten, and \"carried-forward\" otherwise");
    if (is_whole ? team_.movements.front().amount != opening || added != adjustments || charged != charges
                 : charges > charged)
      value.problem("the movements do not add up to \"opening\", \"added\" and \"charged\" of the state's ledger");
  }

  // The journal ----------------------------------------------------------------------------------------------------

  void read_calls(const Value& value) {
    std::vector<std::shared_ptr<runner::JournalEntry>> calls;
    for (const auto each : elements(value)) {
      if (is_full()) return;
      const auto entry = read_call(each);
      if (failed()) continue;
      if (!calls.empty() && entry->number <= calls.back()->number)
        place_of(each, "number")
            .problem("found " + std::to_string(entry->number) + "; expected more than " +
                     std::to_string(calls.back()->number) + ", the number of the request before it");
      calls.push_back(entry);
    }
    // The next calls of all teams must have numbers that can be restored, too.
    const bool are_too_high = !calls.empty() && calls.back()->number > kMaxCallNumber;
    for (std::uint64_t number = 1; auto& call : calls) {
      if (are_too_high) call->number = number++;
      team_.calls.entries.push_back(std::move(call));
    }
  }

  std::shared_ptr<runner::JournalEntry> read_call(const Value& value) const {
    runner::JournalEntry entry;
    std::string method, target, query, rule, reason;  // its texts
    Fields fields(value);
    skip(fields, {"team"});
    fields.require("number", whole_number<std::uint64_t>(1, kMaxCount), entry.number);
    fields.require("time", json_text::read_instant, entry.real_at);
    fields.require("at", past(), entry.at);
    fields.require("method", json_text::read_filled_string, method);
    entry.method = method;
    fields.require("path", json_text::read_string, target);
    if (fields.read("query", json_text::read_string, query)) target += '?' + query;
    entry.target = target;
    HeaderList headers;
    fields.require("headers", read_headers, headers);
    const auto lines = as_lines(headers, "\n");
    entry.headers = lines;
    for (const auto& [name, content] : headers)
      if (base::same_text(name, "x-api-key")) entry.key = content;
    const auto body = read_body(fields, "body", "body_bytes", "body_truncated");
    entry.body = body.text;
    entry.body_bytes = body.bytes;
    fields.require("status", whole_number(100, 999), entry.status);
    const auto answer = read_body(fields, "answer", "answer_bytes", "answer_truncated");
    entry.answer = answer.text;
    entry.answer_bytes = answer.bytes;
    fields.read("enrichment_id", read_id, entry.enrichment);
    if (fields.read("rule", json_text::read_string, rule)) fields.require("step", read_small_count, entry.step);
    entry.rule = rule;
    if (const auto fault = fields.find("fault"); fault && json_text::word_of(scenario::kFaultWords)(*fault))
      entry.fault = fault->text();
    fields.read("reason", json_text::read_string, reason);
    entry.reason = reason;
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
    return runner::store(std::move(entry));
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

  ReadTeam& team_;
  bool has_scenario_ = false;
  std::optional<Value> extra_rules_;
  std::vector<std::shared_ptr<const scenario::Callback>> settings_;
  std::map<std::string, std::uint32_t> rules_;
};

}  // namespace

std::optional<ReadTeam> read_parts(const Value& value, engine::TeamSetup setup) {
  ReadTeam team{.value = value, .setup = std::move(setup)};
  TeamReader(team).read();
  return value.document().problems().empty() ? std::optional(std::move(team)) : std::nullopt;
}

engine::ExtraRules::Entry* extra_rule(ReadTeam& team, std::uint64_t number) {
  const auto found =
      std::ranges::lower_bound(team.extra_rules, number, std::greater<>(), &engine::ExtraRules::Entry::number);
  return found != team.extra_rules.end() && found->number == number ? &*found : nullptr;
}

}  // namespace enrichment_mock::control::restoring
