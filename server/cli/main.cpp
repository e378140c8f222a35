// enrichment-mock: parses the command line, runs the command, and turns errors into a message and an exit status.
#include <exception>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/build_description.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/process.h"
#include "cli/static_program.h"

namespace {

namespace cli = enrichment_mock::cli;

using Args = std::vector<std::string>;

cli::Invocation read_invocation(const Args& args, const cli::Environment& environment) {
  std::vector<std::string> shipped;
  for (auto& scenario : enrichment_mock::shipped_scenarios()) shipped.push_back(std::move(scenario.name));
  return cli::parse_command(args, environment, shipped, cli::build_description());
}

// Signals and the port file come first because everything else can fail or block.
int run_serve(const Args& args, const cli::Environment& environment) {
  cli::raise_fd_limit();
  cli::configure_malloc();
  cli::PortFile port_file(cli::last_value("port-file", args, environment));
  cli::StopSignals signals([&] { port_file.remove(); });
  port_file.remove_stale();
  const cli::Invocation invocation = read_invocation(args, environment);
  return invocation.command->serve(invocation.settings, port_file, signals);
}

int run_command(const Args& args, const cli::Environment& environment) {
  if (cli::asks_to_serve(args)) return run_serve(args, environment);
  const cli::Invocation invocation = read_invocation(args, environment);
  if (invocation.command != nullptr) return invocation.command->run(invocation.settings);
  cli::print(invocation.text);
  return 0;
}

int fail(int status, const std::string& problems) {
  constexpr bool kKeepLines = true;
  cli::print_error("enrichment-mock: " + enrichment_mock::base::printable(problems, kKeepLines) + "\n");
  return status;
}

int run(int argc, char** argv) {
  try {
    const auto environment = cli::read_environment();  // before it changes: exec passes it on
    cli::prepare_static_program();
    return run_command(Args(argv + (argc > 0 ? 1 : 0), argv + argc), environment);
  } catch (const cli::UsageError& error) {
    return fail(2, std::string(error.what()) + "\nTry enrichment-mock --help.");
  } catch (const enrichment_mock::ScenarioError& error) {
    return fail(2, error.what());
  } catch (const enrichment_mock::SnapshotError& error) {
    return fail(2, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::open_missing_streams();
  cli::ignore_broken_pipes();
  cli::exit_process(run(argc, argv));
}
