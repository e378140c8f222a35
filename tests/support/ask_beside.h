// A control call on its own thread and connection, for calls that wait.
#pragma once
#include <future>
#include <string>
#include <utility>

#include "support/mock.h"

namespace enrichment_mock::support {

inline std::future<Answer> ask_beside(const Emulator& emulator, std::string method, std::string path,
                                      std::string body = {}) {
  return std::async(std::launch::async, [url = emulator.url(), method, path, body] {
    return ControlClient(url, "k").control(method, path, body);
  });
}

}  // namespace enrichment_mock::support
