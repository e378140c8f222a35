// What the program was asked to do, as plain structs, resolved once: a flag, else its ENRICHMENT_MOCK_* variable, else
// a default. Nothing here starts anything; --scenarios is listed, and files are looked at.
#pragma once
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "cli/flags.h"
#include "cli/target.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

enum class LogFormat { automatic, text, json };

struct LogSettings {
  LogFormat format = LogFormat::automatic;  // automatic: text on a terminal, else JSON lines
  std::string file;                         // empty: standard error
  bool colour = true;                       // allowed, should the log be text on a terminal
  bool requests = true;                     // a line for each request
};

struct Serve {
  Options emulator;
  std::string port_file;    // empty: none
  std::string tls_ca_file;  // for the authority of a self-signed certificate; empty: none
  LogSettings log;
};

struct Validate {
  std::vector<std::string> words;  // files, directories, and "-" for standard input, which stands once
  bool as_json = false;
};

struct Init {
  std::string file;  // empty: standard output
  std::string name;  // of the scenario
};

struct ListScenarios {
  Options loaded;
};

struct Healthcheck {
  Target mock;
};

// Asks a running mock whether what has happened is what was expected.
struct Verify {
  Target mock;
  std::string key;    // the team's; empty: none is sent
  std::string token;  // of the control API; empty: none
  std::string file;   // with {"expect":[…]}; "-": standard input; empty: the scenario's own `expect`
};

struct ShowText {  // help, version
  std::string text;
};

using Command = std::variant<Serve, Init, Validate, ListScenarios, Healthcheck, Verify, ShowText>;

// The command line or the environment is wrong. what() names every problem, one a line.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `args` without the program's name; `environment` in full; `shipped`: the names that --scenario may mean.
// Throws UsageError.
Command parse_command(std::span<const std::string> args, const Environment& environment,
                      std::span<const std::string> shipped);

}  // namespace enrichment_mock::cli
