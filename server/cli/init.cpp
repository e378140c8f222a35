#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/standard_streams.h"
#include "cli/starter.h"

namespace enrichment_mock::cli {
namespace {

[[noreturn]] void fail(const std::string& file) {
  if (errno == EEXIST) throw std::runtime_error(file + " exists already, and is left as it is; choose another name");
  throw std::runtime_error("cannot write " + file + ": " + std::generic_category().message(errno));
}

// Never over another file, not even one that appears meanwhile.
void write_new(const std::string& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) fail(file);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(fd) != 0 || !written) fail(file);
}

}  // namespace

int run(const Init& command) {
  const std::string text = starter_scenario(command.name);
  if (command.file.empty()) {
    print(text);
    return 0;
  }
  write_new(command.file, text);
  print("Wrote " + command.file + ". Check it with: enrichment-mock validate " + command.file +
        "\nRun it with: enrichment-mock --scenario " + command.file + "\n");
  return 0;
}

}  // namespace enrichment_mock::cli
