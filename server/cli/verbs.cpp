#include "cli/verbs.h"

#include <algorithm>
#include <iterator>

namespace enrichment_mock::cli {
namespace {

constexpr Flag kScenario{"scenario", "NAME|FILE", "shipped or your own; repeatable, the first is\nthe default scenario",
                         "Scenario"};
constexpr Flag kScenarios{"scenarios", "DIR", "load every *.json in it", "Scenario"};

constexpr Flag kServeFlags[] = {
    {"host", "ADDRESS", "where to listen (127.0.0.1)", "Server"},
    {"port", "N", "8080; 0 picks a free one", "Server"},
    {"port-file", "FILE", "write the port here once it accepts", "Server"},
    {"max-teams", "N", "teams kept at a time (10000)", "Server"},
    {"keep-resolved", "N", "resolved enrichments kept of each team (1000000)", "Server"},
    {"keep-resolved-for", "TIME", "and for how long, by the team's clock", "Server"},
    {"tls-self-signed", "", "https, with a certificate made at the start", "TLS"},
    {"tls-names", "NAMES", "whom it is for (localhost, 127.0.0.1, ::1 and\nthis machine's name)", "TLS"},
    {"tls-ca-file", "FILE", "write its authority here, for clients to trust", "TLS"},
    {"tls-cert", "FILE", "https, with this certificate and chain (PEM)", "TLS"},
    {"tls-key", "FILE", "its key (PEM)", "TLS"},
    {"journal-size", "N", "calls kept of each team; 0: none (1000)", "Control API"},
    {"admin-host", "NAMES", "may be called by these names, too; repeatable", "Control API"},
    {"admin-token", "TOKEN", "asks for Authorization: Bearer TOKEN", "Control API"},
    kScenario,
    kScenarios,
    {"watch", "", "load scenario files anew when they change", "Scenario"},
    {"seed", "N", "make ids and draws reproducible", "Scenario"},
    {"credits", "N", "opening balance of every team", "Scenario"},
    {"clock", "MODE", "manual or running", "Scenario"},
    {"time-scale", "X", "run the clock X times as fast", "Scenario"},
    {"callback-allow", "TARGETS",
     "hosts, addresses, ranges, or all; repeatable\n(bound to loopback: all, else: loopback)", "Callbacks"},
    {"callback-rewrite", "FROM=TO", "call TO where a URL begins with FROM;\nrepeatable, a port * is any", "Callbacks"},
    {"callback-timeout", "TIME", "where a scenario says none (10s)", "Callbacks"},
    {"callback-ca", "FILE", "trust these certificates (PEM)", "Callbacks"},
    {"callback-insecure", "", "accept any certificate", "Callbacks"},
    {"log-format", "FORMAT", "text, json, or auto: text on a terminal", "Log"},
    {"log-file", "FILE", "append to it (standard error)", "Log"},
    {"quiet", "", "no line for each request", "Log"},
};
constexpr Flag kValidateFlags[] = {{"format", "FORMAT", "text, or json for tools", "Output"}};
constexpr Flag kScenariosFlags[] = {kScenario, kScenarios};

constexpr Flag kUrl{"url", "URL", "whom to ask, instead of --host and --port", "Server"};
constexpr Flag kHost{"host", "ADDRESS", "where the mock listens (127.0.0.1)", "Server"};
constexpr Flag kPort{"port", "N", "its port (8080)", "Server"};
constexpr Flag kAskSelfSigned{"tls-self-signed", "", "the mock at --host and --port was started so", "TLS"};
constexpr Flag kAskCert{"tls-cert", "FILE", "the same", "TLS"};
constexpr Flag kAskAuthority{"tls-ca-file", "FILE", "trust this authority (PEM) at an https --url", "TLS"};
constexpr Flag kAskInsecure{"tls-insecure", "", "accept any certificate there", "TLS"};

constexpr Flag kHealthcheckFlags[] = {kUrl, kHost, kPort, kAskSelfSigned, kAskCert, kAskAuthority, kAskInsecure};
constexpr Flag kVerifyFlags[] = {
    kUrl,
    kHost,
    kPort,
    {"admin-token", "TOKEN", "of its control API", "Server"},
    {"key", "API_KEY", "of the team that is meant", "Expectations"},
    {"expect", "FILE", "JSON, {\"expect\": [...]}; - is stdin (the\nscenario's own expect)", "Expectations"},
    kAskSelfSigned,
    kAskCert,
    kAskAuthority,
    kAskInsecure,
};

constexpr Verb kVerbs[] = {
    {"serve",
     "Usage: enrichment-mock [serve] [flags]\n"
     "       enrichment-mock init [FILE|-]         write a scenario to start from\n"
     "       enrichment-mock validate FILE|DIR...  check scenario files; - is stdin\n"
     "       enrichment-mock scenarios [flags]     list the scenarios that are loaded\n"
     "       enrichment-mock healthcheck [flags]   ask a running mock how it is\n"
     "       enrichment-mock verify [flags]        check what a test expects of it\n"
     "       enrichment-mock --help | --version    COMMAND --help says more\n",
     kServeFlags},
    {"init",
     "Usage: enrichment-mock init [FILE|-]\n\n"
     "Writes a scenario with comments, to start from. FILE (my-scenario.json) gives it\n"
     "its name and must not exist yet; - is standard output.\n",
     {}},
    {"validate",
     "Usage: enrichment-mock validate [flags] FILE|DIR...\n\n"
     "Checks scenario files, as if they were loaded together, and prints every problem\n"
     "with its place. - is standard input.\n",
     kValidateFlags},
    {"scenarios",
     "Usage: enrichment-mock scenarios [flags]\n\n"
     "Lists the scenarios that serve would load with the same flags.\n",
     kScenariosFlags},
    {"healthcheck",
     "Usage: enrichment-mock healthcheck [flags]\n\n"
     "Asks a running mock how it is: exit status 0 or 1.\n",
     kHealthcheckFlags},
    {"verify",
     "Usage: enrichment-mock verify [flags]\n\n"
     "Holds what a team did to what was expected: exit status 0 or 1.\n",
     kVerifyFlags},
};

constexpr std::string_view kVariables = R"(
Each flag is a variable, too: --port is ENRICHMENT_MOCK_PORT. Lists take commas.
Exit status: 0 stopped or fine, 1 runtime error, 2 bad usage or bad scenario.
)";

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb* find_verb(std::string_view name) {
  const auto* found = std::ranges::find(kVerbs, name, &Verb::name);
  return found == std::end(kVerbs) ? nullptr : found;
}

std::vector<Flag> all_flags() {
  std::vector<Flag> all;
  for (const Verb& verb : kVerbs)
    for (const Flag& flag : verb.flags)
      if (std::ranges::find(all, flag.name, &Flag::name) == all.end()) all.push_back(flag);
  return all;
}

std::string help_of(const Verb& verb) {
  const std::string usage(verb.usage);
  return verb.flags.empty() ? usage : usage + describe(verb.flags) + std::string(kVariables);
}

}  // namespace enrichment_mock::cli
