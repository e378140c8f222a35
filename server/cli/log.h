// The log of a running server: one line per request, notices and warnings.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "cli/log_writer.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

// UTC; lines show milliseconds.
using LogTime = std::chrono::sys_time<std::chrono::milliseconds>;

LogTime system_now();

enum class LogFormat { automatic, text, json };

struct LogSettings {
  LogFormat format = LogFormat::automatic;  // automatic: text on a terminal, JSON lines otherwise
  std::string file;                         // empty: standard error
  bool colour = true;                       // allow colours on a terminal
  bool quiet = false;                       // do not log requests
};

enum class LogStyle { json, text, coloured };

LogStyle log_style(const LogSettings& settings, int fd);

// Each of these functions appends one line to `out`: text for people or JSON for programs. The line ends in a newline.
// Control characters are escaped, because paths and team names are the client's data: no client can forge a line or
// send escape sequences to a terminal.

// {"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"request","method":…,"path":…,"status":201,
//  "duration_ms":0.312,"team":…}, or: 00:00:00.000 201 POST /v1/api/enrichment/email 0.312ms acme
// "reason" is present if the server refused the request without reading it.
void append_request(std::string& out, LogStyle style, LogTime time, const RequestLine& request);

// {"time":…,"level":"info","msg":…}, or: 00:00:00.000 …
void append_notice(std::string& out, LogStyle style, LogTime time, std::string_view message);

// {"time":…,"level":"warn","msg":…}, or: 00:00:00.000 warning: …
void append_warning(std::string& out, LogStyle style, LogTime time, std::string_view message);

// A new file descriptor for the log. Throws std::runtime_error with a sentence that names the file.
int open_log(const LogSettings& settings);

// Formats lines and passes them to a LogWriter. Thread-safe; no member but stop() blocks.
class Log {
 public:
  using Now = std::function<LogTime()>;

  // Takes ownership of `fd`.
  Log(int fd, LogStyle style, Now now);

  void request(const RequestLine& request);
  void notice(std::string_view message);
  void warning(std::string_view message);

  // Writes the remaining lines; takes at most a quarter of a second.
  void stop();

 private:
  const LogStyle style_;
  const Now now_;
  LogWriter writer_;
};

}  // namespace enrichment_mock::cli
