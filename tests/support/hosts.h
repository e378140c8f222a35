// The same tests against both ways of running the emulator: in process, and as the binary.
// Each host starts one server for the whole test program; tests are kept apart by their API keys.
#pragma once
#include <atomic>
#include <string>
#include <string_view>

#include "enrichment_mock/emulator.h"
#include "support/process.h"

namespace enrichment_mock::support {

// Team time runs so much faster than real time, so that half a second of lookup is 10 ms.
inline constexpr int kScale = 50;

struct InLibrary {
  static std::string url() {
    static Emulator emulator({.time_scale = kScale});
    return emulator.url();
  }
};

struct InBinary {
  static std::string url() {
    static RunningMock mock({"--time-scale", std::to_string(kScale), "--quiet"});
    return mock.url;
  }
};

// A key that no other test uses, for a team that runs that scenario.
inline std::string fresh_key(std::string_view scenario = "default") {
  static std::atomic<int> count = 0;
  return std::string(scenario) + ".test-" + std::to_string(++count);
}

}  // namespace enrichment_mock::support
