#include "emulator/file_watch.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace enrichment_mock {

namespace {
constexpr std::size_t kMostBytes = 1'000'001;  // of a scenario file, and one more
constexpr std::size_t kBlock = 16 * 1024;
}  // namespace

FileWatch::FileWatch(List list) : list_(std::move(list)) {
  for (auto& file : list_()) {
    const auto content = read(file);
    files_.emplace(std::move(file), File{content, content});
  }
}

FileWatch::Content FileWatch::read(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return std::nullopt;  // nobody waits for a pipe
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return std::nullopt;
  std::string content;
  for (char block[kBlock]; stream && content.size() < kMostBytes;) {
    stream.read(block, kBlock);
    content.append(block, static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return std::nullopt;
  return content;
}

std::vector<std::string> FileWatch::look() {
  for (auto& file : list_()) files_.try_emplace(std::move(file));
  std::vector<std::string> changed;
  for (auto& [name, file] : files_) {
    auto content = read(name);
    const bool steady = file.seen && content == *file.seen;
    file.seen = std::move(content);
    if (!steady || file.seen == file.known) continue;
    file.known = file.seen;
    changed.push_back(name);
  }
  return changed;
}

}  // namespace enrichment_mock
