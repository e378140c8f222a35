#include "cli/log.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace enrichment_mock::cli {
namespace {

std::string dropped_line(LogStyle style, LogTime time, std::size_t lines) {
  std::string line;
  append_warning(line, style, time, std::to_string(lines) + (lines == 1 ? " line" : " lines") + " dropped");
  return line;
}

}  // namespace

Log::Log(int fd, LogStyle style, Now now)
    : style_(style),
      now_(std::move(now)),
      writer_(fd, [style, time = now_](std::size_t lines) { return dropped_line(style, time(), lines); }) {}

void Log::request(const RequestLine& request) {
  std::string line;
  line.reserve(256);
  append_request(line, style_, now_(), request);
  writer_.append(line);
}

void Log::notice(std::string_view message) {
  std::string line;
  append_notice(line, style_, now_(), message);
  writer_.append(line);
}

void Log::warning(std::string_view message) {
  std::string line;
  append_warning(line, style_, now_(), message);
  writer_.append(line);
}

void Log::stop() { writer_.stop(); }

int open_log(const LogSettings& settings) {
  const int fd = settings.file.empty() ? ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
                                       : ::open(settings.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd >= 0) return fd;
  const std::string name = settings.file.empty() ? "standard error" : settings.file;
  throw std::runtime_error("cannot write the log to " + name + ": " + std::generic_category().message(errno) +
                           "; choose another file with --log-file");
}

LogStyle log_style(const LogSettings& settings, int fd) {
  const bool terminal = ::isatty(fd) != 0;
  if (settings.format == LogFormat::json || (settings.format == LogFormat::automatic && !terminal))
    return LogStyle::json;
  return terminal && settings.colour ? LogStyle::coloured : LogStyle::text;
}

LogTime system_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

}  // namespace enrichment_mock::cli
