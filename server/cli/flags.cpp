#include "cli/flags.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "cli/settings.h"

namespace enrichment_mock::cli {
namespace {

// Flags that more than one command takes.

constexpr Flag kHost{"host", "ADDRESS", "where to listen (127.0.0.1)", "Server",
                     [](const FlagReader& in, Settings& to) { in.read_host(to.emulator.host); }};
constexpr Flag kPort{"port", "N", "8080; 0 picks a free one", "Server",
                     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.port, 0, 65'535); }};
constexpr Flag kAdminToken{"admin-token", "TOKEN", "asks for Authorization: Bearer TOKEN", "Control API",
                           [](const FlagReader& in, Settings& to) { in.read_token(to.emulator.admin_token); }};
constexpr Flag kTlsSelfSigned{"tls-self-signed", "", "https, with a certificate made at the start", "TLS",
                              [](const FlagReader& in, Settings& to) { in.read_bool(to.emulator.tls_self_signed); }};
constexpr Flag kTlsCert{"tls-cert", "FILE", "https, with this certificate and chain (PEM)", "TLS",
                        [](const FlagReader& in, Settings& to) { in.read_text(to.emulator.tls_cert); }};
constexpr Flag kScenario{"scenario", "NAME|FILE", "shipped or your own; repeatable, the first is\nthe default scenario",
                         "Scenario", nullptr};
constexpr Flag kScenarios{"scenarios", "DIR", "load every *.json in it", "Scenario", nullptr};

constexpr Flag kServeFlags[] = {
    kHost,
    kPort,
    {"port-file", "FILE", "write the port here once it accepts", "Server",
     [](const FlagReader& in, Settings& to) { in.read_text(to.port_file); }},
    {"max-teams", "N", "teams kept at a time (10000)", "Server",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.max_teams, 1, 10'000'000); }},
    {"keep-resolved", "N", "resolved enrichments kept of each team (1000000)", "Server",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.keep_resolved, 1, 1'000'000'000); }},
    {"keep-resolved-for", "TIME", "and for how long, by the team's clock", "Server",
     [](const FlagReader& in, Settings& to) { in.read_time(to.emulator.keep_resolved_for); }},
    kTlsSelfSigned,
    {"tls-names", "NAMES", "whom it is for (localhost, 127.0.0.1, ::1 and\nthis machine's name)", "TLS",
     [](const FlagReader& in, Settings& to) { in.read_hosts(to.emulator.tls_names); }},
    {"tls-ca-file", "FILE", "write its authority here, for clients to trust", "TLS",
     [](const FlagReader& in, Settings& to) { in.read_text(to.authority_file); }},
    kTlsCert,
    {"tls-key", "FILE", "its key (PEM)", "TLS",
     [](const FlagReader& in, Settings& to) { in.read_text(to.emulator.tls_key); }},
    {"journal-size", "N", "calls kept of each team; 0: none (1000)", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.journal_size, 0, 1'000'000); }},
    {"journal-bytes", "SIZE", "of memory that they take, of each team (16MB)", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_size(to.emulator.journal_bytes, base::kLeastJournalBytes); }},
    {"journal-total-bytes", "SIZE", "and of all teams together (256MB)", "Control API",
     [](const FlagReader& in, Settings& to) {
       in.read_size(to.emulator.journal_total_bytes, base::kLeastJournalBytes);
     }},
    {"admin-host", "NAMES", "may be called by these names, too; repeatable", "Control API",
     [](const FlagReader& in, Settings& to) { in.read_hosts(to.emulator.admin_hosts); }},
    kAdminToken,
    kScenario,
    kScenarios,
    {"watch", "", "load scenario files anew when they change", "Scenario",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.emulator.watch); }},
    {"seed", "N", "make ids and draws reproducible", "Scenario",
     [](const FlagReader& in, Settings& to) {
       in.read_number(to.emulator.seed, 0, std::numeric_limits<std::uint64_t>::max());
     }},
    {"credits", "N", "opening balance of every team", "Scenario",
     [](const FlagReader& in, Settings& to) { in.read_number(to.emulator.credits, 0, base::kMostCredits); }},
    {"clock", "MODE", "manual or running", "Scenario",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(to.emulator.manual_clock, {{"manual", true}, {"running", false}});
     }},
    {"time-scale", "X", "run the clock X times as fast", "Scenario",
     [](const FlagReader& in, Settings& to) {
       in.read_factor(to.emulator.time_scale, base::kLeastTimeScale, base::kMostTimeScale);
     }},
    {"callback-allow", "TARGETS",
     "hosts, addresses, ranges, or all; repeatable\n(bound to loopback: all, else: loopback)", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_targets(to.emulator.callback_allow); }},
    {"callback-rewrite", "FROM=TO", "call TO where a URL begins with FROM;\nrepeatable, a port * is any", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_rewrites(to.emulator.callback_rewrite); }},
    {"callback-timeout", "TIME", "where a scenario says none (10s)", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_time(to.emulator.callback_timeout); }},
    {"callback-ca", "FILE", "trust these certificates (PEM)", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_certificates(to.emulator.callback_ca); }},
    {"callback-insecure", "", "accept any certificate", "Callbacks",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.emulator.callback_insecure); }},
    {"log-format", "FORMAT", "text, json, or auto: text on a terminal", "Log",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(to.log.format,
                      {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}});
     }},
    {"log-file", "FILE", "append to it (standard error)", "Log",
     [](const FlagReader& in, Settings& to) { in.read_text(to.log.file); }},
    {"quiet", "", "no line for each request", "Log",
     [](const FlagReader& in, Settings& to) { in.read_bool(to.log.quiet); }},
};

