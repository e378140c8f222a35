// The emulator as a library: this is its only public header. The enrichment-mock program is built on it.
//
//   enrichment_mock::Emulator emulator({.manual_clock = true});
//   client.base_url = emulator.url();               // the client under test sends x-api-key "test-1"
//   auto team = emulator.team("test-1");
//   team.advance(std::chrono::seconds(10));         // returns when everything due in these 10 seconds has happened
//
// Several emulators in one process are independent of each other.
//
// Thread-safety: any thread may call any member. Only stop() and the destructor must not be called on the emulator's
// own threads, that is inside on_request, on_notice or on_warning.
//
// Units: durations carry theirs in their type, sizes are in bytes, instants are UTC.
//
// Errors: each function names the exceptions that it throws. In addition, any function may throw std::bad_alloc.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace enrichment_mock {

namespace runner {
class TeamRunner;  // not for users of the library
}

// Team time, the time by a team's clock: microseconds since the Unix epoch, UTC.
using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

// One answered request, for a log. The views are valid during the call of on_request only.
struct RequestLine {
  std::string_view method, path;
  int status = 0;
  std::chrono::microseconds duration{0};  // from the request's first byte to the response's last
  std::string_view team;                  // its name, or its API key, masked; empty: the request belongs to no team
  std::string_view reason = {};           // why the server refused the request before the API saw it; empty: it did not
};

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port

  // TLS with a certificate from PEM files: tls_cert holds the certificate and its chain, tls_key its private key.
  std::string tls_cert = {}, tls_key = {};
  // TLS with a certificate that is made at the start. It is valid for `tls_names`, which are host names and addresses;
  // if there are none: for localhost, its addresses, and this machine's name.
  bool tls_self_signed = false;
  std::vector<std::string> tls_names = {};

  // Scenarios in addition to the shipped ones: paths of files, and JSON texts. A scenario overrides a shipped one of
  // the same name. Two files must not have the same scenario name, and two scenarios must not list the same API key.
  std::vector<std::string> scenario_files = {};
  std::vector<std::string> scenario_texts = {};
  // The name of the default scenario. Empty: the first file's scenario, else the first text's, else "default".
  std::string default_scenario = {};

  // Reloads scenario files that change, and loads new files in `watch_directories`. New requests follow the new
  // scenario within a second; accepted requests keep their plan. If a file has problems, on_warning reports it, and the
  // scenario that was loaded before stays.
  bool watch = false;
  std::vector<std::string> watch_directories = {};

  // Each of these overrides the value of every scenario.
  std::optional<bool> manual_clock = {};
  std::optional<double> time_scale = {};
  std::optional<std::uint64_t> seed = {};
  std::optional<std::int64_t> credits = {};

  // At this many teams a new one replaces the team that has been idle longest, and on_warning reports that. If every
  // team has something pending, no team is opened.
  std::size_t max_teams = 10'000;

  // How many resolved enrichments each team keeps, and for how long by the team's clock (empty: no limit of time). The
  // most recent ones stay; older ones are removed once none of their callbacks is open, and the API answers 404 for
  // them. The ledger keeps as many movements; its first movement then carries the sum of the removed ones. Totals and
  // balances include what was removed.
  std::size_t keep_resolved = 1'000'000;
  std::optional<std::chrono::microseconds> keep_resolved_for = {};

  // How many calls each team's journal keeps for the control API's `requests` and `verify`. 0: the journal is off.
  std::size_t journal_size = 1'000;
  // Memory for the journal of one team, and for the journals of all teams; each at least 256 KB. At the limit of a team
  // its oldest calls are removed; at the limit of all teams, the oldest calls of the teams with the largest journals.
  // The journal keeps the first 64 KB of a body.
  std::size_t journal_bytes = 16 * 1024 * 1024;
  std::size_t journal_total_bytes = 256 * 1024 * 1024;

  // The control API (/__admin/) accepts a Host header that is an address, a name without a dot, or in `admin_hosts`.
  std::vector<std::string> admin_hosts = {};
  // Control calls must send this as a bearer token. Empty: they need none.
  std::string admin_token = {};

  // Allowed callback targets: host names, addresses, CIDR ranges, "loopback" or "all". Empty: "all" if `host` is a
  // loopback address, else "loopback".
  std::vector<std::string> callback_allow = {};
  std::string callback_ca = {};    // PEM file with the certificate authorities to trust; empty: the system's
  bool callback_insecure = false;  // accept any certificate
  // Entries FROM=TO, such as "https://app.example.com=http://app:3000". A callback to a URL that begins with FROM goes
  // to TO instead; FROM matches whole path segments only. The first entry that matches counts. The port `*` in FROM
  // matches any port; in TO it keeps the URL's port.
  std::vector<std::string> callback_rewrite = {};
  std::chrono::milliseconds callback_timeout{10'000};  // of a whole attempt, unless the scenario sets one
  bool in_container = false;  // errors of callbacks to loopback then explain how to reach the container's host

  // Called on the emulator's threads, several at the same time. They must be thread-safe and must not throw.
  // on_notice: something succeeded in the background, such as the reload of a scenario.
  // on_warning: something unexpected happened, and the emulator continues.
  std::function<void(const RequestLine&)> on_request = {};
  std::function<void(std::string_view message)> on_notice = {};
  std::function<void(std::string_view message)> on_warning = {};
};

