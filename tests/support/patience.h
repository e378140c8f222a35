// How long a test waits for what is sure to come, and for what must not take its time: past this it hangs, on the
// slowest machine, too. What must be cut short would last far longer than this.
#pragma once
#include <chrono>

namespace enrichment_mock::support {

inline constexpr std::chrono::seconds kPatience{60};

}  // namespace enrichment_mock::support
