// What a fuzz target holds the code to. A broken promise ends the program, which libFuzzer takes for a find.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace enrichment_mock::fuzz {

inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "Broken promise: %s\n", promise);
  std::abort();
}

}  // namespace enrichment_mock::fuzz
