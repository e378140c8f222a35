#include "cli/flags.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/limits.h"
#include "cli/settings.h"
#include "upstream/pseudonyms.h"

namespace enrichment_mock::cli {
namespace {

// Flags that more than one command takes.

constexpr Flag kHost{"host", "ADDRESS", "address to listen on (127.0.0.1)", "Server",
                     [](const FlagReader& in, Settings& to) { in.read_host(to.emulator.host); }};
constexpr Flag kPort{"port", "N", "port to listen on; 0 picks a free one (8080)", "Server",
                     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.port, 0, 65'535); }};
constexpr Flag kAdminToken{"admin-token", "TOKEN", "require Authorization: Bearer TOKEN", "Control API",
                           [](const FlagReader& in, Settings& to) { in.read_token(to.emulator.admin_token); }};
constexpr Flag kTlsSelfSigned{"tls-self-signed", "", "use https with a generated certificate", "TLS",
                              [](const FlagReader& in, Settings& to) { in.read_bool(to.emulator.tls_self_signed); }};
constexpr Flag kTlsCert{"tls-cert", "FILE", "use https with this certificate chain (PEM)", "TLS",
                        [](const FlagReader& in, Settings& to) { in.read_text(to.emulator.tls_cert); }};
constexpr Flag kScenario{"scenario", "NAME|FILE",
                         "shipped scenario or file; repeatable; the first\none is the default scenario", "Scenario",
                         nullptr};
constexpr Flag kScenarios{"scenarios", "DIR", "load all *.json files in this directory", "Scenario", nullptr};

constexpr Flag kTimeout{"timeout", "TIME", "wait for the expectations at most that long", "Expectations",
                        [](const FlagReader& in, Settings& to) { in.read_time(to.wait); }};
constexpr Flag kJunit{"junit", "FILE", "write the result as JUnit XML", "Report",
                      [](const FlagReader& in, Settings& to) { in.read_text(to.junit_file); }};

constexpr Flag kFailOn{
    "fail-on", "SEVERITY", "also fail if the advice has such a finding, or a\nmore severe one: note, warning or error",
    "Report", [](const FlagReader& in, Settings& to) {
      in.read_choice(to.fail_on,
                     {{"note", Severity::note}, {"warning", Severity::warning}, {"error", Severity::error}});
    }};
constexpr Flag kFormat{"format", "FORMAT", "text, or json for tools", "Output", [](const FlagReader& in, Settings& to) {
                         in.read_choice(to.as_json, {{"text", false}, {"json", true}});
                       }};

constexpr Flag kServeFlags[] = {
    kHost,
    kPort,
    {"port-file", "FILE", "write the port to this file when ready", "Server",
     [](const FlagReader& in, Settings& to) { in.read_text(to.port_file); }},
    {"stop-on-eof", "", "stop when standard input ends", "Server",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.stop_on_eof); }},
    {"max-teams", "N", "maximum number of teams (10000)", "Server",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.max_teams, 1, 10'000'000); }},
    {"keep-resolved", "N", "resolved enrichments kept per team (1000000)", "Server",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.keep_resolved, 1, 1'000'000'000); }},
    {"keep-resolved-for", "TIME", "how long they are kept, by the team's clock", "Server",
     [](const FlagReader& in, Settings& to) { in.read_time(to.emulator.keep_resolved_for); }},
    {"state", "FILE", "keep the state of all teams in this file (SQLite)", "Server",
     [](const FlagReader& in, Settings& to) { in.read_text(to.emulator.state_file); }},
    {"restore", "FILE", "continue with this snapshot, and show it", "Server",
     [](const FlagReader& in, Settings& to) { in.read_text(to.restored_file); }},
    {"state-sync", "WHEN", "when it reaches the disk: off, normal, full (off)", "Server",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(to.emulator.state_sync,
                      {{"off", StateSync::off}, {"normal", StateSync::normal}, {"full", StateSync::full}});
     }},
    kTlsSelfSigned,
    {"tls-names", "NAMES", "hosts in the certificate (localhost, 127.0.0.1,\n::1 and this machine's name)", "TLS",
     [](const FlagReader& in, Settings& to) { in.read_hosts(to.emulator.tls_names); }},
    {"tls-ca-file", "FILE", "write its authority here for clients to trust", "TLS",
     [](const FlagReader& in, Settings& to) { in.read_text(to.authority_file); }},
    kTlsCert,
    {"tls-key", "FILE", "private key of the certificate (PEM)", "TLS",
     [](const FlagReader& in, Settings& to) { in.read_text(to.emulator.tls_key); }},
    {"journal-size", "N", "calls and attempts kept per team; 0: none (1000)", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.journal_size, 0, 1'000'000); }},
    {"journal-bytes", "SIZE", "memory for what is kept of a team (16MB)", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_size(to.emulator.journal_bytes, base::kMinJournalBytes); }},
    {"journal-total-bytes", "SIZE", "memory for what is kept of all teams (256MB)", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_size(to.emulator.journal_total_bytes, base::kMinJournalBytes); }},
    {"admin-host", "NAMES", "also accept these host names; repeatable", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_hosts(to.emulator.admin_hosts); }},
    kAdminToken,
    kScenario,
    kScenarios,
    {"watch", "", "reload scenario files when they change", "Scenario",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.emulator.watch); }},
    {"seed", "N", "make ids and random choices reproducible", "Scenario",
     [](const FlagReader& in, Settings& to) {
       in.read_number(to.emulator.seed, 0, std::numeric_limits<std::uint64_t>::max());
     }},
    {"credits", "N", "opening balance of every team", "Scenario",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.credits, 0, base::kMaxCredits); }},
    {"clock", "MODE", "manual or running", "Scenario",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(to.emulator.manual_clock, {{"manual", true}, {"running", false}});
     }},
    {"time-scale", "X", "run the clock X times as fast", "Scenario",
     [](const FlagReader& in, Settings& to) {
       in.read_factor(to.emulator.time_scale, base::kMinTimeScale, base::kMaxTimeScale);
     }},
    {"callback-allow", "TARGETS",
     "allowed hosts, addresses or ranges, or all;\nrepeatable (all if --host is a loopback address,\nelse loopback)",
     "Callbacks", [](const FlagReader& in, Settings& to) { in.read_targets(to.emulator.callback_allow); }},
    {"callback-rewrite", "FROM=TO",
     "replace the beginning FROM of a URL by TO;\nrepeatable; the port * matches any port", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_rewrites(to.emulator.callback_rewrite); }},
    {"callback-timeout", "TIME", "timeout if the scenario has none (10s)", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_time(to.emulator.callback_timeout); }},
    {"callback-ca", "FILE", "trust these certificates (PEM)", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_certificates(to.emulator.callback_ca); }},
    {"callback-insecure", "", "accept any certificate", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.emulator.callback_insecure); }},
    {"log-format", "FORMAT", "text, json, or auto: text on a terminal,\nelse json (auto)", "Log",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(to.log.format,
                      {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}});
     }},
    {"log-file", "FILE", "append the log to this file (standard error)", "Log",
     [](const FlagReader& in, Settings& to) { in.read_text(to.log.file); }},
    {"quiet", "", "do not log requests", "Log", [](const FlagReader& in, Settings& to) { in.read_bool(to.log.quiet); }},
};

