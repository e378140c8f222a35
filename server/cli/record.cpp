#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/log.h"
#include "cli/process.h"
#include "cli/start.h"
#include "upstream/recorder.h"

namespace enrichment_mock::cli {
namespace {

constexpr std::chrono::milliseconds kUpstreamTimeout{30'000};

upstream::RecorderOptions recorder_options(const Settings& settings, Log& log) {
  upstream::RecorderOptions options;
  options.server = settings.emulator;
  if (!settings.log.quiet) options.server.on_request = [&log](const RequestLine& line) { log.request(line); };
  options.server.on_warning = [&log](std::string_view message) { log.warning(message); };
  options.upstream = settings.upstream.url;
  options.ca_file = settings.upstream.ca_file;
  options.public_url = settings.public_url;
  options.callback_port = settings.callback_port;
  options.timeout = settings.wait.value_or(kUpstreamTimeout);
  options.hidden = settings.hidden;
  options.name = settings.recording_name;
  options.save = [&file = settings.recording](const std::string& scenario) {
    write_durably(file, scenario, "the recording", "--out");
  };
  return options;
}

std::unique_ptr<upstream::Recorder> make_recorder(const Settings& settings, Log& log) {
  try {
    return std::make_unique<upstream::Recorder>(recorder_options(settings, log));
  } catch (const AddressError& error) {
    throw std::runtime_error(error.what() +
                             std::string("; choose another address with --host, --port and --callback-port"));
  }
}

// An earlier recording is not overwritten. Without a recorder there is no file.
std::unique_ptr<upstream::Recorder> start_recorder(const Settings& settings, Log& log) {
  write_new(settings.recording, "");
  try {
    return make_recorder(settings, log);
  } catch (...) {
    std::remove(settings.recording.c_str());
    throw;
  }
}

// Tells other programs that the recorder has started. If that fails, a file without a call would only make the next try
// fail, because it exists.
void publish(const Settings& settings, upstream::Recorder& recorder, PortFile& port_file, Log& log) {
  try {
    publish_certificate(settings, recorder.tls_fingerprint(), recorder.tls_authority(), log);
    port_file.write(recorder.port());
  } catch (...) {
    if (recorder.has_calls())
      recorder.stop();
    else
      std::remove(settings.recording.c_str());
    throw;
  }
}

}  // namespace

int record(const Settings& settings, PortFile& port_file, StopSignals& signals) {
  if (settings.stop_on_eof) stop_when_input_ends();
  const int fd = open_log(settings.log);
  Log log(fd, log_style(settings.log, fd), system_now);
  const auto recorder = start_recorder(settings, log);
  signals.allow_graceful_stop();
  publish(settings, *recorder, port_file, log);

  const auto callbacks =
      settings.public_url.empty() ? "" : ", callbacks on port " + std::to_string(recorder->callback_port());
  // Programs read this line: do not change it.
  print("enrichment-mock " + version() + " listening on " + recorder->url() + " (recording " + settings.upstream.url +
        callbacks + ")\n");

  signals.wait();
  port_file.remove();
  recorder->stop();
  log.stop();
  return 0;
}

}  // namespace enrichment_mock::cli
