// Timeouts for slow machines.
#pragma once
#include <chrono>

namespace enrichment_mock::support {

// How long a test waits for something that will happen: past this it hangs, also on the
// slowest machine. Work that must be interrupted would take far longer than this.
inline constexpr std::chrono::seconds kPatience{60};

// Whether it succeeds in one of twenty tries: an error would fail in each. For checks that fail if a thread makes no
// progress for a moment, without an error: a server that stops closes connections that it has not answered after
// half a second.
template <class Holds>
bool succeeds_in_one_try(Holds&& holds) {
  for (int tries = 0; tries < 20; ++tries)
    if (holds()) return true;
  return false;
}

}  // namespace enrichment_mock::support
