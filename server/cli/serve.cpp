#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "cli/banner.h"
#include "cli/commands.h"
#include "cli/log.h"
#include "cli/memory.h"
#include "cli/open_files.h"
#include "cli/port_file.h"
#include "cli/signals.h"
#include "cli/standard_streams.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "scenario/library.h"

namespace enrichment_mock::cli {
namespace {

constexpr std::chrono::milliseconds kMostToStop{900};  // under a second, whatever is connected

Options logged(const Serve& command, Log& log) {
  Options options = command.emulator;
  if (command.log.requests) options.on_request = [&log](const RequestLine& line) { log.request(line); };
  options.on_notice = [&log](std::string_view message) { log.notice(message); };
  options.on_warning = [&log](std::string_view message) { log.warning(message); };
  return options;
}

// It may be meant to be empty, as that of a container into which nothing is mounted, or a mount that went wrong.
void mention_empty_directories(const Options& options, Log& log) {
  for (const std::string& directory : options.watch_directories) {
    const auto files = scenario::files_in(directory);
    if (files && files->empty()) log.notice("no scenario files (*.json) in " + directory);
  }
}

std::unique_ptr<Emulator> start(const Options& options) {
  try {
    return std::make_unique<Emulator>(options);
  } catch (const AddressError& error) {
    throw std::runtime_error(error.what() +
                             std::string("; choose another address with --host and --port (0: any port)"));
  }
}

// Before anything says that the server is ready.
void show_certificate(const Serve& command, const Emulator& emulator, Log& log) {
  if (emulator.tls_fingerprint().empty()) return;
  std::string told = "TLS certificate, SHA-256 " + emulator.tls_fingerprint();
  if (!command.tls_ca_file.empty()) {
    write_whole_file(command.tls_ca_file, emulator.tls_authority(), "the authority's certificate", "--tls-ca-file");
    told += "; clients trust it by " + command.tls_ca_file;
  }
  log.notice(told);
}

}  // namespace

int run(const Serve& command) {
  block_stop_signals();
  allow_many_open_files();
  share_heaps();
  const int fd = open_log(command.log);
  Log log(fd, log_style(command.log, fd), system_now);
  mention_empty_directories(command.emulator, log);
  const auto emulator = start(logged(command, log));
  show_certificate(command, *emulator, log);
  std::optional<PortFile> port_file;
  if (!command.port_file.empty()) port_file.emplace(command.port_file, emulator->port());

  // Test harnesses read this line: it stays as it is.
  print("enrichment-mock " + version() + " listening on " + emulator->url() + " (scenario " +
        emulator->default_scenario() + ")\n");
  if (shows_banner(command.log)) {
    const bool tls = !emulator->tls_fingerprint().empty();
    print_error(banner_text({local_url(tls, command.emulator.host, emulator->port()), emulator->default_scenario()},
                            command.log.colour));
  }

  wait_for_stop(kMostToStop);
  port_file.reset();
  emulator->stop();
  log.stop();
  return 0;
}

}  // namespace enrichment_mock::cli
