#include "scenario/rules.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace enrichment_mock::scenario {

namespace {

// A part is the text between two `*` of a pattern.

// `part` and `text` must have the same length.
bool matches_part(std::string_view part, std::string_view text) {
  return std::ranges::equal(part, text, [](char expected, char found) { return expected == '?' || expected == found; });
}

// The bitap algorithm: reads the text once, with one bit for each byte of the part. The bit says whether the text so
// far ends with the part up to that byte. The time is proportional to the length of the text times the length of the
// part / 64.
std::size_t find_with_wildcards(std::string_view text, std::string_view part) {
  const std::size_t words = (part.size() + 63) / 64;
  std::vector<std::uint64_t> fits_any(words), ends_here(words), fits(256 * words);  // fits: words for each byte
  for (std::size_t i = 0; i < part.size(); ++i) {
    auto& bits = part[i] == '?' ? fits_any[i / 64] : fits[static_cast<unsigned char>(part[i]) * words + i / 64];
    bits |= std::uint64_t{1} << i % 64;
  }
  const std::uint64_t end = std::uint64_t{1} << (part.size() - 1) % 64;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto* fits_byte = &fits[static_cast<unsigned char>(text[at]) * words];
    std::uint64_t carried = 1;
    for (std::size_t i = 0; i < words; ++i) {
      const auto shifted = ends_here[i] << 1 | carried;
      carried = ends_here[i] >> 63;
      ends_here[i] = shifted & (fits_byte[i] | fits_any[i]);
    }
    if (ends_here.back() & end) return at + 1 - part.size();
  }
  return std::string_view::npos;
}

// Where the part matches first; npos: nowhere. memmem() takes time in proportion to the sum of both lengths,
// string_view::find() in proportion to their product.
std::size_t find_part(std::string_view text, std::string_view part) {
  if (part.size() > text.size()) return std::string_view::npos;
  if (matches_part(part, text.substr(0, part.size()))) return 0;
  if (part.find('?') != part.npos) return find_with_wildcards(text, part);
  const auto* found = static_cast<const char*>(::memmem(text.data(), text.size(), part.data(), part.size()));
  return found ? static_cast<std::size_t>(found - text.data()) : std::string_view::npos;
}

}  // namespace

// Each part is matched at its first occurrence, because this leaves the longest rest of the text.
bool matches_pattern(std::string_view pattern, std::string_view text) {
  const auto first = pattern.find('*'), last = pattern.rfind('*');
  if (first == pattern.npos) return matches_part(pattern, text);
  const auto begin = pattern.substr(0, first), end = pattern.substr(last + 1);
  if (begin.size() + end.size() > text.size()) return false;
  if (!matches_part(begin, text.substr(0, begin.size())) || !matches_part(end, text.substr(text.size() - end.size())))
    return false;
  text = text.substr(begin.size(), text.size() - begin.size() - end.size());
  for (auto left = pattern.substr(first, last - first); !left.empty();) {
    left.remove_prefix(1);
    const auto part = left.substr(0, left.find('*'));
    left.remove_prefix(part.size());
    const auto at = find_part(text, part);
    if (at == text.npos) return false;
    text.remove_prefix(at + part.size());
  }
  return true;
}

bool matches(const Match& match, const RequestFacts& facts) {
  if (match.username && !matches_pattern(*match.username, facts.username)) return false;
  if (match.type && *match.type != facts.type) return false;
  if (match.external_id && !(facts.external_id && matches_pattern(*match.external_id, *facts.external_id)))
    return false;
  if (match.has_callback && *match.has_callback != facts.has_callback) return false;
  return !match.team || *match.team == facts.team;
}

namespace {

std::string_view literal_prefix(const std::optional<std::string>& pattern) {
  if (!pattern) return {};
  const std::string_view text = *pattern;
  return text.substr(0, text.find_first_of("*?"));
}

// Counts the conditions of a match that are met and that are not.
class Comparison {
 public:
  // `in_words`: also describes the conditions that are not met.
  explicit Comparison(bool in_words) : in_words_(in_words) {}

