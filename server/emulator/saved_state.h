// The state that survives the end of the program: opens the file of Options::state_file, gives its teams to the
// directory, and saves what changes from then on.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "enrichment_mock/options.h"
#include "net/message.h"
#include "runner/commits.h"
#include "runner/directory.h"
#include "state/file.h"
#include "state/writer.h"

namespace enrichment_mock {

// As a barrier it holds each response back until what it shows is saved. The ticket is Commits::announced(). If saving
// fails, the response is 503.
class SavedState final : public net::Barrier {
 public:
  // Throws StartError if the file cannot be used.
  SavedState(const Options& options, std::function<void(std::string_view)> warn);

  // Of the first start with this file; a new one if the file is new.
  std::uint64_t secret() const { return secret_; }

  runner::Commits& commits() { return commits_; }

  // Gives the saved teams to the directory, which has none yet and must exist until stop(), and begins to save. Throws
  // StartError if they are damaged.
  void restore(runner::Directory& directory, const Options& options);

  bool passes(const base::Resumer::Waiting& response) override { return commits_.is_over(response); }
  void finish(net::Response& response) const override;

  // Saves what has changed, and ends.
  void stop();

 private:
  state::File file_;
  const std::uint64_t secret_;
  runner::Commits commits_;
  const std::function<void(std::string_view)> warn_;
  std::unique_ptr<state::Writer> writer_;
};

// 503: the state cannot be saved at present.
net::Response not_saved(const runner::NotSaved& error);

// Null: the options name no file.
std::unique_ptr<SavedState> open_saved_state(const Options& options, std::function<void(std::string_view)> warn);

// Random, and below 2^53, so that JSON can show it and --seed accepts it.
std::uint64_t random_secret();

}  // namespace enrichment_mock
