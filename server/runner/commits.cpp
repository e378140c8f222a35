#include "runner/commits.h"

#include <algorithm>
#include <utility>

#include "base/memory.h"
#include "base/waiting.h"
#include "runner/team_runner.h"

namespace enrichment_mock::runner {

void Commits::announce(TeamRunner& team) {
  std::lock_guard lock(mutex_);
  if (!team.is_announced_) {
    team.is_announced_ = true;
    team.next_changed_ = std::exchange(changed_, team.shared_from_this());
    ++changed_count_;
  }
  notify_writer();
}

void Commits::announce_closed(std::span<const std::uint64_t> worlds, std::uint64_t identity) {
  std::lock_guard lock(mutex_);
  base::reserve_more(closed_teams_, 1);
  ended_worlds_.insert(ended_worlds_.end(), worlds.begin(), worlds.end());
  closed_teams_.push_back(identity);
  notify_writer();
}

void Commits::notify_writer() {
  ++announced_;
  if (writer_waits_) work_.notify_one();
}

void Commits::wait() {
  const auto wanted = announced_.load();
  if (saved_ >= wanted) return;
  const base::Blocking blocking;
  std::unique_lock lock(mutex_);
  ++waiting_;
  done_.wait(lock, [&] { return saved_ >= wanted || failing_ || stopped_; });
  --waiting_;
  if (saved_ < wanted) throw NotSaved(failing_ ? why_ : "the mock is about to stop");
}

void Commits::check_saved(std::uint64_t announced) const {
  if (saved_ >= announced) return;
  std::lock_guard lock(mutex_);
  if (saved_ < announced) throw NotSaved(failing_ || !stopped_ ? why_ : "the mock is about to stop");
}

bool Commits::is_over(const base::Resumer::Waiting& response) {
  if (saved_ >= response.ticket) return true;
  std::lock_guard lock(mutex_);
  if (saved_ >= response.ticket || failing_ || stopped_) return true;  // Barrier::finish() decides what is sent
  waiting_responses_.push_back(response);
  return false;
}

void Commits::resume_until(std::uint64_t announced) {
  const auto later = std::partition(waiting_responses_.begin(), waiting_responses_.end(),
                                    [&](const auto& each) { return each.ticket <= announced; });
  for (auto first = waiting_responses_.begin(); first != later;) {
    auto* const resumer = first->resumer;
    const auto last = std::partition(first, later, [&](const auto& each) { return each.resumer == resumer; });
    resumer->resume({first, last});
    first = last;
  }
  waiting_responses_.erase(waiting_responses_.begin(), later);
}

void Commits::check() const {
  if (!failing_) return;
  std::lock_guard lock(mutex_);
  throw NotSaved(why_);
}

void Commits::when_saved(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  actions_.push_back(std::move(action));
  if (writer_waits_) work_.notify_one();
}

std::optional<Commits::Taken> Commits::take(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  writer_waits_ = true;
  work_.wait_until(lock, until, [this] { return has_work() || stopped_; });
  writer_waits_ = false;
  if (!has_work()) return std::nullopt;
  Taken taken;
  taken.teams.reserve(changed_count_);
  while (changed_) {
    auto team = std::move(changed_);
    changed_ = std::move(team->next_changed_);
    team->is_announced_ = false;
    taken.teams.push_back(std::move(team));
  }
  changed_count_ = 0;
  taken.ended_worlds.swap(ended_worlds_);
  taken.closed_teams.swap(closed_teams_);
  taken.actions.swap(actions_);
  taken.announced = announced_;
  return taken;
}

void Commits::saved(std::uint64_t announced) {
  std::lock_guard lock(mutex_);
  saved_ = announced;
  failing_ = false;
  if (waiting_ > 0) done_.notify_all();
  resume_until(announced);
}

bool Commits::failed(const char* why) noexcept {
  std::lock_guard lock(mutex_);
  try {
    why_ = why;
  } catch (const std::bad_alloc&) {
    why_.clear();
  }
  const bool has_begun = !failing_.exchange(true);
  done_.notify_all();
  resume_until(UINT64_MAX);
  return has_begun;
}

void Commits::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  work_.notify_all();
  done_.notify_all();
  resume_until(UINT64_MAX);
}

void Commits::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  work_.wait_for(lock, duration, [this] { return stopped_.load(); });
}

}  // namespace enrichment_mock::runner
