// A file that holds the port and a newline for as long as this lives: "41873\n". It appears whole or not at all, and is
// taken away at the end unless somebody else has written another port there by then.
#pragma once
#include <cstdint>
#include <string>

namespace enrichment_mock::cli {

class PortFile {
 public:
  // Throws std::runtime_error, a sentence that names the file.
  PortFile(std::string file, std::uint16_t port);
  ~PortFile();
  PortFile(const PortFile&) = delete;
  PortFile& operator=(const PortFile&) = delete;

 private:
  const std::string file_, text_;
};

}  // namespace enrichment_mock::cli