// A scenario cannot be loaded. what() has one line for each problem: the file, the place, and what was expected.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The server cannot start, for example because an option has an invalid value.
struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The server cannot listen on the address: it is in use, it belongs to another machine, or the name is unknown.
struct AddressError : StartError {
  using StartError::StartError;
};

// The present state does not allow the call. Examples: advance on a running clock, a second advance at the same time, a
// call after stop().
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Something that was due and has happened.
struct Fired {
  Instant at{};
  std::string kind;           // "transition", "callback" or "schedule"
  std::string enrichment_id;  // 24 hex digits; empty for "schedule"
  // transition: the new status. callback: the attempt's result, such as "200" or "connection refused". schedule: the
  // entry, such as "schedule/0 begins".
  std::string detail;
};

// A lookup or callback that is still open after settle.
struct Open {
  std::string id;  // the enrichment's
  // settle does not wait for "forever" (never ends) and "polls" (ends after a number of polls). After a timeout also
  // "pending" (a timed lookup) and "delivering" (a callback).
  std::string why;
};

struct Settled {
  bool complete = true;  // false: the timeout ended the call
  Instant now{};
  std::vector<Fired> fired;  // in the order in which it happened
  std::vector<Open> open;
};

struct HistoryEntry {
  Instant at{};
  std::string status;
};

struct Enrichment {
  std::string id, status, linkedin_url, type;
  std::optional<std::string> external_id, email;
  bool charged = false;
  std::vector<HistoryEntry> history;
};

struct Attempt {
  Instant at{};
  int status = 0;     // the response's; 0: there was none
  std::string error;  // why there was none; empty: there was one
  std::chrono::microseconds latency{0};
};

struct CallbackInfo {
  std::string id, enrichment_id, url, state;  // scheduled, delivering, retrying, delivered, exhausted, dropped
  std::vector<Attempt> attempts;
};

struct Movement {
  Instant at{};
  std::string kind;           // "opening", "charge", "adjustment"
  std::int64_t amount = 0;    // in credits; negative for a charge
  std::int64_t balance = 0;   // after the movement
  std::string enrichment_id;  // the charged one; empty for other kinds
};

class Emulator {
 public:
  // One team: its enrichments, callbacks, credits and clock. The emulator does not close the team while a Team of it
  // exists. A Team must not outlive its emulator.
  class Team {
   public:
    // Moves a manual clock forward by `by`, at most a year. Returns what happened on the way, in order, once all of it
    // has happened and each due callback attempt has ended.
    // Throws Conflict if the clock is running, or if another advance or settle of this team is in progress;
    // std::out_of_range if the clock would pass the year 2999; std::invalid_argument if `by` is negative.
    std::vector<Fired> advance(Duration by);

