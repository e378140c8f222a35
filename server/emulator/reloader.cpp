#include "emulator/reloader.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <utility>

#include "emulator/load.h"
#include "scenario/files.h"

namespace enrichment_mock {

namespace {

// A change is seen at the second look after it, so within twice that.
constexpr std::chrono::milliseconds kBetweenLooks{200};

bool same_name(const std::string& a, const std::string& b) {
  return std::filesystem::path(a).filename() == std::filesystem::path(b).filename();
}

}  // namespace

Reloader::Reloader(const Options& options, runner::Directory& directory, Say notice, Say warn)
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

// A file that was given by itself replaces one of its name in a directory.
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
  for (;;) {
    stop_.wait_for(kBetweenLooks);
    if (stop_.raised()) return;
    try {
      for (const auto& file : watch_.look()) reload(file);
    } catch (const std::exception& error) {
      warn_(std::string("watching scenario files: ") + error.what());
    }
  }
}

void Reloader::reload(const std::string& file) {
  const auto refuse = [this](const std::vector<scenario::Problem>& problems) {
    for (const auto& problem : problems) warn_("not loaded, the old scenario stays: " + to_string(problem));
  };
  auto loaded = load_scenario(file, options_);
  if (const auto* problems = std::get_if<std::vector<scenario::Problem>>(&loaded)) return refuse(*problems);
  auto& scenario = std::get<scenario::Scenario>(loaded);
  const std::string name = scenario.name;
  auto library = directory_.library()->with({file, std::move(scenario)});
  if (const auto* problems = std::get_if<std::vector<scenario::Problem>>(&library)) return refuse(*problems);
  directory_.replace(std::make_shared<const scenario::Library>(std::get<scenario::Library>(std::move(library))));
  notice_("loaded scenario " + name + " from " + file);
}

}  // namespace enrichment_mock
