// The options of an emulator, its units of time, and its errors. Included by emulator.h.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock {

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

// When the state reaches the disk. It survives the end of the process, however that ends, in each case.
enum class StateSync : unsigned char {
  off,     // when the system writes it; a power failure may damage the file
  normal,  // a power failure may lose the last changes
  full,    // before each response: a power failure loses nothing
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

  // How many calls each team's journal keeps for the control API's `requests` and `verify`, and of how many callback
  // attempts it keeps the request and response. 0: the journal is off.
  std::size_t journal_size = 1'000;
  // Memory for the journal of one team, and for the journals of all teams; each at least 256 KB. At the limit of a team
  // its oldest attempts are removed, then its oldest calls. At the limit of all teams the oldest attempts are removed,
  // then the oldest calls of the teams with the largest journals. The journal keeps the first 64 KB of a body.
  std::size_t journal_bytes = 16 * 1024 * 1024;
  std::size_t journal_total_bytes = 256 * 1024 * 1024;

  // A file (SQLite) that keeps the state of all teams, except their journals: an emulator that starts with the same
  // file continues. It is created if it does not exist. A response is sent, and a callback attempt begins, after what
  // it shows is saved. Empty: nothing is saved.
  std::string state_file = {};
  StateSync state_sync = StateSync::off;

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

// A snapshot cannot be restored. what() has one line for each problem: the file, the place, and what was
// expected.
struct SnapshotError : std::runtime_error {
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

// The present state does not allow the call. Examples: advance on a running clock, a second advance at the same time,
// an enrichment that has resolved already, a wait while the state file cannot be written, a call after stop().
struct ConflictError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The team has no enrichment or callback with this id.
struct NotFoundError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An argument can never be valid, for example a negative duration. what() says what is expected.
struct ArgumentError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// The clock would pass the last year of team time, 2999.
struct TimeRangeError : std::out_of_range {
  using std::out_of_range::out_of_range;
};

}  // namespace enrichment_mock