constexpr Flag kValidateFlags[] = {kFormat};

constexpr Flag kStateFlags[] = {{"check", "", "check that its content fits together", "Check",
                                 [](const FlagReader& in, Settings& to) { in.read_bool(to.checks_state); }}};

// Address and certificates of a running mock.

constexpr Flag kUrl{"url", "URL", "URL of the mock, instead of --host and --port", "Server",
                    [](const FlagReader& in, Settings& to) { in.read_base_url(to.mock.url); }};
constexpr Flag kMockHost = kHost.described("address of the mock (127.0.0.1)", "Server");
constexpr Flag kMockPort = kPort.described("port of the mock (8080)", "Server");
constexpr Flag kMockSelfSigned = kTlsSelfSigned.described("the mock was started with this flag", "TLS");
constexpr Flag kMockCert = kTlsCert.described("the mock was started with this flag", "TLS");
constexpr Flag kTrusted{"tls-ca-file", "FILE", "trust this authority (PEM) for an https --url", "TLS",
                        [](const FlagReader& in, Settings& to) { in.read_certificates(to.mock.ca_file); }};
constexpr Flag kTlsInsecure{"tls-insecure", "", "accept any certificate for an https --url", "TLS",
                            [](const FlagReader& in, Settings& to) { in.read_bool(to.mock.any_certificate); }};

