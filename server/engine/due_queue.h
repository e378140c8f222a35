// What falls due when, in the order (due time, creation).
#pragma once
#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "base/memory.h"
#include "base/time_text.h"

namespace enrichment_mock::engine {

// An entry is a note, not the truth: it counts only while the record that it points to is still due at that time.
// The reader of the queue drops entries that no longer do; so a change of plan needs no search.
struct Due {
  base::Instant at{};
  std::uint64_t creation = 0;
  std::uint64_t number = 0;  // of the enrichment, callback or moment of the schedule

  friend bool operator>(const Due& a, const Due& b) { return std::tie(a.at, a.creation) > std::tie(b.at, b.creation); }
};

class DueQueue : public std::priority_queue<Due, std::vector<Due>, std::greater<>> {
 public:
  void reserve_more(std::size_t more) { base::reserve_more(c, more); }
};

}  // namespace enrichment_mock::engine
