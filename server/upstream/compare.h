// Asks the real API and a mock in this process the same questions, and says where they differ. The real API is called
// `upstream`.
//
// A run costs nothing: its lookups are of profiles that cannot exist, each is polled to its end before the next begins,
// and no other begins if the balance has fallen. Only `spend` allows lookups that may cost a credit. Texts of results
// do not contain the API key: it is masked in everything that comes from upstream.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "enrichment_mock/emulator.h"
#include "upstream/http_client.h"
#include "upstream/questions.h"

namespace enrichment_mock::upstream {

struct CompareOptions {
  HttpTarget upstream = {};
  std::string key = {};  // of upstream; the mock never gets it
  Options mock = {};     // its scenarios
  unsigned spend = 0;    // how many lookups may cost a credit

  std::chrono::milliseconds least_gap{270};  // between two requests to upstream: under four a second
  // Between two polls of a lookup: the first value, then twice the one before.
  std::chrono::milliseconds first_poll_gap{125}, longest_poll_gap{4'000};
  std::chrono::milliseconds lookup_limit{120'000};  // how long a lookup is polled
  std::chrono::seconds longest_retry_after{60};     // a longer Retry-After is not waited for
};

// The result of one question.
struct Line {
  const Question* question = nullptr;
  std::string upstream, mock;  // what they do

  bool agrees() const { return upstream == mock; }
};

struct NotAsked {
  const Question* question = nullptr;
  std::string why;
};

struct Comparison {
  std::string url, scenario;  // of upstream; of the mock
  std::vector<Line> lines = {};
  std::vector<NotAsked> not_asked = {};
  std::optional<std::int64_t> balance_before = {}, balance_after = {};  // of upstream, if it could be read
  std::string stopped = {};  // why the run was stopped early; empty: it was not

  // What a scenario needs so that the mock answers like upstream.
  std::map<int, std::string> error_bodies = {};  // JSON, by status
  bool refuses_other_keys = false;

  bool agrees() const;
  std::size_t differences() const;
};

// Upstream cannot be reached, stops answering, or refuses the key. what() is one sentence.
struct UpstreamError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The mock's scenario refuses the key with which it is asked. what() is one sentence.
struct ScenarioRefusesKey : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The key with which the mock is asked. A scenario that refuses unknown keys must list it.
inline constexpr std::string_view kMockKey = "enrichment-mock-compare";

// Calls `on_line` after each line. Throws UpstreamError, ScenarioRefusesKey, ScenarioError and StartError.
Comparison compare(const CompareOptions& options, const std::function<void(const Line&)>& on_line = {});

}  // namespace enrichment_mock::upstream
