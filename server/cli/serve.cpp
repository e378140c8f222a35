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

Options logged(const Settings& settings, Log& log) {
  Options options = settings.emulator;
  if (!settings.log.quiet) options.on_request = [&log](const RequestLine& line) { log.request(line); };
  options.on_notice = [&log](std::string_view message) { log.notice(message); };
  options.on_warning = [&log](std::string_view message) { log.warning(message); };
  return options;
}

// It may be meant to be empty, as that of a container into which nothing is mounted, or a mount that went wrong.
void mention_empty_directories(const Options& options, Log& log) {
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

// Before anything says that the server is ready.
void show_certificate(const Settings& settings, const Emulator& emulator, Log& log) {
  if (emulator.tls_fingerprint().empty()) return;
  std::string told = "TLS certificate, SHA-256 " + emulator.tls_fingerprint();
  if (!settings.authority_file.empty()) {
    write_output(settings.authority_file, emulator.tls_authority(), "the authority's certificate", "--tls-ca-file");
    told += "; clients trust it by " + settings.authority_file;
  }
  log.notice(told);
}

// What people see on a terminal, next to the ready line, which programs read.

constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kPlain = "\x1b[0m";

std::string banner_row(std::string_view name, std::string_view value, bool coloured) {
  std::string text = "  ";
  (coloured ? (text += kDim) += name : text += name) += coloured ? kPlain : "";
  text.append(11 - name.size(), ' ');
  (coloured ? (text += kBold) += value : text += value) += coloured ? kPlain : "";
  return text + "\n";
}

// Where to go, what runs, how to stop.
std::string banner(const Emulator& emulator, const Settings& settings) {
  // As a browser on this machine reaches it.
  const std::string url = local_url(!emulator.tls_fingerprint().empty(), settings.emulator.host, emulator.port());
  const bool coloured = settings.log.colour;
  return "\n" + banner_row("API", url + "/v1/api/enrichment", coloured) +
         banner_row("Dashboard", url + "/__admin/", coloured) +
         banner_row("Scenario", emulator.default_scenario(), coloured) + banner_row("Stop", "Ctrl+C", coloured) + "\n";
}

// Standard error is a terminal, and nothing else was asked for.
bool shows_banner(const LogSettings& log) { return log.format != LogFormat::json && ::isatty(STDERR_FILENO) != 0; }

}  // namespace

int serve(const Settings& settings, PortFile& port_file, StopSignals& signals) {
  const int fd = open_log(settings.log);
  Log log(fd, log_style(settings.log, fd), system_now);
  mention_empty_directories(settings.emulator, log);
  const auto emulator = start(logged(settings, log));
  signals.end_in_order();
  show_certificate(settings, *emulator, log);
  port_file.write(emulator->port());

  // Test harnesses read this line: it stays as it is.
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
