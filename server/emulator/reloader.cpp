#include "emulator/reloader.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/threads.h"
#include "base/undo.h"
#include "emulator/load.h"
#include "scenario/library.h"

namespace enrichment_mock {

namespace {

// A change is detected at the second look after it.
constexpr std::chrono::milliseconds kLookInterval{200};
static_assert(3 * kLookInterval < std::chrono::seconds(1), "a change must apply within a second");

constexpr std::size_t kMaxBytes = 1'000'001;  // one more than a scenario file may have
constexpr std::size_t kBlock = 16 * 1024;

bool same_name(const std::string& a, const std::string& b) {
  return std::filesystem::path(a).filename() == std::filesystem::path(b).filename();
}

}  // namespace

FileWatch::FileWatch(List list) : list_(std::move(list)) {
  for (auto& file : list_()) {
    const auto content = read(file);
    files_.emplace(std::move(file), File{.accepted = content, .seen = content});
  }
}

FileWatch::Content FileWatch::read(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return std::nullopt;  // reading a pipe could block
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return std::nullopt;
  std::string content;
  for (char block[kBlock]; stream && content.size() < kMaxBytes;) {
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
    file.has_changed = steady && file.seen != file.accepted;
    if (file.has_changed) changed.push_back(name);
  }
  return changed;
}

void FileWatch::accept() {
  for (auto& [name, file] : files_)
    if (file.has_changed) file.accepted = file.seen;
}

Reloader::Reloader(const Options& options, runner::Directory& directory, Log notice, Log warn)
    : options_(options), directory_(directory), notice_(std::move(notice)), warn_(std::move(warn)), watch_([this] {
        return files();
      }) {
  if (options_.watch) thread_ = std::thread([this] { run(); });
}

Reloader::~Reloader() { stop(); }

void Reloader::stop() {
  stop_.raise();
  if (thread_.joinable()) thread_.join();
}

// A file in options.scenario_files overrides a file of the same name in a directory.
std::vector<std::string> Reloader::files() const {
  std::vector<std::string> all = options_.watch ? options_.scenario_files : std::vector<std::string>{};
  if (!options_.watch) return all;
  for (const auto& directory : options_.watch_directories)
    for (auto& file : scenario::files_in(directory).value_or(std::vector<std::string>{}))
      if (std::ranges::none_of(all, [&](const std::string& known) { return same_name(known, file); }))
        all.push_back(std::move(file));
  return all;
}

void Reloader::run() {
  base::name_this_thread("scenario-watch");
  for (;;) {
    stop_.wait_for(kLookInterval);
    if (stop_.raised()) return;
    try {
      const auto changed = watch_.look();
      if (changed.empty()) continue;
      reload(changed);
      watch_.accept();
    } catch (const std::exception& error) {  // probably out of memory; the next look tries again
      warn_of(error);
    }
  }
}

void Reloader::warn_of(const std::exception& error) noexcept {
  try {
    if (failures_.record(std::chrono::steady_clock::now()))
      warn_(std::string("watching scenario files: ") + error.what());
  } catch (const std::exception&) {  // out of memory: no warning
  }
}

void Reloader::reload(const std::vector<std::string>& changed) {
  auto refused = std::exchange(refused_, {});
  base::Undo undo([&] { refused_ = std::move(refused); });
  auto files = changed;
  for (const auto& file : changed) refused.erase(file);
  for (const auto& [file, messages] : refused) files.push_back(file);

  auto sources = read(files);
  std::vector<std::pair<std::string, std::string>> names;  // of the files' scenarios
  for (const auto& [file, scenario] : sources) names.emplace_back(file, scenario.name);
  for (const auto& problem : directory_.load(std::move(sources))) {
    refused_[problem.file].insert(to_string(problem));
    if (!refused[problem.file].contains(to_string(problem))) refuse(problem);
  }
  undo.cancel();
  for (const auto& [file, name] : names)
    if (!refused_.contains(file)) notice_("loaded scenario " + name + " from " + file);
}

// The files that are valid on their own.
std::vector<scenario::Library::Source> Reloader::read(const std::vector<std::string>& files) const {
  std::vector<scenario::Library::Source> sources;
  for (const auto& file : files) {
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
      warn_("the scenario file " + file + " is gone; its scenario stays loaded until the next start");
      continue;
    }
    auto loaded = load_scenario(file, options_);
    if (auto* scenario = std::get_if<scenario::Scenario>(&loaded))
      sources.emplace_back(file, std::move(*scenario));
    else
      for (const auto& problem : std::get<std::vector<json_text::Problem>>(loaded)) refuse(problem);
  }
  return sources;
}

void Reloader::refuse(const json_text::Problem& problem) const {
  const auto name = std::filesystem::path(problem.file).stem().string();
  const bool has_old = directory_.library()->find(name) != nullptr;
  warn_((has_old ? "not loaded, the old scenario stays active: " : "not loaded: ") + to_string(problem));
}

}  // namespace enrichment_mock
