// A queue of due times, in the order (due time, creation).
#pragma once
#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "base/memory.h"
#include "base/time_text.h"

namespace enrichment_mock::engine {

// An entry is valid only while its record is still due at that time. The reader of the queue skips outdated entries, so
// that changing a due time needs no search.
struct Due {
  base::Instant at{};
  std::uint64_t creation = 0;
  std::uint64_t number = 0;  // of the enrichment or callback, or the index of the schedule entry

  friend bool operator>(const Due& a, const Due& b) { return std::tie(a.at, a.creation) > std::tie(b.at, b.creation); }
};

class DueQueue : public std::priority_queue<Due, std::vector<Due>, std::greater<>> {
 public:
  void reserve_more(std::size_t more) { base::reserve_more(c, more); }
};

}  // namespace enrichment_mock::engine
