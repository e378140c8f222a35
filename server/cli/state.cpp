// The command state.
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "state/check.h"

namespace enrichment_mock::cli {

int show_state(const Settings& settings) {
  constexpr bool kKeepLines = true;
  if (!settings.checks_state) {
    print(base::printable(state::describe(settings.state_path), kKeepLines));
    return 0;
  }
  const auto faults = state::faults_of(settings.state_path);
  for (const auto& fault : faults) print_error(base::printable(fault) + "\n");
  if (faults.empty()) print(base::printable(settings.state_path) + ": no faults\n");
  return faults.empty() ? 0 : 1;
}

}  // namespace enrichment_mock::cli
