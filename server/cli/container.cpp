#include "cli/container.h"

#include <filesystem>
#include <system_error>

namespace enrichment_mock::cli {

bool in_container(const Environment& environment) {
  for (const char* variable : {"container", "KUBERNETES_SERVICE_HOST"})
    if (const auto found = environment.find(variable); found != environment.end() && !found->second.empty())
      return true;
  std::error_code ignored;
  return std::filesystem::exists("/.dockerenv", ignored) || std::filesystem::exists("/run/.containerenv", ignored);
}

}  // namespace enrichment_mock::cli
