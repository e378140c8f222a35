// The emulator, in process: the library's one public header. The enrichment-mock binary is a thin main over it.
//
//   enrichment_mock::Emulator emulator({.manual_clock = true});
//   client.base_url = emulator.url();               // the client under test, with x-api-key "test-1"
//   auto team = emulator.team("test-1");
//   team.advance(std::chrono::seconds(10));         // everything due by then has happened when this returns
//
// Several emulators in one process do not meet. All members may be called from any thread, but for stop() and the
// destructor: not from one of the emulator's own, that is from within on_request or on_warning.
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

// Team time: microseconds since the Unix epoch, UTC.
using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

// One answered request, for a log. `team` is the team's name, or its key masked. `reason` says why the server refused
// it before it asked the API, if it did. Views live for the call.
struct RequestLine {
  std::string_view method, path;
  int status = 0;
  std::chrono::microseconds duration{0};
  std::string_view team;
  std::string_view reason = {};
};

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one

  // TLS: PEM files of a certificate (with its chain) and of its key; or a certificate that is made at the start, for
  // `tls_names`, host names and addresses (empty: localhost, its addresses and the name of this machine).
  std::string tls_cert = {}, tls_key = {};
  bool tls_self_signed = false;
  std::vector<std::string> tls_names = {};

  // Scenario files and scenario texts join the shipped scenarios, or replace them by name; no two files have one name,
  // and no two scenarios list one API key. The default scenario is
  // `default_scenario`, else the first file's, else the first text's, else the shipped "default".
  std::vector<std::string> scenario_files = {};
  std::vector<std::string> scenario_texts = {};
  std::string default_scenario = {};

  // Looks at scenario files again and again, and loads anew what has changed: new requests meet it within a second,
  // accepted ones keep their plan. A file with problems is reported by on_warning, and what was loaded stays. Files
  // that appear in the directories join.
  bool watch = false;
  std::vector<std::string> watch_directories = {};

  // Each overrides what every scenario says.
  std::optional<bool> manual_clock = {};
  std::optional<double> time_scale = {};
  std::optional<std::uint64_t> seed = {};
  std::optional<std::int64_t> credits = {};

  std::size_t max_teams = 10'000;

  // Resolved enrichments that are kept of each team, the most recent ones, once nothing of their callbacks is open; and
  // for how long, by the team's clock; empty: as long as there is room. Others are unknown from then on (404). As many
  // movements of the ledger are kept, the first of which carries the sum of those before it. Totals and balances go on
  // counting what is gone.
  std::size_t keep_resolved = 1'000'000;
  std::optional<std::chrono::microseconds> keep_resolved_for = {};

  // Calls that are kept of each team, for the control API's `requests` and `verify`; 0: none.
  std::size_t journal_size = 1'000;
  // What these may take, in bytes: of a team (256 KB at least), and of all teams. Where all take more, the oldest calls
  // of those teams go that hold most. Of bodies the first 64 KB are kept.
  std::size_t journal_bytes = 16 * 1024 * 1024;
  std::size_t journal_total_bytes = 256 * 1024 * 1024;

  // The control API (/__admin/): names that it may be called by beside addresses and names without a dot; and a token
  // that calls have to bear, if it is not empty.
  std::vector<std::string> admin_hosts = {};
  std::string admin_token = {};

  // Callback targets, as HOST, ADDRESS, CIDR, or "all". Empty: any target while bound to loopback, else loopback only.
  std::vector<std::string> callback_allow = {};
  std::string callback_ca = {};    // PEM file of the authorities to trust; empty: the system's
  bool callback_insecure = false;  // accept any certificate
  // FROM=TO, such as "https://app.example.com=http://app:3000": what is to go to a URL that begins with FROM, as far as
  // a '/', is sent to TO instead. The first that fits. A port `*` is any port, and the same one.
  std::vector<std::string> callback_rewrite = {};
  std::chrono::milliseconds callback_timeout{10'000};  // for a whole attempt, where a scenario says none
  bool in_container = false;  // errors of callbacks to loopback then say how to call the container's host

  // Called on the emulator's threads, several at once. on_notice tells of what went well but not by itself, such as a
  // scenario that was loaded anew, on_warning of what is odd but not fatal.
  std::function<void(const RequestLine&)> on_request = {};
  std::function<void(std::string_view message)> on_notice = {};
  std::function<void(std::string_view message)> on_warning = {};
};

// A scenario cannot be loaded. what() names every problem, one a line: file, place, what was expected.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The server cannot start: the address is taken, an option has an impossible value.
struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The address to listen on cannot be had: it is taken, not this machine's, or unknown.
struct AddressError : StartError {
  using StartError::StartError;
};

// A call that the team's state does not allow: advancing a running clock, a second advance at the same time, the
// emulator has been stopped.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Something that fell due.
struct Fired {
  Instant at{};
  std::string kind;           // "transition", "callback" or "schedule"
  std::string enrichment_id;  // 24 hex digits; empty for "schedule"
  // The status reached; how the attempt went: "200", "connection refused"; which entry: "schedule/0 begins".
  std::string detail;
};

