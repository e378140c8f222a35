// The emulator as a library: include this header, which includes the others of this folder. The enrichment-mock program
// is built on it.
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
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "enrichment_mock/options.h"
#include "enrichment_mock/team.h"

namespace enrichment_mock {

struct ScenarioInfo;

class Emulator {
 public:
  using Team = enrichment_mock::Team;

  // Starts the server: it accepts connections when the constructor returns. Throws ScenarioError and StartError.
  explicit Emulator(Options options = {});
  ~Emulator();  // stops
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  std::uint16_t port() const;
  std::string url() const;                      // "http://127.0.0.1:41873", or https; no trailing slash
  std::string default_scenario() const;         // its name
  std::vector<ScenarioInfo> scenarios() const;  // that are loaded, sorted by name

  // A URL for callbacks to a receiver inside the mock; see Team::sink. The name is yours to choose: 1 to 64 letters,
  // digits, dashes, underscores and dots. Throws ArgumentError for any other.
  std::string sink_url(std::string_view name) const;

  // With tls_self_signed: the certificate authority that clients must trust, in PEM. Empty otherwise.
  std::string tls_authority() const;
  // The certificate's SHA-256 fingerprint, "9F:86:…". Empty without TLS.
  std::string tls_fingerprint() const;

  // The team that requests with this API key belong to. Opens it if it does not exist.
  // Throws ArgumentError if the API would refuse the key with 401; ConflictError if no more teams can be opened.
  Team team(std::string_view api_key);

  // The teams that are open, in the order in which they were opened.
  std::vector<TeamInfo> teams() const;

  // The selected requests that belong to no team, for example because their key was refused; at most
  // Options::journal_size, oldest first. RequestFilter::since is real time here. Throws ArgumentError like
  // Team::requests.
  std::vector<JournaledRequest> requests_without_team(const RequestFilter& filter = {}) const;

  // Resets all teams, and clears the journal of calls that belong to no team.
  void reset();

  // Loads a scenario, a JSON text, in addition to the others; it replaces one of the same name, also in teams that run
  // that. Throws ScenarioError.
  void load_scenario(std::string_view text);

  // Everything about all teams as JSON, as GET /__admin/snapshot has it.
  std::string snapshot() const;

  // Continues with each team of a snapshot, see Team::restore. If there is only one, its API key is "restored";
  // otherwise it is "restored-" and the id that it has in the snapshot. `file` is used in messages. Throws
  // SnapshotError, and nothing changes; ConflictError once stop() was called; and like team().
  struct Restored {
    std::string api_key;
    TeamInfo team;
  };
  std::vector<Restored> restore(std::string_view snapshot, const std::string& file = {});

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
  std::vector<std::string> api_keys = {};  // that it lists
  bool accepts_any_key = true;  // a key such as NAME.test-1 opens a team in it; false: only those that it lists do
  bool has_schedule = false;    // a schedule or a rate limit: what it does depends on when calls come
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
