// Matching requests with rules.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scenario/model.h"

namespace enrichment_mock::scenario {

// The properties of a request that a rule can match. The views must stay valid during the call.
struct RequestFacts {
  std::string_view username = {};  // percent-decoded, lower case; empty for a call for the credits
  EmailType type = EmailType::work;
  std::optional<std::string_view> external_id = {};
  bool has_callback = false;
  std::string_view team = {};
};

bool matches(const Match& match, const RequestFacts& facts);

// `*` matches any text, `?` any one byte. The whole text must match.
bool matches_pattern(std::string_view pattern, std::string_view text);

// The rules of a scenario, in the order of the file. Immutable. If there are few, a call tries them one after the
// other. If there are many, they are indexed by the beginnings of their patterns, or else by the kind of call, the type
// and the callback, so that a call tries only candidates.
class Rules {
 public:
  Rules() = default;
  Rules(std::vector<Rule> rules);

  std::size_t size() const { return rules_.size(); }
  bool empty() const { return rules_.empty(); }
  const Rule& operator[](std::size_t index) const { return rules_[index]; }
  auto begin() const { return rules_.begin(); }
  auto end() const { return rules_.end(); }

  bool any_on(CallKind call) const { return any_on_[static_cast<std::size_t>(call)]; }

  // Calls `take(index)` for each matching rule, in order, until it returns true.
  template <class Take>
  void for_each_match(CallKind call, const RequestFacts& facts, Take take) const {
    if (!any_on(call)) return;
    const auto is_match = [&](std::size_t index) {
      return rules_[index].on == call && matches(rules_[index].match, facts);
    };
    if (!indexed()) {
      for (std::size_t i = 0; i < rules_.size(); ++i)
        if (is_match(i) && take(i)) return;
      return;
    }
    Candidates candidates(*this, call, facts);
    while (const auto next = candidates.next())
      if (is_match(*next) && take(*next)) return;
  }

 private:
  using Bucket = std::vector<std::uint32_t>;  // indexes of rules, ascending

  // Buckets of rules by the literal prefix of their patterns.
  class Prefixes {
   public:
    static constexpr std::size_t kMaxLength = 32;
    void add(std::string_view prefix, std::uint32_t rule);  // cut to kMaxLength; not empty
    const std::vector<std::size_t>& lengths() const { return lengths_; }
    const Bucket* find(std::string_view prefix) const;

   private:
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::vector<std::size_t> lengths_;  // the lengths that occur
    std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets_;
  };

  // The rules that may match a call, in order: the call's texts begin with their prefixes.
  class Candidates {
   public:
    Candidates(const Rules& rules, CallKind call, const RequestFacts& facts);
    std::optional<std::size_t> next();

   private:
    void add(const Prefixes& prefixes, std::string_view text);
    void add(const Bucket& bucket);
    std::size_t count_ = 0;
    std::span<const std::uint32_t> left_[2 * Prefixes::kMaxLength + 1];
  };

  static constexpr std::size_t kMinIndexed = 32, kCallKinds = 3, kEmailTypes = 2;
  bool indexed() const { return rules_.size() >= kMinIndexed; }
  void index(std::uint32_t rule);
  void index_by_facts(std::uint32_t rule);

  std::vector<Rule> rules_;
  bool any_on_[kCallKinds] = {};
  Prefixes by_username_, by_external_id_;
  // Rules without a literal prefix, by the kind of call, the type and has_callback.
  Bucket others_[kCallKinds][kEmailTypes][2];
};

// A rule that nearly matched a call, to explain why it was not followed.
struct NearMiss {
  std::string rule;                  // its name
  std::vector<std::string> differs;  // one sentence for each condition that is not met
};

// Of the rules for that kind of call, the one with the fewest conditions that are not met, if at least one is met. Of
// several, the first; rules in `before` come first. Empty: there is none, or a rule matches.
std::optional<NearMiss> near_miss(std::span<const Rule> before, const Rules& rules, CallKind call,
                                  const RequestFacts& facts);

}  // namespace enrichment_mock::scenario