// A lookup or callback that keeps settle from being complete, or that it does not wait for.
struct Open {
  std::string id;   // of the enrichment
  std::string why;  // "forever", "polls"; after a timeout also "pending" (a timed lookup), "delivering" (a callback)
};

struct Settled {
  bool complete = true;  // false: the timeout came first
  Instant now{};
  std::vector<Fired> fired;
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
  int status = 0;     // 0: no answer
  std::string error;  // empty on an answer
  std::chrono::microseconds latency{0};
};

struct CallbackInfo {
  std::string id, enrichment_id, url, state;  // scheduled, delivering, retrying, delivered, exhausted, dropped
  std::vector<Attempt> attempts;
};

struct Movement {
  Instant at{};
  std::string kind;           // "opening", "charge", "adjustment"
  std::int64_t amount = 0;    // negative for a charge
  std::int64_t balance = 0;   // after it
  std::string enrichment_id;  // of a charge
};

class Emulator {
 public:
  // One team's world, found by an API key. It is kept while this exists, which must not outlive the emulator.
  class Team {
   public:
    // Moves a manual clock on, at most a year at a time. Everything due on the way has happened, callbacks delivered,
    // when it returns.
    // Throws Conflict on a running clock, and while another advance or settle of the team is under way; and
    // std::out_of_range, if the clock would pass the year 2999.
    std::vector<Fired> advance(Duration by);

    // Goes on until no timed lookup and no callback remains: a manual clock jumps, a running one is waited for.
    // `timeout` is real time. Throws Conflict while another advance or settle of the team is under way, and
    // std::out_of_range as advance does.
    Settled settle(std::chrono::milliseconds timeout = std::chrono::seconds(5));

    Instant now() const;
    std::int64_t credits() const;
    std::vector<Enrichment> enrichments() const;
    std::vector<CallbackInfo> callbacks() const;
    std::vector<Movement> ledger() const;

    // What differs from the scenario's `expect`, one sentence each; empty: nothing.
    //   "completed: expected 2, found 1 (1 lookup is still open)"
    std::vector<std::string> verify() const;

   private:
    friend class Emulator;
    explicit Team(std::shared_ptr<runner::TeamRunner> runner) : runner_(std::move(runner)) {}
    std::shared_ptr<runner::TeamRunner> runner_;
  };

  // Starts: once constructed, the port answers. Throws ScenarioError and StartError.
  explicit Emulator(Options options = {});
  ~Emulator();  // stops
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  std::uint16_t port() const;
  std::string url() const;               // "http://127.0.0.1:41873", or https; no trailing slash
  std::string default_scenario() const;  // its name

  // Of a certificate that was made at the start: the authority that clients are to trust, in PEM; empty: there is none.
  std::string tls_authority() const;
  // Of the certificate, SHA-256, "9F:86:…"; empty: no TLS.
  std::string tls_fingerprint() const;

  // The world that requests with this key live in; it is opened if need be. Throws std::invalid_argument for a key
  // that the API would refuse with 401.
  Team team(std::string_view api_key);

  // Answers what has arrived, drops what is due, waits for no receiver. Safe to call twice.
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

// Those that an emulator with these options would have. Throws ScenarioError.
std::vector<ScenarioInfo> loaded_scenarios(const Options& options);

// One thing that is wrong with a scenario file, as `enrichment-mock validate` tells it.
struct ScenarioProblem {
  std::string file;
  std::string pointer;               // JSON pointer (RFC 6901); empty: the whole document, or its syntax
  std::size_t line = 0, column = 0;  // from 1; 0: unknown
  std::string message;               // what was found, what was expected, the nearest right key
  std::string text;                  // all of this in one line
};

// "-" is standard input. Empty: the file is valid.
std::vector<ScenarioProblem> validate_scenario_file(const std::string& file);

// The same for files that are to be loaded together: for each, in their order, what is wrong with it, be it only beside
// the others or the shipped scenarios, such as an API key that two of them list, or one name that two of them have.
std::vector<std::vector<ScenarioProblem>> validate_scenario_files(const std::vector<std::string>& files);

// The scenario files in a directory, in order of their names: its *.json, without hidden ones and the schema
// (scenario.schema.json). What turns out not to be readable, such as a link that leads nowhere, is listed, so that
// loading it reports it; folders, pipes and devices are not. Nothing if the directory cannot be read.
std::optional<std::vector<std::string>> scenario_files_in(const std::string& directory);

// Checks of single options, for programs that tell their users which of their own settings is wrong.

// An address or a host name, without scheme, port and brackets, as Options::host and tls_names take it.
bool is_host(const std::string& text);

// As Options::callback_allow takes it.
bool is_callback_target(const std::string& text);

// What is wrong with an entry of Options::callback_rewrite: "\"http://a\": expected FROM=TO"; nothing if it is right.
std::optional<std::string> callback_rewrite_problem(const std::string& entry);

// What is wrong with the files of Options::tls_cert and tls_key; nothing if a server can use them.
struct TlsProblem {
  enum class File { certificate, key } file;  // the one that is wrong
  std::string message;
};
std::optional<TlsProblem> tls_problem(const std::string& certificate_file, const std::string& key_file);

std::string version();

}  // namespace enrichment_mock
