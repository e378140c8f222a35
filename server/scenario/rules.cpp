#include "scenario/rules.h"

#include <algorithm>
#include <utility>

namespace enrichment_mock::scenario {

namespace {

std::string_view literal_prefix(const std::optional<std::string>& pattern) {
  if (!pattern) return {};
  const std::string_view text = *pattern;
  return text.substr(0, text.find_first_of("*?"));
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

}  // namespace enrichment_mock::scenario
