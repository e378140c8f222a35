#include "cli/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <iterator>
#include <optional>
#include <random>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "base/threads.h"

namespace enrichment_mock::cli {
namespace {

using Status = struct ::stat;

constexpr mode_t kMode = 0666;  // before the umask

[[noreturn]] void fail_to_write_new(const std::string& file) {
  if (errno == EEXIST) throw std::runtime_error(file + " already exists; choose another name");
  throw std::runtime_error("cannot write " + file + ": " + std::generic_category().message(errno));
}

// Does not follow a symlink. Nothing: there is no such file.
std::optional<Status> status_of(const std::string& file) {
  Status found{};
  return ::lstat(file.c_str(), &found) == 0 ? std::optional(found) : std::nullopt;
}

// Follows symlinks.
std::optional<Status> status_of_target(const std::string& file) {
  Status found{};
  return ::stat(file.c_str(), &found) == 0 ? std::optional(found) : std::nullopt;
}

// Standard output or standard error, if the file is one of them under any name. Opening it by name would truncate it or
// write at its beginning.
std::optional<int> standard_stream(const std::string& file) {
  const auto found = status_of_target(file);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    Status stream{};
    if (found && ::fstat(fd, &stream) == 0 && stream.st_dev == found->st_dev && stream.st_ino == found->st_ino)
      return fd;
  }
  return std::nullopt;
}

// These return 0, or errno.

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

// Whether the text is on the disk, not only in the system's memory, when it is written.
enum class Sync { no, yes };

int write_and_close(int fd, std::string_view text, Sync sync = Sync::no) {
  if (fd < 0) return errno;
  int error = write_all(fd, text);
  if (error == 0 && sync == Sync::yes && ::fsync(fd) != 0) error = errno;
  return ::close(fd) != 0 && error == 0 ? errno : error;
}

std::string temporary_name(const std::string& file) {
  std::random_device device;
  return file + "." + std::to_string(device()) + std::to_string(device()) + ".tmp";
}

// O_EXCL: never opens an existing file or symlink.
int replace(const std::string& file, std::string_view text, Sync sync) {
  const std::string draft = temporary_name(file);
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd < 0) return errno;
  int error = write_and_close(fd, text, sync);
  if (error == 0 && ::rename(draft.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(draft.c_str());
  return error;
}

void write_when_opened(const std::string& fifo, std::string_view text) {
  std::thread([fifo, text = std::string(text)] {
    base::name_this_thread("fifo");
    write_and_close(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC), text);
  }).detach();
}

int write_into(const std::string& file, std::string_view text, FifoReader reader) {
  if (const auto stream = standard_stream(file)) return write_all(*stream, text);
  const auto found = status_of_target(file);
  const bool is_fifo = found && S_ISFIFO(found->st_mode);
  if (is_fifo && reader == FifoReader::awaited)
    return write_and_close(::open(file.c_str(), O_WRONLY | O_CLOEXEC), text);
  constexpr int kHow = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const int error = write_and_close(::open(file.c_str(), kHow, kMode), text);
  if (!is_fifo || (error != ENXIO && error != EAGAIN)) return error;
  write_when_opened(file, text);
  return 0;
}

// True for the errors of a rename that still allow writing in place: the file is mounted, or its directory is
// read-only.
bool may_be_written_in_place(int error) {
  constexpr int kErrors[] = {EBUSY, EACCES, EPERM, EROFS};
  return std::ranges::find(kErrors, error) != std::end(kErrors);
}

int write_by_kind(const std::string& file, std::string_view text, FifoReader reader, Sync sync) {
  const auto found = status_of(file);
  if (found && !S_ISREG(found->st_mode)) return write_into(file, text, reader);
  const int error = replace(file, text, sync);
  return found && may_be_written_in_place(error) ? write_into(file, text, reader) : error;
}

// True for a regular file, also behind a symlink. A FIFO or a device stores no text.
bool stores_text(const std::string& file) {
  const auto found = status_of_target(file);
  return found && S_ISREG(found->st_mode) && !standard_stream(file);
}

// Empties a file that cannot be removed because it is mounted or behind a symlink. False: neither is possible.
bool remove_or_empty(const std::string& file) {
  const auto found = status_of(file);
  const bool removed = found && S_ISREG(found->st_mode) && ::unlink(file.c_str()) == 0;
  return removed || ::truncate(file.c_str(), 0) == 0;
}

void write_or_throw(const std::string& file, std::string_view text, std::string_view what, std::string_view flag,
                    FifoReader reader, Sync sync) {
  const int error = write_by_kind(file, text, reader, sync);
  if (error == 0) return;
  throw std::runtime_error("cannot write " + std::string(what) + " " + file + ": " +
                           std::generic_category().message(error) + "; choose another file with " + std::string(flag));
}

}  // namespace

void write_output(const std::string& file, std::string_view text, std::string_view what, std::string_view flag,
                  FifoReader reader) {
  write_or_throw(file, text, what, flag, reader, Sync::no);
}

void write_durably(const std::string& file, std::string_view text, std::string_view what, std::string_view flag) {
  write_or_throw(file, text, what, flag, FifoReader::later, Sync::yes);
}

void write_new(const std::string& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) fail_to_write_new(file);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(fd) != 0 || !written) fail_to_write_new(file);
}

void PortFile::remove_stale() const {
  if (!file_.empty() && stores_text(file_)) remove_or_empty(file_);
}

void PortFile::write(std::uint16_t port) {
  const std::scoped_lock lock(mutex_);
  if (file_.empty() || removed_) return;
  text_ = std::to_string(port) + "\n";
  write_output(file_, text_, "the port file", "--port-file");
}

void PortFile::remove() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(removed_, true) || text_.empty() || !stores_text(file_)) return;
  const int fd = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  char found[16];  // longer than any port; on the stack, because memory may have run out
  const ssize_t size = ::read(fd, found, sizeof found);
  ::close(fd);
  if (size >= 0 && text_ == std::string_view(found, static_cast<std::size_t>(size))) remove_or_empty(file_);
}

}  // namespace enrichment_mock::cli
