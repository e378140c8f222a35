#include "cli/emulator_options.h"

#include <limits>
#include <utility>

#include "cli/network_values.h"
#include "cli/scenario_files.h"

namespace enrichment_mock::cli {
namespace {

constexpr double kLeastTimeScale = 0.001, kMostTimeScale = 1'000'000;  // as in a scenario file
constexpr std::uint64_t kMostCredits = 1'000'000'000'000;
constexpr std::uint64_t kMostTeams = 10'000'000;
constexpr std::uint64_t kMostJournal = 1'000'000;
constexpr std::uint64_t kMostResolved = 1'000'000'000;

// Entries that may hold commas themselves: only a variable, which has no other way, separates them by commas.
std::vector<Given> entries_of(const Arguments& arguments, std::string_view flag) {
  std::vector<Given> entries;
  for (const Given& given : arguments.all(flag)) {
    const bool whole = given.source.starts_with("--");
    for (std::string& part : whole ? std::vector{given.text} : split(given.text))
      entries.push_back({given.source, std::move(part)});
  }
  return entries;
}

void read_time(const Arguments& arguments, Options& options, Problems& problems) {
  if (const auto clock = to_choice(arguments.last("clock"), {"manual", "running"}, problems))
    options.manual_clock = *clock == 0;
  options.time_scale = to_factor(arguments.last("time-scale"), kLeastTimeScale, kMostTimeScale, problems);
}

void read_sizes(const Arguments& arguments, Options& options, Problems& problems) {
  options.seed = to_number(arguments.last("seed"), 0, std::numeric_limits<std::uint64_t>::max(), problems);
  if (const auto credits = to_number(arguments.last("credits"), 0, kMostCredits, problems))
    options.credits = static_cast<std::int64_t>(*credits);
  if (const auto teams = to_number(arguments.last("max-teams"), 1, kMostTeams, problems)) options.max_teams = *teams;
  if (const auto most = to_number(arguments.last("keep-resolved"), 1, kMostResolved, problems))
    options.keep_resolved = *most;
  options.keep_resolved_for = to_time(arguments.last("keep-resolved-for"), problems);
  if (const auto size = to_number(arguments.last("journal-size"), 0, kMostJournal, problems))
    options.journal_size = *size;
}

void read_admin(const Arguments& arguments, Options& options, Problems& problems) {
  for (const Given& given : arguments.all("admin-host"))
    for (std::string& name : split(given.text)) options.admin_hosts.push_back(std::move(name));
  options.admin_token = to_token(arguments.last("admin-token"), problems).value_or("");
}

void read_callbacks(const Arguments& arguments, Options& options, Problems& problems) {
  for (const Given& given : arguments.all("callback-allow"))
    for (std::string& target : to_targets(given, problems)) options.callback_allow.push_back(std::move(target));
  for (const Given& entry : entries_of(arguments, "callback-rewrite"))
    if (auto rewrite = to_rewrite(entry, problems)) options.callback_rewrite.push_back(*std::move(rewrite));
  if (const auto time = to_time(arguments.last("callback-timeout"), problems)) options.callback_timeout = *time;
  options.callback_ca = to_certificates(arguments.last("callback-ca"), problems).value_or("");
  options.callback_insecure = to_bool(arguments.last("callback-insecure"), problems).value_or(false);
}

// `given` is of no use without, or beside, the others.
void complain_of_company(const MaybeGiven& given, std::string_view expected, Problems& problems) {
  if (given) problems.push_back(given->source + ": expected " + std::string(expected) + " beside it");
}

void read_tls(const Arguments& arguments, Options& options, Problems& problems) {
  const auto certificate = arguments.last("tls-cert"), key = arguments.last("tls-key");
  options.tls_self_signed = to_bool(arguments.last("tls-self-signed"), problems).value_or(false);
  for (const Given& given : arguments.all("tls-names"))
    for (std::string& name : to_hosts(given, problems)) options.tls_names.push_back(std::move(name));
  if (options.tls_self_signed) {
    complain_of_company(certificate, "no --tls-self-signed", problems);
    complain_of_company(key, "no --tls-self-signed", problems);
    return;
  }
  complain_of_company(arguments.last("tls-names"), "--tls-self-signed", problems);
  complain_of_company(arguments.last("tls-ca-file"), "--tls-self-signed", problems);
  if (!key) complain_of_company(certificate, "--tls-key", problems);
  if (!certificate) complain_of_company(key, "--tls-cert", problems);
  if (!certificate || !key) return;
  check_identity(*certificate, *key, problems);
  options.tls_cert = certificate->text;
  options.tls_key = key->text;
}

}  // namespace

std::string host_of(const Arguments& arguments, Problems& problems) {
  return to_host(arguments.last("host"), problems).value_or("127.0.0.1");
}

std::uint16_t port_of(const Arguments& arguments, Problems& problems) {
  return static_cast<std::uint16_t>(to_number(arguments.last("port"), 0, 65'535, problems).value_or(8080));
}

void read_scenarios(const Arguments& arguments, std::span<const std::string> shipped, Options& options,
                    Problems& problems) {
  const auto directory = arguments.last("scenarios");
  auto chosen = choose_scenarios(entries_of(arguments, "scenario"), directory, shipped, problems);
  options.scenario_files = std::move(chosen.files);
  options.default_scenario = std::move(chosen.default_scenario);
  if (directory) options.watch_directories = {directory->text};
}

Options emulator_options(const Arguments& arguments, std::span<const std::string> shipped, Problems& problems) {
  Options options;
  options.host = host_of(arguments, problems);
  options.port = port_of(arguments, problems);
  read_tls(arguments, options, problems);
  read_scenarios(arguments, shipped, options, problems);
  options.watch = to_bool(arguments.last("watch"), problems).value_or(false);
  read_time(arguments, options, problems);
  read_sizes(arguments, options, problems);
  read_admin(arguments, options, problems);
  read_callbacks(arguments, options, problems);
  return options;
}

}  // namespace enrichment_mock::cli
