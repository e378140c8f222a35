#include "runner/sink.h"

#include <algorithm>
#include <iterator>
#include <openssl/rand.h>
#include <stdexcept>

#include "base/memory.h"
#include "base/text.h"
#include "base/undo.h"
#include "runner/commits.h"
#include "runner/waits.h"

namespace enrichment_mock::runner {

namespace {

// 128 random bits as hexadecimal digits.
std::string random_mark() {
  unsigned char bits[16];
  if (RAND_bytes(bits, sizeof bits) != 1) throw std::runtime_error("OpenSSL has no random numbers");
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char each : bits) {
    text += kHexDigits[each >> 4];
    text += kHexDigits[each & 15];
  }
  return text;
}

}  // namespace

std::size_t SinkEntry::memory() const {
  constexpr std::size_t kOverhead = 64;  // of the entry and its place in a list
  std::size_t bytes = sizeof(SinkEntry) + kOverhead;
  for (const auto* text :
       {&method, &target, &headers, &body, &source.team_id, &source.enrichment_id, &source.callback_id})
    bytes += text->capacity();
  return bytes;
}

bool Sink::is_name(std::string_view text) {
  constexpr auto kInName = base::kLettersAndDigits.with("-_.");
  return !text.empty() && text.size() <= base::kMaxSinkName && kInName.has_all(text);
}

Sink::Mark::Mark(std::shared_ptr<Sink> sink, SinkSource source)
    : sink_(std::move(sink)), text_(random_mark()), source_(std::move(source)) {
  const std::lock_guard lock(sink_->sink_mutex_);
  sink_->marks_.emplace(text_, this);
}

Sink::Mark::~Mark() {
  const std::lock_guard lock(sink_->sink_mutex_);
  sink_->marks_.erase(text_);
}

std::shared_ptr<const Sink::Mark> Sink::mark(SinkSource source) {
  return std::make_shared<const Mark>(shared_from_this(), std::move(source));
}

const Sink::List* Sink::find(Team team, std::string_view name) const {
  const auto found = lists_.find({team, std::string(name)});
  return found == lists_.end() ? nullptr : &found->second;
}

Sink::Lists::iterator Sink::find_or_add(Team team, std::string_view name) {
  std::pair key(team, std::string(name));
  const auto found = lists_.find(key);
  if (found != lists_.end() || lists_.size() >= limits_.lists) return found;
  return lists_.try_emplace(std::move(key)).first;
}

// The lists at a name: the team's, or the lists of all teams.
template <class Action>
void Sink::for_each_list(std::string_view name, std::optional<Team> team, Action action) const {
  if (team) {
    if (const auto* list = find(*team, name)) action(*list);
    return;
  }
  for (const auto& [key, list] : lists_)
    if (key.second == name) action(list);
}

// The list with the script that answers a team; null: there is no script.
Sink::List* Sink::scripted(Lists::iterator of_team) {
  if (of_team->second.script) return &of_team->second;
  const auto of_none = lists_.find({kNoTeam, of_team->first.second});
  return of_none != lists_.end() && of_none->second.script ? &of_none->second : nullptr;
}

std::variant<Sink::Answer, Sink::Refusal> Sink::receive(std::string_view name, std::string_view mark, SinkEntry entry) {
  const auto received = std::make_shared<SinkEntry>(std::move(entry));
  Answer answer;
  const std::lock_guard lock(sink_mutex_);
  const auto marked = marks_.find(mark);
  if (mark.data()) {
    if (marked == marks_.end() || !marked->second->is_valid_) return Refusal::unknown_mark;
    received->source = marked->second->source_;
  }
  const auto before = lists_.size();
  const auto place = find_or_add(received->source.team, name);
  if (place == lists_.end()) return Refusal::full;
  List& list = place->second;
  base::Undo undo([&] {
    if (lists_.size() > before) lists_.erase(place);
  });
  List* const script = scripted(place);
  if (script) {
    const auto& statuses = script->script->statuses;
    answer.status = statuses[std::min(script->answered, statuses.size() - 1)];
    answer.delay = std::chrono::ceil<std::chrono::milliseconds>(script->script->delay);
  }
  std::shared_ptr<base::StopSignal> cut;
  if (answer.delay.count() > 0) {
    cut = list.cut.lock();
    if (!cut) cut = std::make_shared<base::StopSignal>();
    answer.cut = cut;
  }
  list.entries.push_back(received);
  undo.cancel();
  answer.number = received->number = ++last_number_;
  received->status = answer.status;
  if (mark.data()) marked->second->is_valid_ = false;
  if (script) ++script->answered;
  if (cut) list.cut = cut;
  ++list.received;
  list.bytes += received->memory();
  bytes_ += received->memory();
  enforce_limits(list);
  changed_.notify_all();
  return answer;
}

void Sink::evict_oldest(List& list) {
  const auto bytes = list.entries.front()->memory();
  list.bytes -= bytes;
  bytes_ -= bytes;
  list.entries.pop_front();
  ++list.evicted;
}

// As in a Journal: above the limit the largest lists lose their oldest requests. Removes a little more than necessary,
// so that not every request has to remove others. Allocates nothing.
void Sink::enforce_limits(List& list) {
  if (list.entries.size() > limits_.requests) evict_oldest(list);
  if (bytes_ <= limits_.bytes) return;
  const auto share = share_for(limits_.bytes - limits_.bytes / 32);
  for (auto& [key, each] : lists_)
    while (each.bytes > share) evict_oldest(each);
}

// The size that each list may have at most, so that all lists together stay within `goal`.
std::size_t Sink::share_for(std::size_t goal) const {
  std::size_t fits = 0, too_much = goal + 1;
  while (fits + 1 < too_much) {
    const auto share = fits + (too_much - fits) / 2;
    std::size_t total = 0;
    for (const auto& [key, list] : lists_) total += std::min(list.bytes, share);
    (total <= goal ? fits : too_much) = share;
  }
  return fits;
}