constexpr Flag kHealthcheckFlags[] = {kUrl, kMockHost, kMockPort, kMockSelfSigned, kMockCert, kTrusted, kTlsInsecure};

constexpr Flag kVerifyFlags[] = {
    kUrl,
    kMockHost,
    kMockPort,
    kAdminToken.described("token of the control API", "Server"),
    {"api-key", "API_KEY", "API key of the team to check", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_key(to.key); }},
    {"key", "API_KEY", "the same as --api-key", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_key(to.key); }},
    {"expect", "FILE", "JSON file {\"expect\": [...]}; - is stdin\n(\"expect\" of the team's scenario)", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_text(to.expectations); }},
    kTimeout,
    {"advice", "", "say what the client, which has ended, did wrong", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.shows_advice); }},
    kJunit,
    kMockSelfSigned,
    kMockCert,
    kTrusted,
    kTlsInsecure,
};

// What exec has in addition to flags of serve.
constexpr Flag kExecOwnFlags[] = {
    {"verify", "", "check \"expect\" of the scenario at the end", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.verifies); }},
    kTimeout.described("before that, wait for lookups and callbacks at\nmost that long (5s)", "Expectations"),
    kFailOn,
    kJunit,
    {"snapshot", "FILE", "if something fails, write all about it here (JSON)", "Report",
     [](const FlagReader& in, Settings& to) { in.read_text(to.snapshot_file); }},
};

constexpr Flag kAuditFlags[] = {
    {"scenarios", "LIST", "names, files or directories of scenarios (all\nshipped ones)", "Scenarios", nullptr},
    {"jobs", "N", "how many scenarios run at a time (1)", "Scenarios",
     [](const FlagReader& in, Settings& to) { in.read_number(to.jobs, 1, 100); }},
    kTimeout.described("kill COMMAND after that long in a scenario (60s)", "Scenarios"),
    kFormat.described("of the table: text, or json for tools", "Report"),
    kFailOn,
    kJunit,
};

// The flags of serve that make sense for a mock that lives as long as a command.
std::vector<Flag> flags_of_exec() {
  std::vector<Flag> flags(std::begin(kExecOwnFlags), std::end(kExecOwnFlags));
  for (const Flag& flag : kServeFlags) {
    if (flag.name == "port-file" || flag.name == "stop-on-eof" || flag.name == "restore") continue;
    if (flag.name == "port")
      flags.push_back(flag.described("port to listen on (a free one)", flag.group));
    else if (flag.name == "journal-size")
      flags.push_back(flag.described("calls and attempts kept per team (100000)", flag.group));
    else if (flag.name == "journal-bytes")
      flags.push_back(flag.described("memory for what is kept of a team (128MB)", flag.group));
    else if (flag.name == "log-file")
      flags.push_back(flag.described("append the log to this file (no log)", flag.group));
    else
      flags.push_back(flag);
  }
  return flags;
}

constexpr Flag kUpstream{"upstream", "URL", "URL of the real API: https, or http for this\nmachine only", "Upstream",
                         [](const FlagReader& in, Settings& to) { in.read_base_url(to.upstream.url); }};

