// A file system for SQLite that fails: the n-th operation that changes a file, from now on. It is SQLite's default
// while it exists.
#pragma once
#include <sqlite3.h>

namespace enrichment_mock::support {

class FailingVfs {
 public:
  FailingVfs();
  ~FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  enum class Error { no_space, io };
  enum class Times { once, always };  // the n-th only, or all from then on

  // `n`: from 1.
  void fail(int n, Error error, Times times);
  void stop_failing();
  bool failed() const;  // since the last fail()
};

}  // namespace enrichment_mock::support
