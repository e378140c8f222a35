#include "cli/files.h"

#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "support/mounted.h"
#include "support/scarce_memory.h"
#include "support/temporary_directory.h"

namespace cli = enrichment_mock::cli;
namespace fs = std::filesystem;
using namespace enrichment_mock::support;

namespace {

void write_it(const std::string& file, std::string_view text = "new\n") {
  cli::write_output(file, text, "the port file", "--port-file");
}

std::string made_fifo(const TemporaryDirectory& directory) {
  CHECK(::mkfifo(directory.path("fifo").c_str(), 0600) == 0);
  return directory.path("fifo");
}

// The text that is written into a FIFO, up to its end.
std::string read_fifo(int fd) {
  std::string text;
  std::array<char, 100> buffer{};
  for (ssize_t count = 1; count > 0;) {
    count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  return text;
}

std::string problem_of(const std::string& file) {
  try {
    write_it(file);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "(none)";
}

std::size_t count_files(const TemporaryDirectory& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("files: a new file and a regular one get the text, and no temporary file remains") {
  const TemporaryDirectory directory;
  for (const char* text : {"first and longer\n", "second\n"}) {
    write_it(directory.path("file"), text);
    CHECK(read_file(directory.path("file")) == text);
    CHECK(count_files(directory) == 1);
  }
}

TEST_CASE("files: a reader that has opened a regular file still reads the old content") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("file", "old\n");
  const int fd = ::open(file.c_str(), O_RDONLY);
  write_it(file);
  CHECK(read_fifo(fd) == "old\n");
  CHECK(read_file(file) == "new\n");
}

TEST_CASE("files: a symlink stays, and its target gets the text") {
  const TemporaryDirectory directory;
  const std::string target = directory.write("target", "something long\n"), link = directory.path("link");
  fs::create_symlink(target, link);
  write_it(link);
  CHECK(fs::is_symlink(link));
  CHECK(read_file(target) == "new\n");
  fs::remove(target);
  write_it(link);
  CHECK(fs::is_symlink(link));
  CHECK(read_file(target) == "new\n");
}

TEST_CASE("files: a device stays a device") {
  write_it("/dev/null");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(problem_of("/dev/full").starts_with("cannot write the port file /dev/full: "));
}

TEST_CASE("files: a FIFO stays a FIFO, and its reader gets the text, now or later") {
  const TemporaryDirectory directory;
  const std::string fifo = made_fifo(directory);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  write_it(fifo);
  ::fcntl(reader, F_SETFL, 0);
  CHECK(read_fifo(reader) == "new\n");

  write_it(fifo, "later\n");
  CHECK(read_fifo(::open(fifo.c_str(), O_RDONLY)) == "later\n");
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("files: a FIFO gets a text that is longer than its buffer, once and in full, if the reader is awaited") {
  const TemporaryDirectory directory;
  const std::string fifo = made_fifo(directory), text(300'000, 'x');
  std::thread writer([&] { cli::write_output(fifo, text, "the report", "--junit", cli::FifoReader::awaited); });
  const auto read = read_fifo(::open(fifo.c_str(), O_RDONLY));
  writer.join();
  CHECK(read == text);
}

TEST_CASE("files: a file with the old name of the temporary file is not touched") {
  const TemporaryDirectory directory;
  const std::string precious = directory.write("precious", "precious\n"), file = directory.path("file");
  fs::create_symlink(precious, file + "." + std::to_string(::getpid()) + ".tmp");
  write_it(file);
  CHECK(read_file(file) == "new\n");
  CHECK(read_file(precious) == "precious\n");
}

TEST_CASE("files: a file that cannot be written is named with the cause and the flag") {
  const TemporaryDirectory directory;
  CHECK(problem_of(directory.path("missing/file")).find("No such file") != std::string::npos);
  CHECK(problem_of(directory.path()).find("s a directory; choose another file with --port-file") != std::string::npos);
}

TEST_CASE("port file: an old file is removed, even if another program wrote it") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("port", "anything");
  const cli::PortFile port_file(file);
  port_file.remove_stale();
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("port file: it is removed even without memory") {
  const TemporaryDirectory directory;
  const std::string file = directory.path("a-port-file-with-a-rather-long-name");
  cli::PortFile port_file(file);
  port_file.write(8080);
  {
    const ScarceMemory none;
    port_file.remove();
  }
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("port file: the target of a symlink is emptied, at the start and at the end") {
  const TemporaryDirectory directory;
  const std::string target = directory.write("target", "1\n"), link = directory.path("link");
  fs::create_symlink(target, link);
  cli::PortFile port_file(link);
  port_file.remove_stale();
  CHECK(read_file(target).empty());
  port_file.write(41'873);
  CHECK(read_file(target) == "41873\n");
  port_file.remove();
  CHECK(fs::is_symlink(link));
  CHECK(read_file(target).empty());
}

TEST_CASE("port file: a FIFO is neither removed nor read") {
  const TemporaryDirectory directory;
  const std::string fifo = made_fifo(directory);
  cli::PortFile port_file(fifo);
  port_file.remove_stale();
  port_file.write(41'873);
  CHECK(read_fifo(::open(fifo.c_str(), O_RDONLY)) == "41873\n");
  port_file.remove();
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("port file: once it is removed, nothing is written") {
  const TemporaryDirectory directory;
  cli::PortFile port_file(directory.path("port"));
  port_file.remove();
  port_file.write(41'873);
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("port file: a mounted file is written in place, and emptied at the end") {
  const TemporaryDirectory directory;
  const std::string mounted = directory.write("mounted", "1\n"), place = directory.write("port", "");
  const bool done = with_mounted(mounted, place, [&] {
    cli::PortFile port_file(place);
    port_file.remove_stale();
    CHECK(read_file(mounted).empty());
    port_file.write(41'873);
    CHECK(read_file(mounted) == "41873\n");
    port_file.remove();
    CHECK(read_file(mounted).empty());
    CHECK(count_files(directory) == 2);
  });
  if (!done) MESSAGE("skipped: nothing can be mounted here");
}
