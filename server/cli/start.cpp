#include "cli/start.h"

#include <stdexcept>
#include <string>

#include "cli/files.h"

namespace enrichment_mock::cli {
namespace {

Options with_log(const Settings& settings, Log& log) {
  Options options = settings.emulator;
  if (!settings.log.quiet) options.on_request = [&log](const RequestLine& line) { log.request(line); };
  options.on_notice = [&log](std::string_view message) { log.notice(message); };
  options.on_warning = [&log](std::string_view message) { log.warning(message); };
  return options;
}

// A directory may be empty on purpose, or because a container's mount failed. So this is a notice, not an error.
void log_empty_directories(const Options& options, Log& log) {
  for (const std::string& directory : options.watch_directories) {
    const auto files = scenario_files_in(directory);
    if (files && files->empty()) log.notice("no scenario files (*.json) in " + directory);
  }
}

std::unique_ptr<Emulator> listening(const Options& options) {
  try {
    return std::make_unique<Emulator>(options);
  } catch (const AddressError& error) {
    throw std::runtime_error(error.what() +
                             std::string("; choose another address with --host and --port (0: any port)"));
  }
}

}  // namespace

std::unique_ptr<Emulator> start_emulator(const Settings& settings, Log& log) {
  log_empty_directories(settings.emulator, log);
  return listening(with_log(settings, log));
}

void publish_certificate(const Settings& settings, const std::string& fingerprint, const std::string& authority,
                         Log& log) {
  if (fingerprint.empty()) return;
  std::string message = "TLS certificate, SHA-256 " + fingerprint;
  if (!settings.authority_file.empty()) {
    write_output(settings.authority_file, authority, "the authority's certificate", "--tls-ca-file");
    message += "; clients can trust the authority in " + settings.authority_file;
  }
  log.notice(message);
}

void publish_certificate(const Settings& settings, const Emulator& emulator, Log& log) {
  publish_certificate(settings, emulator.tls_fingerprint(), emulator.tls_authority(), log);
}

}  // namespace enrichment_mock::cli
