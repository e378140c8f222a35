// Keeps the running scenarios up to their files (Options::watch).
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/stop_signal.h"
#include "emulator/file_watch.h"
#include "enrichment_mock/emulator.h"
#include "runner/directory.h"

namespace enrichment_mock {

class Reloader {
 public:
  using Say = std::function<void(std::string_view)>;

  // Files that have changed at one look are loaded together, but for those with problems. One that is refused only for
  // what another says is tried again whenever any has changed. What is said is about one file each. Without
  // options.watch nothing is ever looked at.
  Reloader(const Options& options, runner::Directory& directory, Say notice, Say warn);
  ~Reloader();  // stops

  void stop();

 private:
  void run();
  void reload(const std::vector<std::string>& changed);
  std::vector<scenario::Library::Source> read(const std::vector<std::string>& files) const;
  void refuse(const scenario::Problem& problem) const;
  std::vector<std::string> files() const;

  const Options options_;
  runner::Directory& directory_;
  const Say notice_, warn_;
  base::StopSignal stop_;
  FileWatch watch_;
  std::map<std::string, std::set<std::string>> refused_;  // files, for what another says; and what was said of each
  std::thread thread_;
};

}  // namespace enrichment_mock