  void pattern(const char* name, const std::optional<std::string>& pattern, std::optional<std::string_view> text) {
    if (!pattern) return;
    add(text && matches_pattern(*pattern, *text), [&] {
      return std::string(name) + ": expected \"" + *pattern + "\", found " +
             (text ? '"' + std::string(*text) + '"' : "none");
    });
  }
  template <class Describe>
  void add(bool is_met, Describe describe) {
    ++(is_met ? met : unmet);
    if (!is_met && in_words_) differences.push_back(describe());
  }

  std::size_t met = 0, unmet = 0;
  std::vector<std::string> differences;

 private:
  const bool in_words_;
};

Comparison compare(const Match& match, const RequestFacts& facts, bool in_words) {
  const auto yes_or_no = [](bool value) { return value ? "true" : "false"; };
  Comparison comparison(in_words);
  comparison.pattern("username", match.username, facts.username);
  if (match.type)
    comparison.add(*match.type == facts.type, [&] {
      return "type: expected " + std::string(to_text(*match.type)) + ", found " + std::string(to_text(facts.type));
    });
  comparison.pattern("external_id", match.external_id, facts.external_id);
  if (match.has_callback)
    comparison.add(*match.has_callback == facts.has_callback, [&] {
      return std::string("has_callback: expected ") + yes_or_no(*match.has_callback) + ", found " +
             yes_or_no(facts.has_callback);
    });
  if (match.team)
    comparison.add(*match.team == facts.team,
                   [&] { return "team: expected \"" + *match.team + "\", found \"" + std::string(facts.team) + '"'; });
  return comparison;
}

}  // namespace

Rules::Rules(std::vector<Rule> rules) : rules_(std::move(rules)) {
  for (const auto& rule : rules_) any_on_[static_cast<std::size_t>(rule.on)] = true;
  if (!indexed()) return;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) index(i);
}

// Indexed by one text only, so that no rule is tried twice.
void Rules::index(std::uint32_t rule) {
  const auto& match = rules_[rule].match;
  if (const auto username = literal_prefix(match.username); !username.empty())
    by_username_.add(username, rule);
  else if (const auto external_id = literal_prefix(match.external_id); !external_id.empty())
    by_external_id_.add(external_id, rule);
  else
    index_by_facts(rule);
}

// It is in each bucket whose calls it can match.
void Rules::index_by_facts(std::uint32_t rule) {
  const auto& match = rules_[rule].match;
  auto& of_call = others_[static_cast<std::size_t>(rules_[rule].on)];
  for (const auto type : {EmailType::work, EmailType::personal})
    for (const bool has_callback : {false, true})
      if (match.type.value_or(type) == type && match.has_callback.value_or(has_callback) == has_callback)
        of_call[static_cast<std::size_t>(type)][has_callback].push_back(rule);
}

void Rules::Prefixes::add(std::string_view prefix, std::uint32_t rule) {
  prefix = prefix.substr(0, kMaxLength);
  if (std::ranges::find(lengths_, prefix.size()) == lengths_.end()) lengths_.push_back(prefix.size());
  buckets_[std::string(prefix)].push_back(rule);
}

const Rules::Bucket* Rules::Prefixes::find(std::string_view prefix) const {
  const auto found = buckets_.find(prefix);
  return found == buckets_.end() ? nullptr : &found->second;
}

Rules::Candidates::Candidates(const Rules& rules, CallKind call, const RequestFacts& facts) {
  add(rules.others_[static_cast<std::size_t>(call)][static_cast<std::size_t>(facts.type)][facts.has_callback]);
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

std::optional<NearMiss> near_miss(std::span<const Rule> before, const Rules& rules, CallKind call,
                                  const RequestFacts& facts) {
  const Rule* best = nullptr;
  std::size_t fewest = 0;
  bool has_match = false;
  const auto consider = [&](const Rule& rule) {
    if (rule.on != call || has_match) return;
    const auto comparison = compare(rule.match, facts, false);
    has_match = comparison.unmet == 0;
    if (comparison.met == 0 || (best && fewest <= comparison.unmet)) return;
    best = &rule;
    fewest = comparison.unmet;
  };
  for (const auto& rule : before) consider(rule);
  for (const auto& rule : rules) consider(rule);
  if (has_match || !best) return std::nullopt;
  return NearMiss{best->name, compare(best->match, facts, true).differences};
}

}  // namespace enrichment_mock::scenario
