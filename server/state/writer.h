// Saves the changes of all teams in a file, on a thread of its own: all that are there, in one commit, then the next
// ones. While saving fails, it repeats the same commit.
#pragma once
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "runner/commits.h"
#include "state/file.h"

namespace enrichment_mock::state {

class Writer {
 public:
  // `warn` is called when saving begins to fail, and when it succeeds again. `on_failing` is called when it has begun
  // to fail, so that nobody waits for what cannot happen then; it must not throw.
  Writer(File& file, runner::Commits& commits, std::function<void(std::string_view)> warn,
         std::function<void()> on_failing);
  ~Writer();  // stops

  // Saves what has been announced so far, and ends. While saving fails, that is lost.
  void stop();

 private:
  void run();
  void save(const runner::Commits::Taken& taken) noexcept;
  bool collect(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams) noexcept;
  bool try_to_save(const File::Commit& commit) noexcept;
  bool pause_after(const char* failure) noexcept;
  void warn(const char* text, const char* cause) noexcept;

  File& file_;
  runner::Commits& commits_;
  const std::function<void(std::string_view)> warn_;
  const std::function<void()> on_failing_;
  std::vector<runner::TeamChanges> changes_;  // a member so that its storage is reused
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace enrichment_mock::state
