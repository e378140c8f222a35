#include "state/sqlite.h"

#include <new>
#include <sqlite3.h>

namespace enrichment_mock::state {

namespace {

// SQLite counts its memory under a mutex, which nobody needs. Ignored if the process uses SQLite already.
void configure_once() {
  static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(code);
}

}  // namespace

Database::Database(const std::string& file, Access access) {
  configure_once();
  const int flags = (access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  // Names such as ":memory:" and "file:x" would mean something else to SQLite.
  const auto path = file.starts_with('/') ? file : "./" + file;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  if (code == SQLITE_OK) return;
  const SqliteError error(code, handle_ ? sqlite3_system_errno(handle_) : 0,
                          handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code));
  sqlite3_close(handle_);
  if (code == SQLITE_NOMEM) throw std::bad_alloc();
  throw error;
}

Database::~Database() { sqlite3_close(handle_); }

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::integer(std::string_view sql) {
  Statement statement(*this, sql);
  statement.step();
  return statement.next<std::int64_t>();
}

std::string Database::text(std::string_view sql) {
  Statement statement(*this, sql);
  statement.step();
  return statement.next<std::string>();
}

std::int64_t Database::changes() const { return sqlite3_changes(handle_); }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

void Database::fail(int code) const {
  if (code == SQLITE_NOMEM) throw std::bad_alloc();
  throw SqliteError(code, sqlite3_system_errno(handle_), sqlite3_errmsg(handle_));
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) database.fail(code);
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::reset() {
  sqlite3_reset(handle_);
  if (bound_) sqlite3_clear_bindings(handle_);
  bound_ = false;
  parameter_ = 0;
}

bool Statement::step() {
  column_ = 0;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    try {
      database_->fail(code);
    } catch (...) {
      sqlite3_reset(handle_);
      throw;
    }
  }
  sqlite3_reset(handle_);
  return false;
}

void Statement::finish() {
  while (step()) {
  }
}

void Statement::read(bool& into) {
  const auto value = integer();
  into = value != 0;
  if (value != 0 && value != 1) wrong();
}

void Statement::read(double& into) {
  into = sqlite3_column_double(handle_, column_++);
  if (sqlite3_column_type(handle_, column_ - 1) != SQLITE_FLOAT) wrong();
}

bool Statement::is_null() const { return sqlite3_column_type(handle_, column_) == SQLITE_NULL; }

std::int64_t Statement::integer() {
  const int column = column_++;
  if (sqlite3_column_type(handle_, column) != SQLITE_INTEGER) wrong();
  return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::text() {
  const int column = column_++;
  if (sqlite3_column_type(handle_, column) != SQLITE_TEXT) wrong();
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (!text) throw std::bad_alloc();
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::uint8_t> Statement::bytes() {
  const int column = column_++;
  if (sqlite3_column_type(handle_, column) != SQLITE_BLOB) wrong();
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::wrong() const {
  const int column = column_ - 1;
  const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  const auto* name = sqlite3_column_name(handle_, column);
  throw DamagedContent(std::string(name ? name : "a column") +
                       (value ? " is \"" + std::string(value).substr(0, 100) + "\"" : std::string(" is missing")));
}

void Statement::add(std::int64_t value) {
  bound_ = true;
  sqlite3_bind_int64(handle_, ++parameter_, value);
}

void Statement::add(double value) {
  bound_ = true;
  sqlite3_bind_double(handle_, ++parameter_, value);
}

void Statement::add(std::string_view text) {
  bound_ = true;
  const int code = sqlite3_bind_text64(handle_, ++parameter_, text.data() ? text.data() : "", text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->fail(code);
}

void Statement::add(std::span<const std::uint8_t> bytes) {
  bound_ = true;
  const int code = sqlite3_bind_blob64(handle_, ++parameter_, bytes.data(), bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_->fail(code);
}

// IMMEDIATE: another process that writes is noticed here.
TransactionStatements::TransactionStatements(Database& database)
    : begin(database, "BEGIN IMMEDIATE"), commit(database, "COMMIT") {}

Transaction::Transaction(Database& database, TransactionStatements* prepared)
    : database_(&database), prepared_(prepared) {
  prepared ? prepared->begin.run() : database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (open_ && !sqlite3_get_autocommit(database_->handle()))
    sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  prepared_ ? prepared_->commit.run() : database_->execute("COMMIT");
  open_ = false;
}

}  // namespace enrichment_mock::state
