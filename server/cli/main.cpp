// enrichment-mock: reads what to do, does it, and turns what goes wrong into a sentence and an exit status.
#include <exception>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/process.h"

namespace {

namespace cli = enrichment_mock::cli;

cli::Invocation read_invocation(int argc, char** argv) {
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  std::vector<std::string> shipped;
  for (auto& scenario : enrichment_mock::shipped_scenarios()) shipped.push_back(std::move(scenario.name));
  return cli::parse_command(args, cli::read_environment(), shipped);
}

int fail(int status, const std::string& problems) {
  cli::print_error("enrichment-mock: " + problems + "\n");
  return status;
}

int run(int argc, char** argv) {
  try {
    const cli::Invocation invocation = read_invocation(argc, argv);
    if (invocation.command != nullptr) return invocation.command->run(invocation.settings);
    cli::print(invocation.text);
    return 0;
  } catch (const cli::UsageError& error) {
    return fail(2, std::string(error.what()) + "\nTry enrichment-mock --help.");
  } catch (const enrichment_mock::ScenarioError& error) {
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
