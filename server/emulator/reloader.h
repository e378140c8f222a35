// Keeps the running scenarios up to their files (Options::watch).
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

// Notices that files have changed by reading them: this works behind bind mounts and on network drives, too, where the
// system reports no changes, and whether an editor writes in place or renames a new file over the old one.
class FileWatch {
 public:
  using List = std::function<std::vector<std::string>()>;

  // `list` says which files to look at; it is asked at every look. Their present content counts as accepted.
  explicit FileWatch(List list);

  // The files whose content differs from what was last accepted, and those that are new or gone. A change counts once
  // two looks in a row have seen it, because an editor may be in the middle of writing.
  std::vector<std::string> look();

  // All that the last look has returned is dealt with.
  void accept();

 private:
  using Content = std::optional<std::string>;  // nothing: it cannot be read
  struct File {
    std::optional<Content> known, seen;  // nothing: never yet
    bool has_changed = false;            // as the last look returned
  };
  static Content read(const std::string& file);

  List list_;
  std::map<std::string, File> files_;
};

class Reloader {
 public:
  using Say = std::function<void(std::string_view)>;

  // Files that have changed at one look are loaded together, except those with problems. One that is refused only
  // because of what another says is tried again whenever any has changed. Each notice and warning is about one file.
  // Without options.watch no file is looked at.
  Reloader(const Options& options, runner::Directory& directory, Say notice, Say warn);
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
  const Say notice_, warn_;
  base::StopSignal stop_;
  FileWatch watch_;
  runner::WarningLimiter failures_;                       // the thread's own
  std::map<std::string, std::set<std::string>> refused_;  // files, for what another says; and what was said of each
  std::thread thread_;
};

}  // namespace enrichment_mock
