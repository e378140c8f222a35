#include "cli/whole_file.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace enrichment_mock::cli {

void write_whole_file(const std::string& file, std::string_view text, std::string_view what, std::string_view flag) {
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

}  // namespace enrichment_mock::cli
