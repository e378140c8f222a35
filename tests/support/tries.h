// For what a thread that does not get on for a moment spoils, though nothing is wrong: a server that stops cuts what
// has not been answered half a second later.
#pragma once

namespace enrichment_mock::support {

// Whether it holds at one of twenty tries: what is broken fails at each.
template <class Holds>
bool at_one_try(Holds&& holds) {
  for (int tries = 0; tries < 20; ++tries)
    if (holds()) return true;
  return false;
}

}  // namespace enrichment_mock::support
