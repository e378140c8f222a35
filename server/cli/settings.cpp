#include "cli/settings.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "upstream/http_client.h"

namespace enrichment_mock::cli {
namespace {

namespace fs = std::filesystem;

const std::string kStarterFile = "my-scenario.json";
constexpr std::size_t kCommandJournalSize = 100'000, kCommandJournalBytes = 128 * 1024 * 1024;

void read_flags(const SettingsInput& in, const Arguments& arguments, Settings& settings, Problems& problems) {
  for (const Flag& flag : in.flags)
    if (const auto given = arguments.all(flag.name); !given.empty() && flag.read)
      flag.read(FlagReader(given, problems), settings);
}

// Empty variables count as not set, except this one: without its token, the control API would be open.
void check_token_variable(const Environment& environment, Problems& problems) {
  const auto found = environment.find(variable_of("admin-token"));
  if (found != environment.end() && found->second.empty()) problems.push_back(found->first + ": its value is empty");
}

bool is_set(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found != environment.end() && !found->second.empty();
}

// False with NO_COLOR (https://no-color.org) and on terminals without colours.
bool allows_colour(const Environment& environment) {
  const auto terminal = environment.find("TERM");
  return !is_set(environment, "NO_COLOR") && (terminal == environment.end() || terminal->second != "dumb");
}

void refuse_flag(const Arguments& arguments, std::string_view flag, std::string_view why, Problems& problems) {
  if (const auto given = arguments.last(flag)) problems.push_back(given->source + ": " + std::string(why));
}

void check_tls(const Arguments& arguments, const Settings& settings, Problems& problems) {
  if (settings.emulator.tls_self_signed) {
    refuse_flag(arguments, "tls-cert", "cannot be used with --tls-self-signed", problems);
    refuse_flag(arguments, "tls-key", "cannot be used with --tls-self-signed", problems);
    return;
  }
  const auto certificate = arguments.last("tls-cert"), key = arguments.last("tls-key");
  refuse_flag(arguments, "tls-names", "--tls-self-signed is missing", problems);
  refuse_flag(arguments, "tls-ca-file", "--tls-self-signed is missing", problems);
  if (!key) refuse_flag(arguments, "tls-cert", "--tls-key is missing", problems);
  if (!certificate) refuse_flag(arguments, "tls-key", "--tls-cert is missing", problems);
  if (!certificate || !key) return;
  const auto problem = tls_problem(certificate->text, key->text);
  if (!problem) return;
  const FlagValue& at_fault = problem->file == TlsProblem::File::certificate ? *certificate : *key;
  problems.push_back(at_fault.source + ": " + at_fault.text + " is not valid: " + problem->message);
}

// A text with a slash or the ending .json is a file; anything else is a scenario's name.
bool is_file(std::string_view text) { return text.find('/') != std::string_view::npos || text.ends_with(".json"); }

std::string scenario_name(const std::string& file) { return fs::path(file).stem().string(); }

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || fs::equivalent(a, b, error);
}

// The file in `files` with the same scenario name as `file`, or null. A scenario has its file's name.
const std::string* find_of_same_name(const std::vector<std::string>& files, const std::string& file) {
  const auto found = std::ranges::find(files, scenario_name(file), scenario_name);
  return found == files.end() ? nullptr : &*found;
}

void add_file(std::vector<std::string>& files, const FlagValue& value, Problems& problems) {
  const auto* known = find_of_same_name(files, value.text);
  if (!known)
    files.push_back(value.text);
  else if (!is_same_file(*known, value.text))
    problems.push_back(value.source + ": both " + *known + " and " + value.text + " define the scenario \"" +
                       scenario_name(value.text) + "\": expected only one of them");
}

std::vector<std::string> files_of(const FlagValue& directory, Problems& problems) {
  const auto files = scenario_files_in(directory.text);
  if (!files) problems.push_back(invalid(directory, "a directory that can be read"));
  return files.value_or(std::vector<std::string>{});
}

// A --scenario is a file, the name of a shipped scenario, or the name of a file in --scenarios. The first one is the
// default scenario. With --scenarios only, the default scenario is "default". --scenario FILE overrides a file of the
// same name in --scenarios. Two different --scenario files of the same name are a problem.
void choose_scenarios(const SettingsInput& in, Options& options, Problems& problems) {
  const auto directory = in.arguments.last("scenarios");
  const auto given = FlagReader(in.arguments.all("scenario"), problems).entries();
  const auto in_directory = directory ? files_of(*directory, problems) : std::vector<std::string>{};
  std::vector<std::string> names(in.shipped.begin(), in.shipped.end());
  std::ranges::transform(in_directory, std::back_inserter(names), scenario_name);

  std::vector<std::string>& files = options.scenario_files;
  for (const FlagValue& value : given) {
    if (is_file(value.text)) {
      add_file(files, value, problems);
    } else if (std::ranges::find(names, value.text) == names.end()) {
      problems.push_back(value.source + ": there is no scenario \"" + value.text +
                         "\": expected a file, or a name from " + "the output of enrichment-mock scenarios" +
                         did_you_mean(value.text, names));
    } else if (&value == &given.front()) {
      options.default_scenario = value.text;
    }
  }
  if (given.empty() && !in_directory.empty()) options.default_scenario = "default";
  const auto overriding = files;
  for (const std::string& file : in_directory)
    if (!find_of_same_name(overriding, file)) files.push_back(file);
  if (directory) options.watch_directories = {directory->text};
}

// The scenarios of audit: names, files and directories; all shipped ones if none are given.
void choose_audited_scenarios(const SettingsInput& in, Settings& settings, Problems& problems) {
  settings.scenarios.assign(in.shipped.begin(), in.shipped.end());
  const auto given = FlagReader(in.arguments.all("scenarios"), problems).parts();
  if (given.empty()) return;
  std::vector<std::string>& files = settings.emulator.scenario_files;
  std::vector<std::string> chosen;
  std::vector<const FlagValue*> names;
  for (const FlagValue& value : given) {
    std::error_code error;
    const bool is_directory = fs::is_directory(value.text, error);
    if (!is_directory && !is_file(value.text)) {
      names.push_back(&value);
      continue;
    }
    for (const std::string& file : is_directory ? files_of(value, problems) : std::vector{value.text}) {
      add_file(files, {value.source, file}, problems);
      chosen.push_back(scenario_name(file));
    }
  }
  auto known = settings.scenarios;
  std::ranges::transform(files, std::back_inserter(known), scenario_name);
  for (const FlagValue* name : names) {
    if (std::ranges::find(known, name->text) == known.end())
      problems.push_back(name->source + ": there is no scenario \"" + name->text +
                         "\": expected a file, a directory, or a name from the output of enrichment-mock scenarios" +
                         did_you_mean(name->text, known));
    chosen.push_back(name->text);
  }
  settings.scenarios = std::move(chosen);
}

// --key and --api-key are the same. A flag overrides the variable of the other.
void choose_key(Arguments& arguments, Problems& problems) {
  const auto key = arguments.last("key"), api_key = arguments.last("api-key");
  if (!key || !api_key) return;
  const auto is_flag = [](const FlagValue& value) { return value.source.starts_with("--"); };
  if (is_flag(*key) && is_flag(*api_key)) problems.emplace_back("--key: cannot be used with --api-key");
  arguments.flags.erase(is_flag(*key) ? "api-key" : "key");
}

// With --url, only --url and --tls-ca-file describe the mock. Without it, the mock is on this machine at --host and
// --port, and any certificate is accepted. The other flags are ignored, because their variables may be set for a serve
// that runs on the same machine.
Settings mock_settings(const SettingsInput& in, Problems& problems) {
  const bool has_url = in.arguments.last("url").has_value();
  Arguments arguments = in.arguments;
  if (has_url)
    for (const char* flag : {"host", "port", "tls-self-signed", "tls-cert"}) arguments.flags.erase(flag);
  else
    arguments.flags.erase("tls-ca-file");
  choose_key(arguments, problems);
  Settings settings;
  read_flags(in, arguments, settings, problems);
  if (has_url) return settings;
  const Options& started = settings.emulator;
  if (started.port == 0)
    problems.push_back(std::string(in.command) + ": port 0 does not tell where the mock listens: expected --url");
  settings.mock.url = local_url(started.tls_self_signed || !started.tls_cert.empty(), started.host, started.port);
  settings.mock.any_certificate = true;
  return settings;
}

// A scenario has its file's name.
bool is_scenario_file_name(const std::string& file) {
  constexpr base::CharacterSet kAllowed = base::kDigits.with_range('a', 'z').with("-");
  const auto name = scenario_name(file);
  return fs::path(file).extension() == ".json" && !name.empty() && kAllowed.has_all(name);
}

// Messages do not show the flag's value: somebody may give the key itself.
void read_upstream_key(const SettingsInput& in, Settings& settings, Problems& problems) {
  const auto name = in.arguments.last("key-env");
  if (!name) {
    problems.emplace_back("compare: --key-env is missing: the name of the environment variable that has the API key");
    return;
  }
  const auto found = in.environment.find(name->text);
  if (found == in.environment.end() || found->second.empty()) {
    problems.push_back(name->source +
                       ": no environment variable of this name is set: expected the name of the one with the API key");
    return;
  }
  const std::vector<FlagValue> value{{"the variable of " + name->source, found->second}};
  FlagReader(value, problems).read_key(settings.upstream_key);
}

// The key must not be sent where others can read it.
void check_upstream(const SettingsInput& in, const Settings& settings, Problems& problems) {
  const auto given = in.arguments.last("upstream");
  if (!given)
    problems.push_back(std::string(in.command) + ": --upstream is missing: the URL of the real API");
  else if (settings.upstream.url.starts_with("http:") && !upstream::is_loopback(settings.upstream.url))
    problems.push_back(invalid(
        *given,
        "https://, because the key is sent there; http:// only for this machine, such as http://127.0.0.1:8080"));
}

// Reads what starts a mock into settings that have the command's defaults.
Settings started_mock_settings(const SettingsInput& in, Settings settings, Problems& problems) {
  check_token_variable(in.environment, problems);
  read_flags(in, in.arguments, settings, problems);
  check_tls(in.arguments, settings, problems);
  choose_scenarios(in, settings.emulator, problems);
  settings.emulator.in_container = in_container(in.environment);
  settings.log.colour = allows_colour(in.environment);
  return settings;
}

// On a desktop, unless a variable forbids it as users of other tools expect.
bool may_open_browser(const Environment& environment) {
  const auto browser = environment.find("BROWSER");
  if (is_set(environment, "CI") || (browser != environment.end() && browser->second == "none")) return false;
#ifdef __APPLE__
  return true;
#else
  return is_set(environment, "DISPLAY") || is_set(environment, "WAYLAND_DISPLAY");
#endif
}

bool in_github_actions(const Environment& environment) {
  const auto variable = environment.find("GITHUB_ACTIONS");
  return variable != environment.end() && variable->second == "true";
}

// The settings of a mock for one command: on a free port, and with a journal that also keeps the calls of a client that
// makes far too many.
Settings defaults_for_command() {
  Settings settings;
  settings.emulator.port = 0;
  settings.emulator.journal_size = kCommandJournalSize;
  settings.emulator.journal_bytes = kCommandJournalBytes;
  return settings;
}

// The command is what comes after "--". Its standard error has no log of the mock.
void read_command(const SettingsInput& in, Settings& settings, Problems& problems) {
  const auto& words = in.arguments.positional;
  const auto begin = words.end() - static_cast<std::ptrdiff_t>(in.arguments.after_flags);
  if (begin != words.begin())
    problems.push_back("unexpected argument \"" + words.front() + "\"; expected -- before the command");
  else if (begin == words.end())
    problems.push_back(std::string(in.command) + ": expected -- and the command to run");
  settings.command.assign(begin, words.end());
  settings.environment = in.environment;
  settings.github_actions = in_github_actions(in.environment);
  if (settings.log.file.empty()) settings.log.file = "/dev/null", settings.log.quiet = true;
}

// Its scenario has the file's name.
void check_recording_file(const Arguments& arguments, const Settings& settings, Problems& problems) {
  const auto file = arguments.last("out");
  if (!file) return problems.emplace_back("record: --out is missing: expected a file such as recorded.json"), void();
  if (!is_scenario_file_name(settings.recording))
    problems.push_back(invalid(*file, "a file name such as recorded.json, of lower-case letters, digits and hyphens"));
}

void check_callback_address(const Arguments& arguments, Problems& problems) {
  const auto url = arguments.last("public-url"), port = arguments.last("callback-port");
  if (url && !port) problems.push_back(url->source + ": --callback-port is missing");
  if (port && !url) problems.push_back(port->source + ": --public-url is missing");
}

}  // namespace