constexpr Flag kValidateFlags[] = {
    {"format", "FORMAT", "text, or json for tools", "Output",
     [](const FlagReader& in, Settings& to) {
       in.read_choice(to.as_json, {{"text", false}, {"json", true}});
     }},
};

// Where a running mock listens, and which certificates to trust there.

constexpr Flag kUrl{"url", "URL", "whom to ask, instead of --host and --port", "Server",
                    [](const FlagReader& in, Settings& to) { in.read_base_url(to.mock.url); }};
constexpr Flag kMockHost = kHost.described("where the mock listens (127.0.0.1)", "Server");
constexpr Flag kMockPort = kPort.described("its port (8080)", "Server");
constexpr Flag kMockSelfSigned = kTlsSelfSigned.described("the mock at --host and --port was started so", "TLS");
constexpr Flag kMockCert = kTlsCert.described("the same", "TLS");
constexpr Flag kTrusted{"tls-ca-file", "FILE", "trust this authority (PEM) at an https --url", "TLS",
                        [](const FlagReader& in, Settings& to) { in.read_certificates(to.mock.ca_file); }};
constexpr Flag kTlsInsecure{"tls-insecure", "", "accept any certificate there", "TLS",
                            [](const FlagReader& in, Settings& to) { in.read_bool(to.mock.any_certificate); }};

constexpr Flag kHealthcheckFlags[] = {kUrl, kMockHost, kMockPort, kMockSelfSigned, kMockCert, kTrusted, kTlsInsecure};

constexpr Flag kVerifyFlags[] = {
    kUrl,
    kMockHost,
    kMockPort,
    kAdminToken.described("of its control API", "Server"),
    {"key", "API_KEY", "of the team that is meant", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_key(to.key); }},
    {"expect", "FILE", "JSON, {\"expect\": [...]}; - is stdin (the\nscenario's own expect)", "Expectations",
     [](const FlagReader& in, Settings& to) { in.read_text(to.expectations); }},
    kMockSelfSigned,
    kMockCert,
    kTrusted,
    kTlsInsecure,
};

}  // namespace

std::span<const Flag> serve_flags() { return kServeFlags; }
std::span<const Flag> validate_flags() { return kValidateFlags; }
std::span<const Flag> healthcheck_flags() { return kHealthcheckFlags; }
std::span<const Flag> verify_flags() { return kVerifyFlags; }

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
