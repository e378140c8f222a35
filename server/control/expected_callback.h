// What a test expects of a callback (design: POST verify): which one it means, and what is to have become of it. An
// attempt that is still under way is none yet.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/team.h"
#include "scenario/reader_fields.h"

namespace enrichment_mock::control {

struct ExpectedCallback {
  std::optional<std::string> enrichment_id, external_id, url;
  std::optional<engine::CallbackState> state;
  std::optional<std::size_t> attempts;
  std::optional<std::vector<int>> statuses;             // 0: there was no answer
  std::optional<std::vector<scenario::Duration>> gaps;  // from the end of an attempt to the next

  bool means(const engine::Enrichment& enrichment) const;

  // One sentence for each part that is another one: "state: expected exhausted, found delivered".
  std::vector<std::string> differences(const engine::Callback& callback) const;
};

// `which` is the member "callback" of an expectation, `fields` are that expectation's. What is wrong is noted in the
// document.
ExpectedCallback read_expected_callback(const scenario::Value& which, scenario::Fields& fields);

}  // namespace enrichment_mock::control
