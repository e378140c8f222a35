// A receiver of callbacks inside the mock (/__admin/sink/{name}): what it has received, and how it answers. At each
// name every team has its own list and its own script, and so have the requests that belong to no team. A request
// belongs to the team of a callback attempt if it has the attempt's mark, which nobody else knows. Limited in number
// and memory. Thread-safe; its mutex may be locked under any other, and no other is locked under it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/time_text.h"
#include "base/waiting.h"

namespace enrichment_mock::runner {

class Commits;

// The callback attempt that a request makes.
struct SinkSource {
  std::uint64_t team = 0;  // TeamProfile::order; 0: the request belongs to no team
  std::string team_id = {}, enrichment_id = {}, callback_id = {};
  std::size_t attempt = 0;  // counted from 1
};

// Does not change once it is received, so that it can be read without a lock.
struct SinkEntry {
  std::uint64_t number = 0;  // counts the requests to all sinks, from 1
  base::Instant real_at{};
  std::string method = {}, target = {}, headers = {}, body = {};  // as in a JournalEntry
  std::size_t body_bytes = 0;                                     // the full length of the body
  int status = 0;                                                 // the answer's
  SinkSource source = {};

  std::size_t memory() const;  // in bytes
};
using SinkEntryPtr = std::shared_ptr<const SinkEntry>;

// How requests are answered: with these statuses, one after the other; the last one repeats.
struct SinkScript {
  std::vector<int> statuses = {200};  // at least one
  base::Duration delay{0};            // real time before each answer
};

struct SinkLimits {
  std::size_t lists = base::kMaxSinkLists;
  std::size_t requests = base::kMaxSinkRequests;  // of each list
  std::size_t bytes = base::kSinkBytes;           // of all lists together
};

class Sink : public std::enable_shared_from_this<Sink> {
 public:
  using Team = std::uint64_t;  // TeamProfile::order
  static constexpr Team kNoTeam = 0;

  // 1 to 64 letters, digits, dashes, underscores and dots.
  static bool is_name(std::string_view text);

  // `commits`: null if nothing is saved.
  explicit Sink(SinkLimits limits = {}, const Commits* commits = nullptr) : limits_(limits), commits_(commits) {}

  // As long as it exists, one request with this text belongs to the source; not after clear() of its team.
  class Mark {
   public:
    Mark(std::shared_ptr<Sink> sink, SinkSource source);
    ~Mark();
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    const std::string& text() const { return text_; }

   private:
    friend class Sink;
    const std::shared_ptr<Sink> sink_;
    const std::string text_;
    const SinkSource source_;
    bool is_valid_ = true;  // guarded by the sink's mutex
  };
  std::shared_ptr<const Mark> mark(SinkSource source);

  struct Answer {
    std::uint64_t number = 0;  // the entry's
    int status = 200;
    std::chrono::milliseconds delay{0};
    std::shared_ptr<const base::StopSignal> cut;  // raised by clear(); null: there is no delay
  };
  enum class Refusal { unknown_mark, full };

  // Records a request and returns how to answer it: by the script of its team, or else by the one for no team. No mark
  // (data() is nullptr): it belongs to no team. Sets number, status and source of the entry.
  std::variant<Answer, Refusal> receive(std::string_view name, std::string_view mark, SinkEntry entry);

  // Without a script the answer is 200, or for a team what the script for no team says. False: there are too many
  // lists.
  bool set_script(std::string_view name, Team team, std::optional<SinkScript> script);

  // Removes the requests and the script of a team at that name; without a team of all teams, and those without one.
  // Returns the number of removed requests.
  std::size_t remove(std::string_view name, std::optional<Team> team);

  // Removes everything of a team at all names, ends its waits with Conflict, and raises Answer::cut.
  void clear(Team team) noexcept;

  // Which requests a page shows: the first `limit` with a number above `after`, or the last `limit`.
  struct Page {
    std::size_t limit = 0;
    std::uint64_t after = 0;
    bool is_last = false;
  };
  struct Contents {
    std::vector<SinkEntryPtr> entries;  // of the page
    bool has_more = false;              // after the page
    std::uint64_t received = 0;         // since the last remove() or clear()
    std::uint64_t evicted = 0;          // the part of it that is no longer kept
    SinkScript script;                  // that answers the team
  };
  // Without a team: all requests at that name.
  Contents contents(std::string_view name, std::optional<Team> team, const Page& page) const;

  // The names that are in use, sorted.
  struct Summary {
    std::string name;
    std::uint64_t received = 0, evicted = 0;
  };
  std::vector<Summary> summaries(std::optional<Team> team) const;

  // Waits, in real time, until `wanted` requests with a number above `after` were received since the last remove() or
  // clear(). Requests that are no longer kept count only if `after` is 0. Returns how many there are: fewer if the
  // timeout was reached. Throws Conflict if meanwhile the team is reset, the server stops or the client disconnects,
  // and NotSaved while saving fails: then no callback is sent.
  std::uint64_t wait(std::string_view name, std::optional<Team> team, std::uint64_t after, std::uint64_t wanted,
                     std::chrono::milliseconds timeout);

  // Saving has begun to fail.
  void wake_waits();

  // Ends all waits with Conflict, now and later.
  void cancel_waits();

 private:
  struct List {
    std::deque<SinkEntryPtr> entries;
    std::size_t bytes = 0;
    std::uint64_t received = 0, evicted = 0;
    std::optional<SinkScript> script;
    std::size_t answered = 0;                  // by the script
    std::weak_ptr<base::StopSignal> cut = {};  // weak, because a StopSignal takes two descriptors
  };
  using Lists = std::map<std::pair<Team, std::string>, List>;
  struct Waiting {
    std::optional<Team> team;
    bool is_cleared = false;
  };

  // Under sink_mutex_:
  const List* find(Team team, std::string_view name) const;
  Lists::iterator find_or_add(Team team, std::string_view name);  // end(): there are too many
  std::uint64_t count(std::string_view name, std::optional<Team> team, std::uint64_t after) const;
  template <class Action>
  void for_each_list(std::string_view name, std::optional<Team> team, Action action) const;
  List* scripted(Lists::iterator of_team);
  void evict_oldest(List& list);
  void enforce_limits(List& list);
  std::size_t share_for(std::size_t goal) const;

  const SinkLimits limits_;
  const Commits* const commits_;
  mutable std::mutex sink_mutex_;  // guards all below
  std::condition_variable changed_;
  Lists lists_;
  std::size_t bytes_ = 0;  // in all lists
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::string_view, Mark*> marks_;  // by their texts
  std::list<Waiting*> waits_;
  bool waits_cancelled_ = false;
};

}  // namespace enrichment_mock::runner
