#include "support/failing_vfs.h"

#include <cerrno>

namespace enrichment_mock::support {

namespace {

struct Plan {
  int operations_left = 0;  // 0: none fails
  FailingVfs::Error error = FailingVfs::Error::io;
  FailingVfs::Times times = FailingVfs::Times::once;
  bool failing = false, failed = false;
};
Plan plan;
sqlite3_vfs* real_vfs = nullptr;

bool operation_fails() {
  if (plan.operations_left > 0 && --plan.operations_left == 0) plan.failing = true;
  if (!plan.failing) return false;
  plan.failing = plan.times == FailingVfs::Times::always;
  plan.failed = true;
  return true;
}

bool has_no_space() { return plan.error == FailingVfs::Error::no_space; }

// SQLite allocates this and, behind it, room for the real file.
struct Wrapped {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<Wrapped*>(file)->real(); }
const sqlite3_io_methods& methods_of(sqlite3_file* file) { return *real_of(file)->pMethods; }

int vfs_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (operation_fails()) return has_no_space() ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  return methods_of(file).xWrite(real_of(file), data, size, at);
}

int vfs_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (operation_fails()) return SQLITE_IOERR_TRUNCATE;
  return methods_of(file).xTruncate(real_of(file), size);
}

int vfs_sync(sqlite3_file* file, int flags) {
  if (operation_fails()) return SQLITE_IOERR_FSYNC;
  return methods_of(file).xSync(real_of(file), flags);
}

int vfs_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** mapped) {
  if (extend != 0 && operation_fails()) return has_no_space() ? SQLITE_FULL : SQLITE_IOERR_SHMSIZE;
  return methods_of(file).xShmMap(real_of(file), region, size, extend, mapped);
}

const sqlite3_io_methods kMethods = {
    .iVersion = 3,
    .xClose = [](sqlite3_file* file) { return methods_of(file).xClose(real_of(file)); },
    .xRead = [](sqlite3_file* file, void* data, int size,
                sqlite3_int64 at) { return methods_of(file).xRead(real_of(file), data, size, at); },
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = [](sqlite3_file* file,
                    sqlite3_int64* size) { return methods_of(file).xFileSize(real_of(file), size); },
    .xLock = [](sqlite3_file* file, int level) { return methods_of(file).xLock(real_of(file), level); },
    .xUnlock = [](sqlite3_file* file, int level) { return methods_of(file).xUnlock(real_of(file), level); },
    .xCheckReservedLock = [](sqlite3_file* file,
                             int* locked) { return methods_of(file).xCheckReservedLock(real_of(file), locked); },
    .xFileControl = [](sqlite3_file* file, int op,
                       void* value) { return methods_of(file).xFileControl(real_of(file), op, value); },
    .xSectorSize = [](sqlite3_file* file) { return methods_of(file).xSectorSize(real_of(file)); },
    .xDeviceCharacteristics = [](sqlite3_file* file) { return methods_of(file).xDeviceCharacteristics(real_of(file)); },
    .xShmMap = vfs_shm_map,
    .xShmLock = [](sqlite3_file* file, int offset, int count,
                   int flags) { return methods_of(file).xShmLock(real_of(file), offset, count, flags); },
    .xShmBarrier = [](sqlite3_file* file) { methods_of(file).xShmBarrier(real_of(file)); },
    .xShmUnmap = [](sqlite3_file* file, int remove) { return methods_of(file).xShmUnmap(real_of(file), remove); },
    .xFetch = [](sqlite3_file* file, sqlite3_int64 at, int size,
                 void** page) { return methods_of(file).xFetch(real_of(file), at, size, page); },
    .xUnfetch = [](sqlite3_file* file, sqlite3_int64 at,
                   void* page) { return methods_of(file).xUnfetch(real_of(file), at, page); }};

int vfs_open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* opened) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_CREATE) != 0 && operation_fails()) return SQLITE_CANTOPEN;
  const int code = real_vfs->xOpen(real_vfs, name, real_of(file), flags, opened);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}

int vfs_remove(sqlite3_vfs*, const char* name, int sync_directory) {
  if (operation_fails()) return SQLITE_IOERR_DELETE;
  return real_vfs->xDelete(real_vfs, name, sync_directory);
}

int vfs_last_error(sqlite3_vfs*, int size, char* text) {
  if (plan.failed) return has_no_space() ? ENOSPC : EIO;
  return real_vfs->xGetLastError(real_vfs, size, text);
}

sqlite3_vfs failing_vfs;

}  // namespace

FailingVfs::FailingVfs() {
  real_vfs = sqlite3_vfs_find(nullptr);
  failing_vfs = *real_vfs;
  failing_vfs.szOsFile = static_cast<int>(sizeof(Wrapped)) + real_vfs->szOsFile;
  failing_vfs.zName = "failing";
  failing_vfs.pNext = nullptr;
  failing_vfs.xOpen = vfs_open;
  failing_vfs.xDelete = vfs_remove;
  failing_vfs.xGetLastError = vfs_last_error;
  plan = {};
  sqlite3_vfs_register(&failing_vfs, 1);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(&failing_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

void FailingVfs::fail(int n, Error error, Times times) {
  plan = {.operations_left = n, .error = error, .times = times};
}

void FailingVfs::stop_failing() { plan = {.failed = plan.failed}; }

bool FailingVfs::failed() const { return plan.failed; }

}  // namespace enrichment_mock::support
