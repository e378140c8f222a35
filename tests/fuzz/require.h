// A check of a fuzz target. If it fails, the program ends, and libFuzzer reports the input.
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
