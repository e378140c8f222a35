#include "state/locked_file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "state/problems.h"

namespace enrichment_mock::state {

namespace {

std::string open_problem(const std::string& path, int error) {
  const auto directory = std::filesystem::path(path).parent_path().string();
  const auto in = directory.empty() ? std::string(".") : directory;
  struct stat info {};
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "cannot be created: there is no directory " + in + "; create it";
    case EROFS:
      return "cannot be written: its file system is read-only";
    case EACCES:
    case EPERM:
      return ::stat(path.c_str(), &info) == 0
                 ? "cannot be read and written: no permission; it must belong to the user that runs the mock"
                 : "cannot be created: no permission to write to the directory " + in;
    default:
      return "cannot be opened: " + system_text(error);
  }
}

// The files that this process has locked. A lock cannot answer that: opening the file again in order to try, and
// closing it, would take away the locks that SQLite has on it.
struct LockedFiles {
  std::mutex mutex;  // guards the list, and is held while a file is opened, so that no other name of it is opened
  std::vector<FileIdentity> identities;
};

LockedFiles& locked_files() {
  static auto& files = *new LockedFiles;  // never destroyed, because an Emulator may be static, too
  return files;
}

}  // namespace

FileIdentity identity_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? FileIdentity{info.st_dev, info.st_ino} : FileIdentity{};
}

LockedFile::LockedFile(const std::string& path) : path_(path) {
  auto& [mutex, identities] = locked_files();
  const std::lock_guard guard(mutex);
  if (std::ranges::find(identities, identity_of(path)) != identities.end())
    refuse(path, "is in use by this process; give each mock a file of its own");
  try {
    open();
    lock();
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0) refuse(path, open_problem(path, errno));
    identity_ = {info.st_dev, info.st_ino};
    identities.push_back(identity_);
  } catch (...) {
    close();
    throw;
  }
}

LockedFile::~LockedFile() {
  auto& [mutex, identities] = locked_files();
  const std::lock_guard guard(mutex);
  close();
  std::erase(identities, identity_);
}

void LockedFile::protect() const {
  for (const auto* part : {"", "-wal", "-shm"}) static_cast<void>(::chmod((path_ + part).c_str(), 0600));
}

void LockedFile::open() {
  struct stat info {};
  if (::stat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    refuse(path_, S_ISDIR(info.st_mode) ? "is a directory; name a file in it" : "is not a regular file");
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) refuse(path_, open_problem(path_, errno));
}

// Other systems than Linux do not tell this kind of lock from those that SQLite uses: there another file is locked.
void LockedFile::lock() {
#ifdef __linux__
  const int target = descriptor_;
#else
  const int target = lock_descriptor_ = ::open((path_ + "-lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
#endif
  if (target >= 0 && ::flock(target, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK)
    refuse(path_, "is in use by another process; stop that, or give each mock a file of its own");
  refuse(path_, "cannot be locked: " + system_text(errno));
}

void LockedFile::close() {
  for (const int descriptor : {descriptor_, lock_descriptor_})
    if (descriptor >= 0) ::close(descriptor);
}

}  // namespace enrichment_mock::state
