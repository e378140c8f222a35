// Which requests a rule is for.
#pragma once
#include <optional>
#include <string_view>

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
bool fits_pattern(std::string_view pattern, std::string_view text);

}  // namespace enrichment_mock::scenario
