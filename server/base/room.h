// What there may be no memory for, made before anything changes.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace enrichment_mock::base {

// From here on so many elements can be added without allocating. Grows in doubles, as adding them one by one would.
template <class Element>
void reserve_more(std::vector<Element>& elements, std::size_t more) {
  const auto wanted = elements.size() + more;
  if (wanted > elements.capacity()) elements.reserve(std::max(wanted, 2 * elements.capacity()));
}

}  // namespace enrichment_mock::base
