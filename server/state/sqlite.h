// SQLite with exceptions and types: a connection, its prepared statements, and transactions. Not thread-safe.
//
//   Statement insert(database, "INSERT INTO movement VALUES (?, ?, ?)");
//   insert.run(world, number, time);
//
//   Statement select(database, "SELECT number, email FROM enrichment WHERE world = ?");
//   for (select.bind(world); select.step();) use(select.next<std::uint64_t>(), select.next<std::string>());
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/time_text.h"

struct sqlite3;
struct sqlite3_stmt;

namespace enrichment_mock::state {

// SQLite reported an error. what() is its message.
struct SqliteError : std::runtime_error {
  SqliteError(int error, int system_error, const std::string& message)
      : std::runtime_error(message), code(error), system_code(system_error) {}
  int code;         // SQLITE_FULL etc., extended
  int system_code;  // errno; 0: unknown
};

// A value is not one that is ever saved. what() says which: "enrichment 7 of world 2: status is 9".
struct DamagedContent : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Database {
 public:
  enum class Access : unsigned char { read, write };
  Database(const std::string& file, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements that return nothing that is needed.
  void execute(const char* sql);
  // The first column of the first row of a query.
  std::int64_t integer(std::string_view sql);
  std::string text(std::string_view sql);

  std::int64_t changes() const;   // rows that the last statement has changed
  std::int64_t last_row() const;  // the number of the row that was inserted last

  sqlite3* handle() const { return handle_; }
  [[noreturn]] void fail(int code) const;  // throws SqliteError, or std::bad_alloc

 private:
  sqlite3* handle_ = nullptr;
};

// A prepared statement. Values are bound and columns are read in their order. Texts are not copied: they must stay
// until the next step() or run().
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Starts again, with these values.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    (add(values), ...);
    return *this;
  }

  // Executes a statement that returns no rows.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    finish();
  }

  // Moves to the next row. False: there is none, and the statement has ended.
  bool step();

  // The next column of the row. A column that has another type throws DamagedContent.
  template <class Value>
  Value next() {
    Value value;
    read(value);
    return value;
  }
  void read(std::uint64_t& into) { into = static_cast<std::uint64_t>(integer()); }
  void read(std::int64_t& into) { into = integer(); }
  template <std::integral Number>
  void read(Number& into) {
    const auto value = integer();
    into = static_cast<Number>(value);
    if (into != value) wrong();
  }
  void read(bool& into);
  void read(double& into);
  void read(std::string& into) { into = text(); }
  void read(base::Instant& into) { into = base::Instant(base::Duration(integer())); }
  template <class Value>
  void read(std::optional<Value>& into) {
    if (is_null())
      skip();
    else
      read(into.emplace());
  }
  bool is_null() const;       // of the next column
  void skip() { ++column_; }  // the next column
  std::string_view text();    // until the next step
  std::span<const std::uint8_t> bytes();

  // Throws DamagedContent about the column that was read last.
  [[noreturn]] void wrong() const;

  void reset();

 private:
  void add(std::nullptr_t) { ++parameter_; }  // NULL
  void add(std::int64_t value);
  void add(std::uint64_t value) { add(static_cast<std::int64_t>(value)); }
  template <std::integral Number>
  void add(Number value) {
    add(static_cast<std::int64_t>(value));
  }
  void add(double value);
  void add(std::string_view text);
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const char* text) { add(std::string_view(text)); }
  void add(std::span<const std::uint8_t> bytes);
  void add(base::Instant at) { add(std::int64_t{at.time_since_epoch().count()}); }
  template <class Value>
  void add(const std::optional<Value>& value) {
    value ? add(*value) : add(nullptr);
  }
  void finish();
  std::int64_t integer();

  Database* database_;
  sqlite3_stmt* handle_ = nullptr;
  int parameter_ = 0, column_ = 0;
  bool bound_ = false;
};

// The statements of transactions, prepared once.
struct TransactionStatements {
  explicit TransactionStatements(Database& database);
  Statement begin, commit;
};

// A transaction that writes. It is undone unless commit() succeeds.
class Transaction {
 public:
  explicit Transaction(Database& database, TransactionStatements* prepared = nullptr);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database* database_;
  TransactionStatements* prepared_;
  bool open_ = true;
};

}  // namespace enrichment_mock::state
