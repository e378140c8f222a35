// Which requests a rule is for.
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

// What a rule can see of a request. Views live for the call.
struct RequestFacts {
  std::string_view username = {};  // percent-decoded, lower case; empty of a call for the credits
  EmailType type = EmailType::work;
  std::optional<std::string_view> external_id = {};
  bool has_callback = false;
  std::string_view team = {};
};

bool matches(const Match& match, const RequestFacts& facts);

// `*` stands for any text, `?` for any one byte; the whole text must fit. Takes time in proportion to the two lengths.
bool matches_pattern(std::string_view pattern, std::string_view text);

// The rules of a scenario in the order of the file, and which of them a call meets.

// Immutable. Few rules are tried one after the other; many are found by how their patterns begin, so that a call does
// not pay for the rules of others.
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

  // Calls `take(index)` for each rule that fits, in order, until that returns true.
  template <class Take>
  void for_each_match(CallKind call, const RequestFacts& facts, Take take) const {
    if (!any_on(call)) return;
    const auto fits = [&](std::size_t index) {
      return rules_[index].on == call && matches(rules_[index].match, facts);
    };
    if (!indexed()) {
      for (std::size_t i = 0; i < rules_.size(); ++i)
        if (fits(i) && take(i)) return;
      return;
    }
    Candidates candidates(*this, facts);
    while (const auto next = candidates.next())
      if (fits(*next) && take(*next)) return;
  }

 private:
  using Bucket = std::vector<std::uint32_t>;  // of indexes, ascending

  // Buckets of rules by what a text must begin with to fit.
  class Prefixes {
   public:
    static constexpr std::size_t kLongest = 32;
    void add(std::string_view prefix, std::uint32_t rule);  // cut to kLongest; not empty
    const std::vector<std::size_t>& lengths() const { return lengths_; }
    const Bucket* find(std::string_view prefix) const;

   private:
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::vector<std::size_t> lengths_;  // that occur
    std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets_;
  };

  // The rules whose patterns begin as the call's texts do, in order.
  class Candidates {
   public:
    Candidates(const Rules& rules, const RequestFacts& facts);
    std::optional<std::size_t> next();

   private:
    void add(const Prefixes& prefixes, std::string_view text);
    void add(const Bucket& bucket);
    std::size_t count_ = 0;
    std::span<const std::uint32_t> left_[2 * Prefixes::kLongest + 1];
  };

  static constexpr std::size_t kIndexedFrom = 32;
  bool indexed() const { return rules_.size() >= kIndexedFrom; }
  void index(std::uint32_t rule);

  std::vector<Rule> rules_;
  bool any_on_[3] = {};
  Prefixes by_username_, by_external_id_;
  Bucket others_;  // whose patterns begin with a wildcard, or that have none
};

// The rule that nearly matched, and where it differed: for whoever wonders why theirs was not followed.

struct NearMiss {
  std::string rule;                  // its name
  std::vector<std::string> differs;  // one sentence for each part of its match that does not fit
};

// Of the rules on that kind of call, the one with the fewest parts that do not fit, but at least one that does; the
// first of equals, those in `before` first. Empty: there is none, or one fits as a whole.
std::optional<NearMiss> near_miss(std::span<const Rule> before, const Rules& rules, CallKind call,
                                  const RequestFacts& facts);

}  // namespace enrichment_mock::scenario
