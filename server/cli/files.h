// Small files that the program writes for others to read. What goes wrong is thrown as std::runtime_error, a sentence
// that names the file.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace enrichment_mock::cli {

// A regular file is written next to its place and renamed, so that readers never see half of it; one that no other can
// replace, such as a single file that is mounted, is written in place. Anything else, such as a device, a FIFO or a
// symlink, is written into; a FIFO that nobody has opened gets the text once somebody does. An error says what the file
// was for and which flag names another: "cannot write the port file x: …; choose another file with --port-file".
void write_output(const std::string& file, std::string_view text, std::string_view what, std::string_view flag);

// Never over another file, not even one that appears meanwhile.
void write_new(const std::string& file, std::string_view text);

// A file that holds the port and a newline while the server runs: "41873\n". Thread-safe.
class PortFile {
 public:
  // Empty: there is none, and nothing is done.
  explicit PortFile(std::string file) : file_(std::move(file)) {}
  ~PortFile() { remove(); }
  PortFile(const PortFile&) = delete;
  PortFile& operator=(const PortFile&) = delete;

  // Removes what a program that was killed has left there, whatever it holds. As remove(), it empties a file that
  // cannot be removed, and leaves alone what keeps no text, such as a FIFO.
  void remove_stale() const;

  void write(std::uint16_t port);

  // Removes it unless somebody else has written another port there. From then on nothing is written.
  void remove();

 private:
  const std::string file_;
  std::mutex mutex_;  // guards all below, and that writing and removing do not meet
  std::string text_;
  bool removed_ = false;
};

}  // namespace enrichment_mock::cli
