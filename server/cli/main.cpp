// enrichment-mock: reads what to do, does it, and turns what goes wrong into a sentence and an exit status.
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "cli/commands.h"
#include "cli/leave.h"
#include "cli/signals.h"
#include "cli/standard_streams.h"

extern char** environ;

namespace {

namespace cli = enrichment_mock::cli;

cli::Environment read_environment() {
  cli::Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

cli::Command read_command(int argc, char** argv) {
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  std::vector<std::string> shipped;
  for (auto& scenario : enrichment_mock::shipped_scenarios()) shipped.push_back(std::move(scenario.name));
  return cli::parse_command(args, read_environment(), shipped);
}

int failed(int status, const std::string& problems) {
  cli::print_error("enrichment-mock: " + problems + "\n");
  return status;
}

int run(int argc, char** argv) {
  try {
    return std::visit([](const auto& command) { return cli::run(command); }, read_command(argc, argv));
  } catch (const cli::UsageError& error) {
    return failed(2, std::string(error.what()) + "\nTry enrichment-mock --help.");
  } catch (const enrichment_mock::ScenarioError& error) {
    return failed(2, error.what());
  } catch (const std::exception& error) {
    return failed(1, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::open_missing_streams();
  cli::ignore_broken_pipes();
  cli::leave(run(argc, argv));
}
