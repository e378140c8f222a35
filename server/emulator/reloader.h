// Reloads scenario files when they change (Options::watch).
#pragma once
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/waiting.h"
#include "enrichment_mock/emulator.h"
#include "runner/directory.h"
#include "runner/warning_limiter.h"

namespace enrichment_mock {

// Detects changed files by reading them. This also works for bind mounts and network drives, where the system reports
// no changes, and for editors that write in place or rename a new file over the old one.
class FileWatch {
 public:
  using List = std::function<std::vector<std::string>()>;

  // `list` returns the files to watch; it is called at every look. Their current content counts as accepted.
  explicit FileWatch(List list);

  // Returns the files that are changed, new or gone since they were last accepted. A change counts when two looks in a
  // row have seen it, because an editor may be in the middle of writing.
  std::vector<std::string> look();

  // Marks the changes that the last look has returned as handled.
  void accept();

 private:
  using Content = std::optional<std::string>;  // nothing: it cannot be read
  struct File {
    std::optional<Content> accepted, seen;  // nothing: never
    bool has_changed = false;               // returned by the last look
  };
  static Content read(const std::string& file);

  List list_;
  std::map<std::string, File> files_;
};

class Reloader {
 public:
  using Log = std::function<void(std::string_view)>;

  // Files that change in the same look are loaded together, except files with problems. A file that is refused only
  // because of a conflict with another file is tried again at the next change of any file. Each notice and warning is
  // about one file. Without options.watch, nothing happens.
  Reloader(const Options& options, runner::Directory& directory, Log notice, Log warn);
  ~Reloader();  // stops

  void stop();

 private:
  void run();
  void warn_of(const std::exception& error) noexcept;
  void reload(const std::vector<std::string>& changed);
  std::vector<scenario::Library::Source> read(const std::vector<std::string>& files) const;
  void refuse(const json_text::Problem& problem) const;
  std::vector<std::string> files() const;

  const Options options_;
  runner::Directory& directory_;
  const Log notice_, warn_;
  base::StopSignal stop_;
  FileWatch watch_;
  runner::WarningLimiter failures_;                       // used by the thread only
  std::map<std::string, std::set<std::string>> refused_;  // files with conflicts, and the messages about them
  std::thread thread_;
};

}  // namespace enrichment_mock
