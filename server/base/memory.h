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

// Returns freed memory to the system, where the allocator would keep it for later. It takes milliseconds, so call it
// only after much was freed.
void return_free_memory();

}  // namespace enrichment_mock::base
