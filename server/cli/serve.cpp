#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/log.h"
#include "cli/process.h"
#include "cli/start.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {
namespace {

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

// Of a larger file, which may have no end, only so much that it is refused.
std::string read_snapshot(const std::string& file) {
  constexpr std::size_t kPiece = base::kMegabyte;
  std::string text;
  std::error_code ignored;
  std::ifstream stream(file, std::ios::binary);
  if (stream && !std::filesystem::is_directory(file, ignored)) {
    while (stream && text.size() <= base::kMaxSnapshot) {
      const auto size = text.size();
      text.resize(size + kPiece);
      stream.read(text.data() + size, kPiece);
      text.resize(size + static_cast<std::size_t>(stream.gcount()));
    }
    if (!stream.bad()) return text;
  }
  throw UsageError("--restore: the file " + file + " cannot be read");
}

void open_browser(const std::string& address) {
#ifdef __APPLE__
  const char* const opener = "open";
#else
  const char* const opener = "xdg-open";
#endif
  const std::string command = "exec >/dev/null 2>&1 </dev/null; " + std::string(opener) + " \"$0\" &";
  const char* const arguments[] = {"sh", "-c", command.c_str(), address.c_str(), nullptr};
  pid_t shell = 0;
  if (::posix_spawnp(&shell, "sh", nullptr, nullptr, const_cast<char* const*>(arguments), environ) == 0)
    ::waitpid(shell, nullptr, 0);  // it does not wait for the browser
}

// Lines that say which API key has which team of the snapshot.
std::string describe(const std::vector<Emulator::Restored>& restored, const std::string& url) {
  std::string text;
  for (const auto& [key, team] : restored)
    text +=
        "restored: API key " + key + ", scenario " + team.scenario + ", " + url + "/__admin/#team=" + team.id + "\n";
  return text;
}

bool shows_banner(const LogSettings& log) { return log.format != LogFormat::json && ::isatty(STDERR_FILENO) != 0; }

}  // namespace

int serve(const Settings& settings, PortFile& port_file, StopSignals& signals) {
  if (settings.stop_on_eof) stop_when_input_ends();
  const int fd = open_log(settings.log);
  Log log(fd, log_style(settings.log, fd), system_now);
  const auto emulator = start_emulator(settings, log);
  std::vector<Emulator::Restored> restored;
  if (!settings.restored_file.empty())
    restored = emulator->restore(read_snapshot(settings.restored_file), settings.restored_file);
  signals.allow_graceful_stop();
  publish_certificate(settings, *emulator, log);
  port_file.write(emulator->port());

  // Test harnesses read this line: do not change it.
  print("enrichment-mock " + version() + " listening on " + emulator->url() + " (scenario " +
        emulator->default_scenario() + ")\n");
  if (shows_banner(settings.log)) print_error(banner(*emulator, settings));
  if (!restored.empty()) {
    const std::string url = local_url(!emulator->tls_fingerprint().empty(), settings.emulator.host, emulator->port());
    print(describe(restored, url));
    if (settings.opens_browser && ::isatty(STDOUT_FILENO) != 0)
      open_browser(url + "/__admin/#team=" + restored.front().team.id);
  }

  signals.wait();
  port_file.remove();
  emulator->stop();
  log.stop();
  return 0;
}

}  // namespace enrichment_mock::cli
