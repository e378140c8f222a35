// The settings of a command as plain data, resolved once: a flag, otherwise its ENRICHMENT_MOCK_* variable, otherwise
// the default in this file. Resolving lists the --scenarios directory and reads files; it starts nothing.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/flags.h"
#include "cli/log.h"
#include "cli/process.h"
#include "cli/values.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::upstream {
enum class Hidden : unsigned char;
}

namespace enrichment_mock::cli {

// The running mock that healthcheck and verify connect to.
struct Target {
  std::string url;      // "http://127.0.0.1:8080"
  std::string ca_file;  // PEM; empty: the system's certificate authorities
  bool any_certificate = false;
};

// Each command uses the members that its flags set.
struct Settings {
  // serve starts an emulator with these options, and record a server with some of them; scenarios lists what it would
  // load; healthcheck and verify derive the mock's address from them.
  Options emulator{.port = 8080};
  std::string port_file;       // empty: none
  std::string authority_file;  // where to write the authority of a self-signed certificate; empty: nowhere
  bool stop_on_eof = false;    // serve stops when standard input ends
  std::string restored_file;   // snapshot with which serve continues; empty: none
  bool opens_browser = false;  // to show it
  LogSettings log;

  Target mock;
  std::string key;           // API key of the team that verify checks
  std::string expectations;  // file with {"expect":[…]}; "-": standard input; empty: `expect` of the scenario
  // How long verify and exec wait, or the command of audit may run, or compare waits for a response; empty: what the
  // expectations say, or a default.
  std::optional<std::chrono::milliseconds> wait;
  bool shows_advice = false;    // verify prints the advice, too
  std::string junit_file;       // empty: none
  bool github_actions = false;  // the program runs in a workflow of GitHub Actions

  std::vector<std::string> command;  // that exec and audit run, with its arguments
  Environment environment;           // of that command
  bool verifies = false;             // exec checks `expect` of the scenario
  std::optional<Severity> fail_on;   // findings of that severity or a higher one fail exec and audit; empty: none do
  std::string snapshot_file;         // that exec writes if something has failed; empty: none

  std::vector<std::string> scenarios;     // names, in which audit runs the command
  std::size_t jobs = 1;                   // how many of them at a time
  std::string recording, recording_name;  // file that record writes, and name of its scenario
  std::string public_url;                 // where the upstream reaches callback_port; empty: callbacks are not recorded
  std::uint16_t callback_port = 0;
  upstream::Hidden hidden{};  // what pseudonyms replace in the recording: by default emails

  Target upstream;               // the real API, for compare and record
  std::string upstream_key;      // its API key
  unsigned spend = 0;            // how many lookups may cost a credit
  bool dry_run = false;          // print the questions only
  std::string scenario_file;     // that compare writes; empty: none
  std::string written_scenario;  // its name

  std::vector<std::string> paths;  // files and directories for validate; "-": standard input
  bool as_json = false;

  std::string state_path;     // file that state shows
  bool checks_state = false;  // or checks

  std::string starter_file;  // file that init writes; empty: standard output
  std::string starter_name;  // name of its scenario
};

// The sources of a command's settings.
struct SettingsInput {
  std::string_view command;
  std::span<const Flag> flags;
  Arguments arguments;
  const Environment& environment;
  std::span<const std::string> shipped;  // names of the shipped scenarios
};

// One function per command. Errors are added to `problems`; do not use the result if there are any.
Settings serve_settings(const SettingsInput& in, Problems& problems);
Settings init_settings(const SettingsInput& in, Problems& problems);
Settings validate_settings(const SettingsInput& in, Problems& problems);
Settings healthcheck_settings(const SettingsInput& in, Problems& problems);
Settings verify_settings(const SettingsInput& in, Problems& problems);
Settings exec_settings(const SettingsInput& in, Problems& problems);
Settings audit_settings(const SettingsInput& in, Problems& problems);
Settings compare_settings(const SettingsInput& in, Problems& problems);
Settings record_settings(const SettingsInput& in, Problems& problems);
Settings state_settings(const SettingsInput& in, Problems& problems);

// "https://[::1]:8080". A server that listens on all addresses is reachable at 127.0.0.1, with or without IPv6.
std::string local_url(bool tls, const std::string& host, std::uint16_t port);

}  // namespace enrichment_mock::cli
