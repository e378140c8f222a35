// Small files that the program writes for others to read. What goes wrong is thrown as std::runtime_error, a sentence
// that names the file.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

// Readers never see half of it: it is written next to its place and renamed. An error says what the file was for and
// which flag names another: "cannot write the port file x: …; choose another file with --port-file".
void write_atomically(const std::string& file, std::string_view text, std::string_view what, std::string_view flag);

// Never over another file, not even one that appears meanwhile.
void write_new(const std::string& file, std::string_view text);

// A file that holds the port and a newline for as long as this lives: "41873\n". It is removed at the end unless
// somebody else has written another port there by then.
class PortFile {
 public:
  PortFile(std::string file, std::uint16_t port);
  ~PortFile();
  PortFile(const PortFile&) = delete;
  PortFile& operator=(const PortFile&) = delete;

 private:
  const std::string file_, text_;
};

}  // namespace enrichment_mock::cli
