// The allocator's memory: reserving it before a change, and returning it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace enrichment_mock::base {

// Reserves memory for `more` elements, so that adding them cannot throw. Grows the capacity in doubles, as adding them
// one by one would.
template <class Element>
void reserve_more(std::vector<Element>& elements, std::size_t more) {
  const auto wanted = elements.size() + more;
  if (wanted > elements.capacity()) elements.reserve(std::max(wanted, 2 * elements.capacity()));
}

// Call it after about that many bytes were freed. Now and then it returns freed memory to the system, where the
// allocator would keep it for later. That can take milliseconds, so it waits until the calls add up to 4 MB.
// Thread-safe.
void return_free_memory(std::size_t freed);

}  // namespace enrichment_mock::base
