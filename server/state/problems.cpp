#include "state/problems.h"

#include <cstring>
#include <sqlite3.h>

#include "state/file.h"

namespace enrichment_mock::state {

namespace {
constexpr int kPrimary = 0xff;  // of an extended error code of SQLite
}

std::string system_text(int error) { return std::strerror(error); }

void refuse(const std::string& path, const std::string& problem) {
  throw OpenError("the state file " + path + " " + problem);
}

void refuse_damaged(const std::string& path, const std::string& damage) {
  refuse(path, "is damaged (" + damage + "); restore a copy of it, or move it away to start with a new one");
}

std::string cause_of(const SqliteError& error) {
  switch (error.code & kPrimary) {
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_BUSY:
      return "another process is writing to it";
    case SQLITE_READONLY:
      return "it is read-only";
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return error.system_code != 0 ? system_text(error.system_code) : error.what();
    default:
      return error.what();
  }
}

void refuse(const std::string& path, const SqliteError& error) {
  switch (error.code & kPrimary) {
    case SQLITE_NOTADB:
      refuse(path, "is not a state file; choose another file, or move this one away");
    case SQLITE_CORRUPT:
      refuse_damaged(path, error.what());
    default:
      refuse(path, "cannot be used: " + cause_of(error));
  }
}

}  // namespace enrichment_mock::state
