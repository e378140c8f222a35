#include "cli/files.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace enrichment_mock::cli {
namespace {

[[noreturn]] void fail_to_write_new(const std::string& file) {
  if (errno == EEXIST) throw std::runtime_error(file + " exists already, and is left as it is; choose another name");
  throw std::runtime_error("cannot write " + file + ": " + std::generic_category().message(errno));
}

}  // namespace

void write_atomically(const std::string& file, std::string_view text, std::string_view what, std::string_view flag) {
  const std::string draft = file + "." + std::to_string(::getpid()) + ".tmp";
  std::ofstream out(draft, std::ios::binary);
  out << text;
  out.close();
  if (out && std::rename(draft.c_str(), file.c_str()) == 0) return;
  const std::string cause = std::generic_category().message(errno);
  ::unlink(draft.c_str());
  throw std::runtime_error("cannot write " + std::string(what) + " " + file + ": " + cause +
                           "; choose another file with " + std::string(flag));
}

void write_new(const std::string& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) fail_to_write_new(file);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(fd) != 0 || !written) fail_to_write_new(file);
}

PortFile::PortFile(std::string file, std::uint16_t port) : file_(std::move(file)), text_(std::to_string(port) + "\n") {
  write_atomically(file_, text_, "the port file", "--port-file");
}

PortFile::~PortFile() {
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text == text_) ::unlink(file_.c_str());
}

}  // namespace enrichment_mock::cli