bool Sink::set_script(std::string_view name, Team team, std::optional<SinkScript> script) {
  const std::lock_guard lock(sink_mutex_);
  if (!script && !find(team, name)) return true;
  const auto place = find_or_add(team, name);
  if (place == lists_.end()) return false;
  List& list = place->second;
  list.script = std::move(script);
  list.answered = 0;
  if (!list.script && list.received == 0) lists_.erase(place);
  return true;
}

std::size_t Sink::remove(std::string_view name, std::optional<Team> team) {
  Lists removed;  // destroyed outside the lock
  std::size_t count = 0, bytes = 0;
  {
    const std::lock_guard lock(sink_mutex_);
    for (auto next = lists_.begin(); next != lists_.end();) {
      const auto place = next++;
      if (place->first.second != name || (team && place->first.first != *team)) continue;
      count += place->second.entries.size();
      bytes += place->second.bytes;
      removed.insert(lists_.extract(place));
    }
    bytes_ -= bytes;
  }
  removed.clear();
  base::return_free_memory(bytes);
  return count;
}

void Sink::clear(Team team) noexcept {
  Lists removed;
  {
    const std::lock_guard lock(sink_mutex_);
    for (auto next = lists_.lower_bound({team, std::string()}); next != lists_.end() && next->first.first == team;) {
      bytes_ -= next->second.bytes;
      removed.insert(lists_.extract(next++));
    }
    for (const auto& [text, mark] : marks_)
      if (mark->source_.team == team) mark->is_valid_ = false;
    for (Waiting* waiting : waits_) waiting->is_cleared |= waiting->team.value_or(kNoTeam) == team;
    changed_.notify_all();
  }
  for (const auto& [key, list] : removed)
    if (const auto cut = list.cut.lock()) cut->raise();
}

Sink::Contents Sink::contents(std::string_view name, std::optional<Team> team, const Page& page) const {
  Contents contents;
  auto& entries = contents.entries;
  const std::lock_guard lock(sink_mutex_);
  for_each_list(name, team, [&](const List& list) {
    contents.received += list.received;
    contents.evicted += list.evicted;
    auto begin = std::ranges::upper_bound(list.entries, page.after, {}, &SinkEntry::number), end = list.entries.end();
    const auto most = static_cast<std::ptrdiff_t>(page.limit + 1);
    if (end - begin > most && page.is_last) begin = end - most;
    if (end - begin > most) end = begin + most;
    entries.insert(entries.end(), begin, end);
  });
  for (const auto* list : {team ? find(*team, name) : nullptr, find(kNoTeam, name)}) {
    if (!list || !list->script) continue;
    contents.script = *list->script;
    break;
  }
  std::ranges::sort(entries, {}, &SinkEntry::number);
  if (entries.size() <= page.limit) return contents;
  contents.has_more = !page.is_last;
  if (page.is_last)
    entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(page.limit));
  else
    entries.resize(page.limit);
  return contents;
}

std::vector<Sink::Summary> Sink::summaries(std::optional<Team> team) const {
  std::map<std::string_view, Summary> by_name;
  const std::lock_guard lock(sink_mutex_);
  for (const auto& [key, list] : lists_) {
    if (team && key.first != *team) continue;
    auto& summary = by_name[key.second];
    summary.received += list.received;
    summary.evicted += list.evicted;
  }
  std::vector<Summary> all;
  for (auto& [name, summary] : by_name) {
    summary.name = name;
    all.push_back(std::move(summary));
  }
  return all;
}

std::uint64_t Sink::count(std::string_view name, std::optional<Team> team, std::uint64_t after) const {
  std::uint64_t count = 0;
  for_each_list(name, team, [&](const List& list) {
    const auto begin = std::ranges::upper_bound(list.entries, after, {}, &SinkEntry::number);
    count += after == 0 ? list.received : static_cast<std::uint64_t>(list.entries.end() - begin);
  });
  return count;
}

std::uint64_t Sink::wait(std::string_view name, std::optional<Team> team, std::uint64_t after, std::uint64_t wanted,
                         std::chrono::milliseconds timeout) {
  const auto deadline = base::deadline_in(timeout);
  auto next_client_check = base::deadline_in(kClientCheckInterval);
  Waiting waiting{team};
  const base::Blocking blocking;
  std::unique_lock lock(sink_mutex_);
  const auto place = waits_.insert(waits_.end(), &waiting);
  const base::Undo stop_waiting([&] { waits_.erase(place); });
  for (;;) {
    if (waits_cancelled_) throw Conflict("the emulator is stopping");
    if (waiting.is_cleared) throw Conflict(team ? "the team has been reset" : "all teams have been reset");
    if (commits_ && commits_->failing()) {
      lock.unlock();
      const base::Undo locks_again([&] { lock.lock(); });
      commits_->check();
      continue;
    }
    const auto received = count(name, team, after);
    const auto now = base::Clock::now();
    if (received >= wanted || now >= deadline) return received;
    if (now >= next_client_check) {
      lock.unlock();
      const bool disconnected = base::Caller::current_has_left();
      lock.lock();
      if (disconnected) throw client_disconnected();
      next_client_check = base::deadline_in(kClientCheckInterval);
      continue;
    }
    changed_.wait_until(lock, std::min(deadline, next_client_check));
  }
}

void Sink::wake_waits() {
  const std::lock_guard lock(sink_mutex_);
  changed_.notify_all();
}

void Sink::cancel_waits() {
  const std::lock_guard lock(sink_mutex_);
  waits_cancelled_ = true;
  changed_.notify_all();
}

}  // namespace enrichment_mock::runner
