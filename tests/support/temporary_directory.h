// A new directory that is removed with its content when the test ends.
#pragma once
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "support/patience.h"

namespace enrichment_mock::support {

class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(std::filesystem::temp_directory_path() / "enrichment-mock-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

  // Writes a file; returns its path.
  std::string write(std::string_view name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The same, once it contains that text, which another thread writes.
inline std::string await_in_file(const std::string& file, std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string found = read_file(file);
  while (found.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    found = read_file(file);
  }
  return found;
}

}  // namespace enrichment_mock::support
