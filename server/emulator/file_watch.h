// Notices that files have changed, by looking at them: also behind bind mounts and on network drives, where no system
// tells of it, and whether an editor writes in place or renames a new file over the old one.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace enrichment_mock {

class FileWatch {
 public:
  using List = std::function<std::vector<std::string>()>;

  // `list` says which files there are to look at; it is asked at every look. As they are now, they are known.
  explicit FileWatch(List list);

  // The files that have another content than the last time they were returned, or are new, or are gone; once that was
  // so at two looks in a row, for an editor may be in the middle of writing.
  std::vector<std::string> look();

 private:
  using Content = std::optional<std::string>;  // nothing: it cannot be read
  struct File {
    std::optional<Content> known, seen;  // nothing: never yet
  };
  static Content read(const std::string& file);

  List list_;
  std::map<std::string, File> files_;
};

}  // namespace enrichment_mock
