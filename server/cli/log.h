// The log of a running server: request lines and warnings, written by a LogWriter. Any thread may call; nothing blocks.
#pragma once
#include <functional>
#include <string_view>

#include "cli/log_line.h"
#include "cli/log_writer.h"
#include "cli/settings.h"

namespace enrichment_mock::cli {

class Log {
 public:
  using Now = std::function<LogTime()>;

  // Owns `fd`.
  Log(int fd, LogStyle style, Now now);

  void request(const RequestLine& request);
  void notice(std::string_view message);
  void warning(std::string_view message);

  // Writes what waits, within a quarter of a second.
  void stop();

 private:
  const LogStyle style_;
  const Now now_;
  LogWriter writer_;
};

// A descriptor of one's own for the log. Throws std::runtime_error, a sentence that names the file.
int open_log(const LogSettings& settings);

LogStyle log_style(const LogSettings& settings, int fd);

LogTime system_now();

}  // namespace enrichment_mock::cli
