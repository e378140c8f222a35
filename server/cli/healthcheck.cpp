#include <string>

#include "cli/commands.h"
#include "cli/standard_streams.h"
#include "cli/target.h"

namespace enrichment_mock::cli {
namespace {

constexpr time_t kTimeout = 2;  // seconds

}  // namespace

int run(const Healthcheck& command) {
  const Target& mock = command.mock;
  const auto answer = client_of(mock, kTimeout)->Get("/__admin/health");
  if (answer && answer->status == 200) {
    print(mock.url + " is healthy\n");
    return 0;
  }
  print_error("enrichment-mock: " +
              (answer ? mock.url + " is not healthy: it answers with status " + std::to_string(answer->status)
                      : no_answer(mock, answer.error())) +
              "\n");
  return 1;
}

}  // namespace enrichment_mock::cli
