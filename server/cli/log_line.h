// One line of the log: text for people, JSON for machines. Appends to `out`, always ends in a newline, and lets no byte
// through that could end a line early, forge another or drive a terminal: paths and team names are the client's data.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

// UTC; lines show milliseconds.
using LogTime = std::chrono::sys_time<std::chrono::milliseconds>;

enum class LogStyle { json, text, coloured };

// {"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"request","method":…,"path":…,"status":201,
//  "duration_ms":0.312,"team":…}, or: 00:00:00.000 201 POST /v1/api/enrichment/email 0.312ms acme
void append_request(std::string& out, LogStyle style, LogTime time, const RequestLine& request);

// {"time":…,"level":"info","msg":…}, or: 00:00:00.000 …
void append_notice(std::string& out, LogStyle style, LogTime time, std::string_view message);

// {"time":…,"level":"warn","msg":…}, or: 00:00:00.000 warning: …
void append_warning(std::string& out, LogStyle style, LogTime time, std::string_view message);

}  // namespace enrichment_mock::cli
