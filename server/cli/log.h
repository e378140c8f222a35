// The log of a running server: a line for each request, notices and warnings.
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
  LogFormat format = LogFormat::automatic;  // automatic: text on a terminal, else JSON lines
  std::string file;                         // empty: standard error
  bool colour = true;                       // allowed, if the log is text on a terminal
  bool quiet = false;                       // no line for each request
};

enum class LogStyle { json, text, coloured };

LogStyle log_style(const LogSettings& settings, int fd);

// One line: text for people, JSON for machines. Each appends to `out`, always ends in a newline, and lets no byte
// through that could end a line early, forge another or drive a terminal: paths and team names are the client's data.

// {"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"request","method":…,"path":…,"status":201,
//  "duration_ms":0.312,"team":…}, or: 00:00:00.000 201 POST /v1/api/enrichment/email 0.312ms acme
// Of a request that the server refused unread "reason" says why.
void append_request(std::string& out, LogStyle style, LogTime time, const RequestLine& request);

// {"time":…,"level":"info","msg":…}, or: 00:00:00.000 …
void append_notice(std::string& out, LogStyle style, LogTime time, std::string_view message);

// {"time":…,"level":"warn","msg":…}, or: 00:00:00.000 warning: …
void append_warning(std::string& out, LogStyle style, LogTime time, std::string_view message);

// A descriptor of one's own for the log. Throws std::runtime_error, a sentence that names the file.
int open_log(const LogSettings& settings);

// Lines on their way to a LogWriter. Any thread may call; nothing blocks.
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

}  // namespace enrichment_mock::cli