constexpr Flag kCompareFlags[] = {
    kUpstream,
    {"key-env", "NAME", "environment variable that has the API key", "Upstream", nullptr},
    {"tls-ca-file", "FILE", "trust this authority (PEM)", "Upstream",
     [](const FlagReader& in, Settings& to) { in.read_certificates(to.upstream.ca_file); }},
    kTimeout.described("wait for each response at most that long (10s)", "Upstream"),
    {"spend", "N", "lookups that may cost a credit; at most 2 are made\n(0)", "Questions",
     [](const FlagReader& in, Settings& to) { in.read_number(to.spend, 0, 1'000'000); }},
    {"dry-run", "", "list the questions; ask nothing", "Questions",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.dry_run); }},
    kScenario,
    kFormat,
    kJunit.described("write the result as JUnit XML", "Output"),
    {"write", "FILE", "write a scenario that answers like upstream", "Output",
     [](const FlagReader& in, Settings& to) { in.read_text(to.scenario_file); }},
};

// What record has in addition to flags of serve.
constexpr Flag kRecordOwnFlags[] = {
    kUpstream.described("URL of the real API: https, or http for this\nmachine only", "Recording"),
    {"out", "FILE", "write the scenario to this file, a new one", "Recording",
     [](const FlagReader& in, Settings& to) { in.read_text(to.recording); }},
    {"pseudonyms", "WHAT", "replace emails, all (usernames, too) or none\n(emails)", "Recording",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(
           to.hidden,
           {{"emails", upstream::Hidden::emails}, {"all", upstream::Hidden::all}, {"none", upstream::Hidden::none}});
     }},
    {"timeout", "TIME", "for an answer of the real API (30s)", "Recording",
     [](const FlagReader& in, Settings& to) { in.read_time(to.wait); }},
    {"upstream-ca", "FILE", "trust these certificates (PEM) for --upstream", "Recording",
     [](const FlagReader& in, Settings& to) { in.read_certificates(to.upstream.ca_file); }},
};
constexpr Flag kRecordedCallbackFlags[] = {
    {"public-url", "URL", "where the real API reaches --callback-port;\nreplaces callback_url", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_base_url(to.public_url); }},
    {"callback-port", "N", "port for callbacks, with --public-url", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_number(to.callback_port, 0, 65'535); }},
};

// In the order of the groups in the help.
std::vector<Flag> flags_of_record() {
  std::vector<Flag> flags(std::begin(kRecordOwnFlags), std::end(kRecordOwnFlags));
  for (const Flag& flag : kServeFlags) {
    if (flag.name == "callback-timeout") {
      flags.insert(flags.end(), std::begin(kRecordedCallbackFlags), std::end(kRecordedCallbackFlags));
      flags.push_back(flag.described("for the client's answer to a callback (10s)", flag.group));
    }
    constexpr std::string_view kTaken[] = {"host", "port", "port-file", "stop-on-eof", "callback-ca"};
    if (std::ranges::find(kTaken, flag.name) != std::end(kTaken) || flag.group == "TLS" || flag.group == "Log")
      flags.push_back(flag);
  }
  return flags;
}

}  // namespace

std::span<const Flag> record_flags() {
  static const std::vector<Flag> kFlags = flags_of_record();
  return kFlags;
}
std::span<const Flag> serve_flags() { return kServeFlags; }
std::span<const Flag> validate_flags() { return kValidateFlags; }
std::span<const Flag> healthcheck_flags() { return kHealthcheckFlags; }
std::span<const Flag> verify_flags() { return kVerifyFlags; }
std::span<const Flag> audit_flags() { return kAuditFlags; }
std::span<const Flag> exec_flags() {
  static const std::vector<Flag> kFlags = flags_of_exec();
  return kFlags;
}
std::span<const Flag> compare_flags() { return kCompareFlags; }
std::span<const Flag> state_flags() { return kStateFlags; }

std::string describe(std::span<const Flag> flags) {
  constexpr std::size_t kColumn = 30;
  std::string text;
  std::string_view group;
  for (const Flag& flag : flags) {
    if (group != flag.group) {
      group = flag.group;
      ((text += '\n') += group) += ":\n";
    }
    std::string left = "  --" + std::string(flag.name);
    if (!flag.argument.empty()) (left += ' ') += flag.argument;
    left.resize(std::max(kColumn, left.size() + 2), ' ');
    for (const char c : flag.text) {
      left += c;
      if (c == '\n') left.append(kColumn, ' ');
    }
    text += left + "\n";
  }
  return text;
}

}  // namespace enrichment_mock::cli