    // Continues until no timed lookup and no callback is open. A manual clock moves forward; on a running clock the
    // call waits. `timeout` is real time.
    // Throws Conflict if another advance or settle of this team is in progress; std::out_of_range like advance.
    Settled settle(std::chrono::milliseconds timeout = std::chrono::seconds(5));

    Instant now() const;
    std::int64_t credits() const;
    std::vector<Enrichment> enrichments() const;
    std::vector<CallbackInfo> callbacks() const;
    std::vector<Movement> ledger() const;

    // The differences from the scenario's `expect`, one sentence each. Empty: there is none.
    //   "completed: expected 2, found 1 (1 lookup is still open)"
    std::vector<std::string> verify() const;

   private:
    friend class Emulator;
    explicit Team(std::shared_ptr<runner::TeamRunner> runner) : runner_(std::move(runner)) {}
    std::shared_ptr<runner::TeamRunner> runner_;
  };

  // Starts the server: it accepts connections when the constructor returns. Throws ScenarioError and StartError.
  explicit Emulator(Options options = {});
  ~Emulator();  // stops
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  std::uint16_t port() const;
  std::string url() const;               // "http://127.0.0.1:41873", or https; no trailing slash
  std::string default_scenario() const;  // its name

  // With tls_self_signed: the certificate authority that clients must trust, in PEM. Empty otherwise.
  std::string tls_authority() const;
  // The certificate's SHA-256 fingerprint, "9F:86:…". Empty without TLS.
  std::string tls_fingerprint() const;

  // The team that requests with this API key belong to. Opens it if it does not exist.
  // Throws std::invalid_argument if the API would refuse the key with 401; Conflict if no more teams can be opened.
  Team team(std::string_view api_key);

  // Answers the requests that have arrived, and stops. Transitions and callbacks that are due no longer happen, and
  // callback attempts in progress are cut off. A second call has no effect.
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// A shipped or loaded scenario.
struct ScenarioInfo {
  std::string name, description;
  bool is_default = false;
};
std::vector<ScenarioInfo> shipped_scenarios();

// The scenarios that an emulator with these options would have. Throws ScenarioError.
std::vector<ScenarioInfo> loaded_scenarios(const Options& options);

// A mistake in a scenario file, as `enrichment-mock validate` prints it.
struct ScenarioProblem {
  std::string file;
  std::string pointer;               // JSON pointer (RFC 6901); empty: the whole document, or its syntax
  std::size_t line = 0, column = 0;  // counted from 1; 0: unknown
  std::string message;               // what was found, what was expected, the nearest valid key
  std::string text;                  // all of this in one line
};

// The mistakes in one file; "-" is standard input. Empty: the file is valid.
std::vector<ScenarioProblem> validate_scenario_file(const std::string& file);

// Validates files that are to be loaded together. The result has one list for each file, in the same order. It also has
// conflicts between the files and with the shipped scenarios, such as an API key that two scenarios list.
std::vector<std::vector<ScenarioProblem>> validate_scenario_files(const std::vector<std::string>& files);

// The scenario files in a directory, sorted by name: its *.json files, without hidden files and without
// scenario.schema.json. A file that cannot be read, such as a broken link, is listed, so that loading reports it.
// Directories, pipes and devices are not listed. std::nullopt: the directory cannot be read.
std::optional<std::vector<std::string>> scenario_files_in(const std::string& directory);

// Checks of single options, for programs that have to tell their users which setting is wrong.

// True for an address or a host name, without scheme, port and brackets, as Options::host and tls_names expect it.
bool is_host(const std::string& text);

// True for an entry of Options::callback_allow.
bool is_callback_target(const std::string& text);

// What is wrong with an entry of Options::callback_rewrite: "\"http://a\": expected FROM=TO". std::nullopt: it is
// valid.
std::optional<std::string> callback_rewrite_problem(const std::string& entry);

// What is wrong with the files of Options::tls_cert and tls_key. std::nullopt: a server can use them.
struct TlsProblem {
  enum class File { certificate, key } file;  // the one that is wrong
  std::string message;
};
std::optional<TlsProblem> tls_problem(const std::string& certificate_file, const std::string& key_file);

std::string version();

}  // namespace enrichment_mock