Settings serve_settings(const SettingsInput& in, Problems& problems) {
  Settings settings = started_mock_settings(in, {}, problems);
  settings.opens_browser = may_open_browser(in.environment);
  return settings;
}

Settings exec_settings(const SettingsInput& in, Problems& problems) {
  Settings settings = started_mock_settings(in, defaults_for_command(), problems);
  read_command(in, settings, problems);
  return settings;
}

Settings audit_settings(const SettingsInput& in, Problems& problems) {
  Settings settings = defaults_for_command();
  read_flags(in, in.arguments, settings, problems);
  choose_audited_scenarios(in, settings, problems);
  settings.emulator.in_container = in_container(in.environment);
  read_command(in, settings, problems);
  return settings;
}

Settings record_settings(const SettingsInput& in, Problems& problems) {
  Settings settings;
  read_flags(in, in.arguments, settings, problems);
  check_tls(in.arguments, settings, problems);
  settings.recording_name = scenario_name(settings.recording);
  check_upstream(in, settings, problems);
  check_recording_file(in.arguments, settings, problems);
  check_callback_address(in.arguments, problems);
  settings.log.colour = allows_colour(in.environment);
  return settings;
}

// The scenario gets its file's name.
Settings init_settings(const SettingsInput& in, Problems& problems) {
  const auto& given = in.arguments.positional;
  const std::string word = given.empty() ? kStarterFile : given.front();
  if (given.size() > 1) problems.push_back("init: unexpected argument \"" + given[1] + "\"");
  const std::string file = word == "-" ? kStarterFile : word;
  Settings settings;
  settings.starter_name = scenario_name(file);
  if (word != "-") settings.starter_file = file;
  if (!is_scenario_file_name(file))
    problems.push_back("init: \"" + word + "\" is not valid: expected a file name such as " + kStarterFile +
                       ", of lower-case letters, digits and hyphens");
  return settings;
}

