#include <httplib.h>
#include <string>

#include "app/commands.h"
#include "app/standard_streams.h"

namespace enrichment_mock::app {
namespace {

constexpr time_t kTimeout = 2;  // seconds

}  // namespace

int run(const Healthcheck& command) {
  httplib::Client client(command.url);
  client.set_connection_timeout(kTimeout);
  client.set_read_timeout(kTimeout);
  client.set_write_timeout(kTimeout);
  const auto answer = client.Get("/__admin/health");
  if (answer && answer->status == 200) {
    print(command.url + " is healthy\n");
    return 0;
  }
  const std::string state = answer ? " is not healthy: it answers with status " + std::to_string(answer->status)
                                   : " does not answer; is the mock running there?";
  print_error("enrichment-mock: " + command.url + state + "\n");
  return 1;
}

}  // namespace enrichment_mock::app
