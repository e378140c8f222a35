#include "scenario/rules.h"

#include <algorithm>
#include <utility>

namespace enrichment_mock::scenario {

bool fits_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, retry = 0;  // the last `*`, and where the text goes on after it
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches(const Match& match, const RequestFacts& facts) {
  if (match.username && !fits_pattern(*match.username, facts.username)) return false;
  if (match.type && *match.type != facts.type) return false;
  if (match.external_id && !(facts.external_id && fits_pattern(*match.external_id, *facts.external_id))) return false;
  if (match.has_callback && *match.has_callback != facts.has_callback) return false;
  return !match.team || *match.team == facts.team;
}

namespace {

std::string_view literal_prefix(const std::optional<std::string>& pattern) {
  if (!pattern) return {};
  const std::string_view text = *pattern;
  return text.substr(0, text.find_first_of("*?"));
}

// The parts of a match, one after the other.
class Parts {
 public:
  void pattern(const char* name, const std::optional<std::string>& pattern, std::optional<std::string_view> text) {
    if (!pattern) return;
    const bool fits = text && fits_pattern(*pattern, *text);
    const std::string found = text ? '"' + std::string(*text) + '"' : "none";
    note(fits, std::string(name) + ": expected \"" + *pattern + "\", found " + found);
  }
  void note(bool fits, std::string difference) {
    if (fits)
      ++fitting;
    else
      differs.push_back(std::move(difference));
  }

  std::size_t fitting = 0;
  std::vector<std::string> differs;
};

Parts compare(const Match& match, const RequestFacts& facts) {
  const auto yes_or_no = [](bool value) { return value ? "true" : "false"; };
  Parts parts;
  parts.pattern("username", match.username, facts.username);
  if (match.type)
    parts.note(*match.type == facts.type,
               "type: expected " + std::string(to_text(*match.type)) + ", found " + std::string(to_text(facts.type)));
  parts.pattern("external_id", match.external_id, facts.external_id);
  if (match.has_callback)
    parts.note(*match.has_callback == facts.has_callback, std::string("has_callback: expected ") +
                                                              yes_or_no(*match.has_callback) + ", found " +
                                                              yes_or_no(facts.has_callback));
  if (match.team)
    parts.note(*match.team == facts.team,
               "team: expected \"" + *match.team + "\", found \"" + std::string(facts.team) + '"');
  return parts;
}

}  // namespace

Rules::Rules(std::vector<Rule> rules) : rules_(std::move(rules)) {
  for (const auto& rule : rules_) any_on_[static_cast<std::size_t>(rule.on)] = true;
  if (!indexed()) return;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) index(i);
}

// Under one text only: a rule must not be met twice.
void Rules::index(std::uint32_t rule) {
  const auto& match = rules_[rule].match;
  if (const auto username = literal_prefix(match.username); !username.empty())
    by_username_.add(username, rule);
  else if (const auto external_id = literal_prefix(match.external_id); !external_id.empty())
    by_external_id_.add(external_id, rule);
  else
    others_.push_back(rule);
}

void Rules::Prefixes::add(std::string_view prefix, std::uint32_t rule) {
  prefix = prefix.substr(0, kLongest);
  if (std::ranges::find(lengths_, prefix.size()) == lengths_.end()) lengths_.push_back(prefix.size());
  buckets_[std::string(prefix)].push_back(rule);
}

const Rules::Bucket* Rules::Prefixes::find(std::string_view prefix) const {
  const auto found = buckets_.find(prefix);
  return found == buckets_.end() ? nullptr : &found->second;
}

Rules::Candidates::Candidates(const Rules& rules, const RequestFacts& facts) {
  add(rules.others_);
  add(rules.by_username_, facts.username);
  if (facts.external_id) add(rules.by_external_id_, *facts.external_id);
}

void Rules::Candidates::add(const Prefixes& prefixes, std::string_view text) {
  for (const auto length : prefixes.lengths()) {
    if (length > text.size()) continue;
    if (const auto* bucket = prefixes.find(text.substr(0, length))) add(*bucket);
  }
}

void Rules::Candidates::add(const Bucket& bucket) {
  if (!bucket.empty()) left_[count_++] = bucket;
}

std::optional<std::size_t> Rules::Candidates::next() {
  std::span<const std::uint32_t>* first = nullptr;
  for (std::size_t i = 0; i < count_; ++i)
    if (!left_[i].empty() && (!first || left_[i].front() < first->front())) first = &left_[i];
  if (!first) return std::nullopt;
  const std::size_t rule = first->front();
  *first = first->subspan(1);
  return rule;
}

std::optional<NearMiss> near_miss(std::span<const Rule> before, const Rules& rules, Event event,
                                  const RequestFacts& facts) {
  std::optional<NearMiss> best;
  bool one_fits = false;
  const auto look_at = [&](const Rule& rule) {
    if (rule.on != event || one_fits) return;
    auto parts = compare(rule.match, facts);
    one_fits = parts.differs.empty();
    if (parts.fitting == 0 || (best && best->differs.size() <= parts.differs.size())) return;
    best = NearMiss{rule.name, std::move(parts.differs)};
  };
  for (const auto& rule : before) look_at(rule);
  for (const auto& rule : rules) look_at(rule);
  return one_fits ? std::nullopt : best;
}

}  // namespace enrichment_mock::scenario
