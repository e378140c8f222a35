// How tests bear slow machines.
#pragma once
#include <chrono>

namespace enrichment_mock::support {

// How long a test waits for what is sure to come, and for what must not take its time: past this it hangs, on the
// slowest machine, too. What must be cut short would last far longer than this.
inline constexpr std::chrono::seconds kPatience{60};

// Whether it holds at one of twenty tries: what is broken fails at each. For what goes wrong if a thread makes no
// progress for a moment, though nothing is broken: a server that stops cuts off after half a second what it has not
// answered.
template <class Holds>
bool at_one_try(Holds&& holds) {
  for (int tries = 0; tries < 20; ++tries)
    if (holds()) return true;
  return false;
}

}  // namespace enrichment_mock::support
