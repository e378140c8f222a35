#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/log.h"
#include "cli/process.h"
#include "enrichment_mock/emulator.h"

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

std::unique_ptr<Emulator> start(const Options& options) {
  try {
    return std::make_unique<Emulator>(options);
  } catch (const AddressError& error) {
    throw std::runtime_error(error.what() +
                             std::string("; choose another address with --host and --port (0: any port)"));
  }
}

// Must run before the port file and the ready line tell that the server is ready.
void publish_certificate(const Settings& settings, const Emulator& emulator, Log& log) {
  if (emulator.tls_fingerprint().empty()) return;
  std::string message = "TLS certificate, SHA-256 " + emulator.tls_fingerprint();
  if (!settings.authority_file.empty()) {
    write_output(settings.authority_file, emulator.tls_authority(), "the authority's certificate", "--tls-ca-file");
    message += "; clients can trust the authority in " + settings.authority_file;
  }
  log.notice(message);
}

// People on a terminal get a banner in addition to the ready line, which programs read.

constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kPlain = "\x1b[0m";

std::string banner_row(std::string_view name, std::string_view value, bool coloured) {
  std::string text = "  ";
  (coloured ? (text += kDim) += name : text += name) += coloured ? kPlain : "";
  text.append(11 - name.size(), ' ');
  (coloured ? (text += kBold) += value : text += value) += coloured ? kPlain : "";
  return text + "\n";
}

std::string banner(const Emulator& emulator, const Settings& settings) {
  const std::string url = local_url(!emulator.tls_fingerprint().empty(), settings.emulator.host, emulator.port());
  const bool coloured = settings.log.colour;
  return "\n" + banner_row("API", url + "/v1/api/enrichment", coloured) +
         banner_row("Dashboard", url + "/__admin/", coloured) +
         banner_row("Scenario", emulator.default_scenario(), coloured) + banner_row("Stop", "Ctrl+C", coloured) + "\n";
}

bool shows_banner(const LogSettings& log) { return log.format != LogFormat::json && ::isatty(STDERR_FILENO) != 0; }

}  // namespace

int serve(const Settings& settings, PortFile& port_file, StopSignals& signals) {
  if (settings.stop_on_eof) stop_when_input_ends();
  const int fd = open_log(settings.log);
  Log log(fd, log_style(settings.log, fd), system_now);
  log_empty_directories(settings.emulator, log);
  const auto emulator = start(with_log(settings, log));
  signals.allow_graceful_stop();
  publish_certificate(settings, *emulator, log);
  port_file.write(emulator->port());

  // Test harnesses read this line: do not change it.
  print("enrichment-mock " + version() + " listening on " + emulator->url() + " (scenario " +
        emulator->default_scenario() + ")\n");
  if (shows_banner(settings.log)) print_error(banner(*emulator, settings));

  signals.wait();
  port_file.remove();
  emulator->stop();
  log.stop();
  return 0;
}

}  // namespace enrichment_mock::cli
