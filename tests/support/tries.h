// For what a machine that stalls for a moment may spoil, though nothing is wrong.
#pragma once

namespace enrichment_mock::support {

// Whether it holds at one of three tries: what is broken fails at each.
template <class Holds>
bool at_one_try(Holds&& holds) {
  return holds() || holds() || holds();
}

}  // namespace enrichment_mock::support
