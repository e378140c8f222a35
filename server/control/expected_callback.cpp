#include "control/expected_callback.h"

#include <array>

#include "base/ascii.h"

namespace enrichment_mock::control {

namespace {

using scenario::Value;

constexpr std::array<std::string_view, 6> kStates = {"scheduled", "delivering", "retrying",
                                                     "delivered", "exhausted",  "dropped"};

// "[500, 200]"
template <class List, class Write>
std::string listed(const List& list, Write write) {
  std::string text;
  for (const auto& each : list) text.append(text.empty() ? "" : ", ").append(write(each));
  return '[' + text + ']';
}

std::vector<int> statuses_of(std::span<const engine::Attempt> attempts) {
  std::vector<int> statuses;
  for (const auto& attempt : attempts) statuses.push_back(attempt.result.status);
  return statuses;
}

std::vector<scenario::Duration> gaps_of(std::span<const engine::Attempt> attempts) {
  std::vector<scenario::Duration> gaps;
  for (std::size_t i = 1; i < attempts.size(); ++i) gaps.push_back(attempts[i].at - attempts[i - 1].ended);
  return gaps;
}

// Collects what is other than expected.
class Comparison {
 public:
  template <class Part, class Write>
  void expect(const char* name, const std::optional<Part>& expected, const Part& found, Write write) {
    if (expected && *expected != found)
      differences_.push_back(std::string(name) + ": expected " + write(*expected) + ", found " + write(found));
  }
  std::vector<std::string> take() { return std::move(differences_); }

 private:
  std::vector<std::string> differences_;
};

}  // namespace

bool ExpectedCallback::means(const engine::Enrichment& enrichment) const {
  return (!enrichment_id || base::same_text(*enrichment_id, engine::to_text(enrichment.id))) &&
         (!external_id || external_id == enrichment.external_id) && (!url || url == enrichment.callback_url);
}

std::vector<std::string> ExpectedCallback::differences(const engine::Callback& callback) const {
  const auto number = [](auto value) { return std::to_string(value); };
  const auto made = engine::ended_attempts(callback);
  Comparison comparison;
  comparison.expect("state", state, callback.state,
                    [](engine::CallbackState value) { return std::string(engine::to_text(value)); });
  comparison.expect("attempts", attempts, made.size(), number);
  comparison.expect("statuses", statuses, statuses_of(made),
                    [&](const std::vector<int>& list) { return listed(list, number); });
  comparison.expect("gaps", gaps, gaps_of(made), [](const std::vector<scenario::Duration>& list) {
    return listed(list, scenario::format_duration);
  });
  return comparison.take();
}

ExpectedCallback read_expected_callback(const Value& value, scenario::Fields& fields) {
  scenario::Fields which(value);
  ExpectedCallback expected;
  which.read("enrichment_id", scenario::read_filled_string, expected.enrichment_id);
  which.read("external_id", scenario::read_filled_string, expected.external_id);
  which.read("url", scenario::read_filled_string, expected.url);
  which.finish();
  if (!expected.enrichment_id && !expected.external_id && !expected.url)
    value.unexpected(R"("enrichment_id", "external_id" or "url")");
  const auto state = [](const Value& word) -> std::optional<engine::CallbackState> {
    const auto found = scenario::read_word(word, kStates);
    return found ? std::optional(static_cast<engine::CallbackState>(*found)) : std::nullopt;
  };
  fields.read("state", state, expected.state);
  fields.read("attempts", scenario::whole_number<std::size_t>(0, 1000), expected.attempts);
  const auto statuses = [](const Value& list) { return scenario::read_list(list, scenario::whole_number(0, 599)); };
  fields.read("statuses", statuses, expected.statuses);
  const auto gaps = [](const Value& list) { return scenario::read_list(list, scenario::read_duration); };
  fields.read("gaps", gaps, expected.gaps);
  return expected;
}

}  // namespace enrichment_mock::control
