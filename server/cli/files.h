// Small files that the program writes for other programs. Errors are thrown as std::runtime_error with a sentence that
// names the file.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace enrichment_mock::cli {

// A regular file is written under a temporary name and then renamed, so that readers never see half of it. A file that
// cannot be replaced, such as a file mounted on its own, is written in place. Anything else (a device, a FIFO, a
// symlink) is opened and written. If no process has opened a FIFO for reading, `reader` says what happens. An error
// names the file's purpose and the flag: "cannot write the port file x: …; choose another file with --port-file".
enum class FifoReader {
  later,   // returns at once; the text is written once a process opens the FIFO, unless the program has ended
  awaited  // returns once it is written
};
void write_output(const std::string& file, std::string_view text, std::string_view what, std::string_view flag,
                  FifoReader reader = FifoReader::later);

// Replaces a regular file so that its old or its new text is there even if the machine stops in between. Other kinds of
// files are written as by write_output().
void write_durably(const std::string& file, std::string_view text, std::string_view what, std::string_view flag);

// Creates the file. Never overwrites one, not even a file that appears in the meantime.
void write_new(const std::string& file, std::string_view text);

// A file that holds the port and a newline while the server runs: "41873\n". Thread-safe.
class PortFile {
 public:
  // Empty: there is no port file; all members do nothing.
  explicit PortFile(std::string file) : file_(std::move(file)) {}
  ~PortFile() { remove(); }
  PortFile(const PortFile&) = delete;
  PortFile& operator=(const PortFile&) = delete;

  // Removes the file that a killed program has left behind, whatever its content. Like remove(), it empties a file that
  // cannot be removed, and does not touch anything that stores no text, such as a FIFO.
  void remove_stale() const;

  void write(std::uint16_t port);

  // Removes the file unless another process has written another port into it. After this, write() does nothing.
  void remove();

 private:
  const std::string file_;
  std::mutex mutex_;  // guards all below; held while writing and removing
  std::string text_;
  bool removed_ = false;
};

}  // namespace enrichment_mock::cli
