// One team, as a test inspects and steers it. Included by emulator.h.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "enrichment_mock/advice.h"
#include "enrichment_mock/expectations.h"
#include "enrichment_mock/options.h"
#include "enrichment_mock/results.h"

namespace enrichment_mock {

namespace control {
struct Services;  // not for users of the library
}
namespace runner {
class TeamRunner;  // not for users of the library
}

// How long a call waits, in real time, unless the caller says otherwise.
inline constexpr std::chrono::milliseconds kDefaultTimeout{5'000};

// An enrichment that exists without a request. One that is not resolved continues as the scenario says; a resolved one
// has passed through all statuses at once, and sends no callback.
struct Seed {
  std::string linkedin_url = {};
  EmailType type = EmailType::work;
  Status status = Status::pending;
  std::optional<std::string> id = {};  // 24 hex digits; empty: a new one
  std::optional<std::string> external_id = {}, callback_url = {};
  // Only for a completed one. The email is as in Team::resolve.
  std::optional<std::string> email = {};
  bool charge = false;  // charge a credit
};

// Selects requests of the journal. Parts that are absent or empty accept every request.
struct RequestFilter {
  std::optional<Instant> since = {};       // on the team's clock
  std::vector<int> statuses = {};          // of the response
  std::optional<std::string> method = {};  // in any letter case
  std::optional<std::string> path = {};    // without the query; `*` and `?` are wildcards
  // The body of the request or the response has this field with this value.
  std::optional<std::string> external_id = {}, linkedin_url = {};
  std::optional<std::string> trace_id = {};  // of W3C Trace Context: 32 lower-case hex digits
  bool unmatched_only = false;               // only calls that the API has no endpoint for
};

// Selects callbacks. Parts that are absent accept every callback.
struct CallbackFilter {
  std::optional<std::string> enrichment_id = {}, url = {};
};

// That many callbacks have this state.
struct CallbackTarget {
  CallbackState state = CallbackState::delivered;
  std::size_t count = 1;
};

// One team: its enrichments, callbacks, credits and clock. Copies stand for the same team. The emulator does not close
// the team while a Team of it exists. A Team must not outlive its emulator.
//
// Every timeout is real time, and an ArgumentError if it is negative. A call that reaches it returns what there is.
// reset() and Emulator::stop() end calls that wait, with ConflictError.
class Team {
 public:
  TeamInfo info() const;

  // The clock ---------------------------------------------------------------------------------------------------------

  Clock clock() const;
  Instant now() const;

  // Makes the clock manual, at `at` if that is later than now. Everything due up to then happens, except callbacks.
  // Throws ConflictError if an advance or settle of this team is in progress; TimeRangeError if `at` is not in the
  // years 1970 to 2999.
  Clock stop_clock(std::optional<Instant> at = {});

  // Lets the clock run from its present time; `scale` is how many seconds pass in one second, 0.001 to 1,000,000.
  // Throws ConflictError like stop_clock; ArgumentError if the scale is out of range.
  Clock run_clock(double scale = 1);

  // Moves a manual clock forward by `by`, at most a year. Returns what happened on the way, in order, once all of it
  // has happened and each due callback attempt has ended.
  // Throws ConflictError if the clock is running, or if another advance or settle of this team is in progress;
  // TimeRangeError if the clock would pass the year 2999; ArgumentError if `by` is negative.
  std::vector<Fired> advance(Duration by);
  // The same, but at the timeout the clock stays at the time that it has reached.
  Settled advance(Duration by, std::chrono::milliseconds timeout);

  // Both up to the next instant at which something is due. If nothing is due, the clock does not move.
  std::vector<Fired> advance_to_next();
  Settled advance_to_next(std::chrono::milliseconds timeout);

  // Continues until no timed lookup and no callback is open. A manual clock moves forward; on a running clock the
  // call waits.
  // Throws ConflictError if another advance or settle of this team is in progress; TimeRangeError like advance.
  Settled settle(std::chrono::milliseconds timeout = kDefaultTimeout);

  // Enrichments -------------------------------------------------------------------------------------------------------

  std::vector<Enrichment> enrichments() const;       // in the order of their creation
  Enrichment enrichment(std::string_view id) const;  // throws NotFoundError

  // Throws ArgumentError that names each wrong field; ConflictError if the id is in use, or if there is no credit to
  // charge.
  Enrichment seed(const Seed& seed);

  // Waits until the enrichment has, or has had, one of the statuses. Unreachable: it has another final status. On a
  // manual clock somebody must advance the clock meanwhile.
  // Throws NotFoundError; ConflictError if the team is reset meanwhile.
  Waited wait_for(std::string_view id, const std::vector<Status>& any_of,
                  std::chrono::milliseconds timeout = kDefaultTimeout) const;

  // Ends a lookup now; its callbacks are sent as usual. `email` is for a completed one: an address, in which
  // {username}, {first}, {last} and {type} are replaced; by default the one that the scenario gives. Throws
  // NotFoundError; ConflictError if it has ended already, or if there is no credit left to complete it; ArgumentError
  // if the email is not valid, or if there is one and the outcome is not `completed`.
  Enrichment resolve(std::string_view id, Outcome outcome, const std::optional<std::string>& email = {});

  // Callbacks ---------------------------------------------------------------------------------------------------------

  std::vector<CallbackInfo> callbacks() const;       // in the order of their creation
  CallbackInfo callback(std::string_view id) const;  // throws NotFoundError

  // Waits until one of the targets is reached. Unreachable: the filter selects the callbacks of one enrichment, which
  // has ended, and none of them is open.
  // Throws ConflictError if the team is reset meanwhile.
  Waited wait_for_callbacks(const std::vector<CallbackTarget>& any_of, const CallbackFilter& filter = {},
                            std::chrono::milliseconds timeout = kDefaultTimeout) const;

  // Sends a callback again at once, whatever its state is, and returns when that attempt has ended.
  // Throws NotFoundError; ConflictError if an attempt is in progress, or if the team is reset meanwhile.
  CallbackInfo redeliver(std::string_view id);

  // The sink ----------------------------------------------------------------------------------------------------------
  //
  // It receives callbacks that go to Emulator::sink_url(name). Each team sees only its own callbacks. Each function
  // throws ArgumentError for a name that sink_url refuses.

  // The last requests, oldest first.
  std::vector<SinkRequest> sink(std::string_view name) const;

  // Waits until the sink has received `count` callbacks of this team, at most 10,000, since the last reset or
  // clear_sink. Throws ConflictError if the team is reset meanwhile; ArgumentError for another count.
  Waited wait_for_sink(std::string_view name, std::size_t count,
                       std::chrono::milliseconds timeout = kDefaultTimeout) const;

  // Sets how this team's callbacks are answered from now on. Throws ArgumentError if the script is not as its comment
  // says; ConflictError if there are too many names.
  void script_sink(std::string_view name, const SinkScript& script);

  // Removes the requests and the script. Returns how many requests there were.
  std::size_t clear_sink(std::string_view name);

  // Credits -----------------------------------------------------------------------------------------------------------

  std::int64_t credits() const;
  std::vector<Movement> ledger() const;  // in order; the last `keep_resolved` ones

  // Both add an adjustment to the ledger. Throw ArgumentError if the balance would be below 0, or if the number is
  // above 10^15.
  void set_credits(std::int64_t balance);
  void add_credits(std::int64_t amount);  // negative: removes credits

  // Requests ----------------------------------------------------------------------------------------------------------

  // The selected requests of the journal, oldest first; at most Options::journal_size. Throws ArgumentError for a
  // trace_id that is none.
  std::vector<JournaledRequest> requests(const RequestFilter& filter = {}) const;

  // Waits until the journal has `count` selected requests.
  // Throws ConflictError if there is no journal (journal_size 0), or if the team is reset meanwhile; ArgumentError like
  // requests, and if the journal cannot have as many.
  Waited wait_for_requests(std::size_t count, const RequestFilter& filter = {},
                           std::chrono::milliseconds timeout = kDefaultTimeout) const;

  // Removes all requests from the journal. Returns how many there were.
  std::size_t clear_requests();

  // The scenario ------------------------------------------------------------------------------------------------------

  std::string scenario() const;  // its name
  // Its rules in their order, after those that add_rule has put first.
  std::vector<RuleInfo> rules() const;

  // Puts a rule before all others, for the next `times` requests that it matches. It is JSON as in `rules` of a
  // scenario file: R"({"on": "request", "response": {"status": 503}})". Throws ScenarioError with the place of each
  // mistake; ArgumentError unless `times` is from 1 to 1,000,000.
  void add_rule(std::string_view rule, std::uint64_t times = 1);
  // Removes the rules that were put first. Returns how many there were.
  std::size_t clear_rules();

  // Runs this scenario from now on, a JSON text, until a reset. Accepted enrichments keep their plan, the balance
  // stays, and the enrichments that the scenario lists are not added. Throws ScenarioError.
  void set_scenario(std::string_view text);

  // Checks ------------------------------------------------------------------------------------------------------------

  // Checks the `expect` of the scenario:
  //   "completed: expected 2, found 1 (1 lookup is still open)"
  // With a timeout it waits until everything holds, or something can no longer hold.
  // Throws ConflictError if the result could depend on data that is no longer kept, or if the team is reset meanwhile.
  VerifyResult verify() const;
  VerifyResult verify(std::chrono::milliseconds timeout) const;

  // Checks a list of expectations, in the same way. Throws ArgumentError if it is empty, or if one of them expects
  // nothing or contradicts itself.
  VerifyResult verify(const std::vector<Expectation>& expectations) const;
  VerifyResult verify(const std::vector<Expectation>& expectations, std::chrono::milliseconds timeout) const;

  // What the client does wrong, by the requests in the journal. Throws ArgumentError for a rule that does not exist.
  Advice advice(const AdviceOptions& options = {}) const;

  // -------------------------------------------------------------------------------------------------------------------

  // Starts again from the scenario that the team's API key chooses: with its enrichments, credits and clock, without
  // callbacks, requests and added rules.
  void reset();

  // Everything about the team as JSON, as GET /__admin/snapshot has it for one team: to keep with a failed test.
  std::string snapshot() const;

  // Continues with a snapshot: with its records, requests, scenario and counters, on a manual clock at its time. What
  // the team was before ends as with reset(). Secrets that are masked in the snapshot stay masked. `team_id`: which
  // team of the snapshot; it may be left out if there is only one. Throws SnapshotError, and nothing changes;
  // ConflictError if the emulator stops meanwhile.
  void restore(std::string_view snapshot, const std::optional<std::string>& team_id = {});

 private:
  friend class Emulator;
  Team(std::shared_ptr<runner::TeamRunner> runner, control::Services& services);

  std::shared_ptr<runner::TeamRunner> runner_;
  control::Services* services_;
};

}  // namespace enrichment_mock