Settings validate_settings(const SettingsInput& in, Problems& problems) {
  Settings settings;
  settings.paths = in.arguments.positional;
  if (settings.paths.empty()) problems.emplace_back("validate: expected scenario files, directories, or -");
  if (std::ranges::count(settings.paths, "-") > 1)
    problems.emplace_back("validate: - is given twice: standard input can be read only once");
  read_flags(in, in.arguments, settings, problems);
  return settings;
}

Settings state_settings(const SettingsInput& in, Problems& problems) {
  Settings settings;
  const auto& given = in.arguments.positional;
  if (given.empty() || given.front().empty()) problems.emplace_back("state: expected the file of --state");
  if (given.size() > 1) problems.push_back("state: unexpected argument \"" + given[1] + "\"");
  if (!given.empty()) settings.state_path = given.front();
  read_flags(in, in.arguments, settings, problems);
  return settings;
}

Settings healthcheck_settings(const SettingsInput& in, Problems& problems) { return mock_settings(in, problems); }

Settings verify_settings(const SettingsInput& in, Problems& problems) {
  check_token_variable(in.environment, problems);
  Settings settings = mock_settings(in, problems);
  settings.github_actions = in_github_actions(in.environment);
  if (!in.arguments.last("key") && !in.arguments.last("api-key"))
    problems.emplace_back("verify: --api-key is missing: it selects the team to check");
  return settings;
}

// A dry run needs neither a URL nor a key.
Settings compare_settings(const SettingsInput& in, Problems& problems) {
  Settings settings;
  read_flags(in, in.arguments, settings, problems);
  choose_scenarios(in, settings.emulator, problems);
  settings.github_actions = in_github_actions(in.environment);
  if (!settings.dry_run) {
    check_upstream(in, settings, problems);
    read_upstream_key(in, settings, problems);
  }
  if (const auto file = in.arguments.last("write"); file && !is_scenario_file_name(file->text))
    problems.push_back(invalid(*file, "a file name such as upstream.json, of lower-case letters, digits and hyphens"));
  settings.written_scenario = scenario_name(settings.scenario_file);
  return settings;
}

std::string local_url(bool tls, const std::string& host, std::uint16_t port) {
  const std::string reachable = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host;
  const bool v6 = reachable.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (v6 ? "[" + reachable + "]" : reachable) + ":" + std::to_string(port);
}

}  // namespace enrichment_mock::cli
