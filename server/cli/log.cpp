#include "cli/log.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "json/nlohmann.h"

namespace enrichment_mock::cli {
namespace {

constexpr base::CharacterSet kUnescaped =
    base::CharacterSet().with_range(' ', '!').with_range('#', '[').with_range(']', '~');

// The value is not negative. At least that many digits, at most 20.
void append_digits(std::string& out, long long value, int width) {
  char digits[20];
  char* const end = std::end(digits);
  char* begin = end;
  for (; value > 0 || end - begin < width; value /= 10) *--begin = static_cast<char>('0' + value % 10);
  out.append(begin, end);
}

void append_time_of_day(std::string& out, LogTime time) {
  const std::chrono::hh_mm_ss clock(time - std::chrono::floor<std::chrono::days>(time));
  append_digits(out, clock.hours().count(), 2);
  append_digits(out += ':', clock.minutes().count(), 2);
  append_digits(out += ':', clock.seconds().count(), 2);
  append_digits(out += '.', clock.subseconds().count(), 3);
}

void append_timestamp(std::string& out, LogTime time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  append_digits(out, static_cast<int>(date.year()), 4);
  append_digits(out += '-', static_cast<unsigned>(date.month()), 2);
  append_digits(out += '-', static_cast<unsigned>(date.day()), 2);
  append_time_of_day(out += 'T', time);
  out += 'Z';
}

void append_milliseconds(std::string& out, std::chrono::microseconds duration) {
  append_digits(out, duration.count() / 1000, 1);
  append_digits(out += '.', duration.count() % 1000, 3);
}

// Fast path: nearly every text is plain.
void append_json(std::string& out, std::string_view text) {
  if (kUnescaped.has_all(text))
    ((out += '"') += text) += '"';
  else
    out += json_text::quoted_in_ascii(text);
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (kUnescaped.has(c) || c == '"') {
      out += c;
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
    out += escaped;
  }
}

std::string_view colour_of(int status) {
  if (status >= 500) return "\x1b[31m";
  if (status >= 400) return "\x1b[33m";
  return "\x1b[32m";
}

void append_coloured(std::string& out, LogStyle style, std::string_view colour, std::string_view text) {
  if (style == LogStyle::coloured)
    ((out += colour) += text) += "\x1b[0m";
  else
    out += text;
}

void append_json_request(std::string& out, LogTime time, const RequestLine& request) {
  append_timestamp(out += R"({"time":")", time);
  append_json(out += R"(","level":"info","msg":"request","method":)", request.method);
  append_json(out += R"(,"path":)", request.path);
  append_digits(out += R"(,"status":)", request.status, 1);
  append_milliseconds(out += R"(,"duration_ms":)", request.duration);
  append_json(out += R"(,"team":)", request.team);
  if (!request.reason.empty()) append_json(out += R"(,"reason":)", request.reason);
  out += "}\n";
}

void append_json_message(std::string& out, LogTime time, std::string_view level, std::string_view message) {
  append_timestamp(out += R"({"time":")", time);
  ((out += R"(","level":")") += level) += R"(","msg":)";
  append_json(out, message);
  out += "}\n";
}

std::string dropped_line(LogStyle style, LogTime time, std::size_t lines) {
  std::string line;
  append_warning(line, style, time, std::to_string(lines) + (lines == 1 ? " line" : " lines") + " dropped");
  return line;
}

}  // namespace

void append_request(std::string& out, LogStyle style, LogTime time, const RequestLine& request) {
  if (style == LogStyle::json) return append_json_request(out, time, request);
  append_time_of_day(out, time);
  append_coloured(out += ' ', style, colour_of(request.status), std::to_string(request.status));
  append_escaped(out += ' ', request.method);
  append_escaped(out += ' ', request.path);
  append_milliseconds(out += ' ', request.duration);
  append_escaped(out += "ms ", request.team);
  if (!request.reason.empty()) append_escaped(out += ": ", request.reason);
  out += '\n';
}

void append_notice(std::string& out, LogStyle style, LogTime time, std::string_view message) {
  if (style == LogStyle::json) return append_json_message(out, time, "info", message);
  append_time_of_day(out, time);
  append_escaped(out += ' ', message);
  out += '\n';
}

void append_warning(std::string& out, LogStyle style, LogTime time, std::string_view message) {
  if (style == LogStyle::json) return append_json_message(out, time, "warn", message);
  append_time_of_day(out, time);
  append_coloured(out += ' ', style, "\x1b[33m", "warning:");
  append_escaped(out += ' ', message);
  out += '\n';
}

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
