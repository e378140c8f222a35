// What the program was asked to do, as plain data, resolved once: a flag, else its ENRICHMENT_MOCK_* variable, else the
// default that stands here. Nothing here starts anything; --scenarios is listed, and files are looked at.
#pragma once
#include <cstdint>
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

namespace enrichment_mock::cli {

// A running mock as the commands that ask one find it.
struct Target {
  std::string url;      // "http://127.0.0.1:8080"
  std::string ca_file;  // PEM; empty: the system's authorities
  bool any_certificate = false;
};

// Each command reads those that its flags set.
struct Settings {
  // serve starts it, scenarios lists what it would load, healthcheck and verify look for the one that these start.
  Options emulator{.port = 8080};
  std::string port_file;       // empty: none
  std::string authority_file;  // for the authority of a self-signed certificate; empty: none
  LogSettings log;

  Target mock;
  std::string key;           // the team's that verify is about
  std::string expectations;  // file with {"expect":[…]}; "-": standard input; empty: the scenario's own `expect`

  std::vector<std::string> paths;  // validate's files and directories; "-", once: standard input
  bool as_json = false;

  std::string starter_file;  // init's; empty: standard output
  std::string starter_name;  // of its scenario
};

// What the settings of a command are made of.
struct SettingsInput {
  std::string_view command;
  std::span<const Flag> flags;
  Arguments arguments;
  const Environment& environment;
  std::span<const std::string> shipped;  // the names that --scenario may mean without a file
};

// For each command. What is wrong is added to `problems`; the result is of no use then.
Settings serve_settings(const SettingsInput& in, Problems& problems);
Settings init_settings(const SettingsInput& in, Problems& problems);
Settings validate_settings(const SettingsInput& in, Problems& problems);
Settings healthcheck_settings(const SettingsInput& in, Problems& problems);
Settings verify_settings(const SettingsInput& in, Problems& problems);

// "https://[::1]:8080"; a server that listens everywhere is found at 127.0.0.1, with or without IPv6.
std::string local_url(bool tls, const std::string& host, std::uint16_t port);

}  // namespace enrichment_mock::cli
