#include "cli/port_file.h"

#include <fstream>
#include <iterator>
#include <unistd.h>
#include <utility>

#include "cli/whole_file.h"

namespace enrichment_mock::cli {

PortFile::PortFile(std::string file, std::uint16_t port) : file_(std::move(file)), text_(std::to_string(port) + "\n") {
  write_whole_file(file_, text_, "the port file", "--port-file");
}

PortFile::~PortFile() {
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text == text_) ::unlink(file_.c_str());
}

}  // namespace enrichment_mock::cli
