#include "app/port_file.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace enrichment_mock::app {

PortFile::PortFile(std::string file, std::uint16_t port) : file_(std::move(file)), text_(std::to_string(port) + "\n") {
  const std::string draft = file_ + "." + std::to_string(::getpid()) + ".tmp";
  std::ofstream out(draft, std::ios::binary);
  out << text_;
  out.close();
  if (out && std::rename(draft.c_str(), file_.c_str()) == 0) return;
  const std::string cause = std::generic_category().message(errno);
  ::unlink(draft.c_str());
  throw std::runtime_error("cannot write the port file " + file_ + ": " + cause +
                           "; choose another file with --port-file");
}

PortFile::~PortFile() {
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text == text_) ::unlink(file_.c_str());
}

}  // namespace enrichment_mock::app
