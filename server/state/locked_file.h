// A file that nobody else can lock in the same way: no other process, and no other object of this one.
#pragma once
#include <string>
#include <sys/types.h>

namespace enrichment_mock::state {

// What tells one file from another that gets its name.
struct FileIdentity {
  dev_t device = 0;
  ino_t number = 0;
  bool operator==(const FileIdentity&) const = default;
};

FileIdentity identity_of(const std::string& path);  // all 0: there is none

// Opens a file or creates it with the mode 0600, and locks it. It must stay open as long as SQLite has the file open:
// when a process closes any descriptor of a file, it loses the locks that SQLite has on it. A file that this process
// has locked, by this name or another one, is refused before it is opened. Thread-safe.
class LockedFile {
 public:
  explicit LockedFile(const std::string& path);  // throws OpenError
  ~LockedFile();
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  const FileIdentity& identity() const { return identity_; }

  // Gives it the mode 0600, and the files that SQLite keeps next to it, unless the file system has no modes.
  void protect() const;

 private:
  void open();
  void lock();
  void close();

  std::string path_;
  int descriptor_ = -1, lock_descriptor_ = -1;
  FileIdentity identity_;
};

}  // namespace enrichment_mock::state
