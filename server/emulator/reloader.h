// Keeps the running scenarios up to their files (Options::watch).
#pragma once
#include <functional>
#include <string_view>
#include <thread>

#include "base/stop_signal.h"
#include "emulator/file_watch.h"
#include "enrichment_mock/emulator.h"
#include "runner/directory.h"

namespace enrichment_mock {

class Reloader {
 public:
  using Say = std::function<void(std::string_view)>;

  // What is said is about one file each. Without options.watch nothing is ever looked at.
  Reloader(const Options& options, runner::Directory& directory, Say notice, Say warn);
  ~Reloader();  // stops

  void stop();

 private:
  void run();
  void reload(const std::string& file);
  std::vector<std::string> files() const;

  const Options options_;
  runner::Directory& directory_;
  const Say notice_, warn_;
  base::StopSignal stop_;
  FileWatch watch_;
  std::thread thread_;
};

}  // namespace enrichment_mock
