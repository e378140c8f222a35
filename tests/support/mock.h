// For tests of the control API, and others that need the whole mock in this process: an emulator on a
// manual clock by default, clients of it, and, in some, a receiver of its callbacks.
#pragma once
#include <string>
#include <utility>

#include "enrichment_mock/emulator.h"
#include "support/control_client.h"
#include "support/receiver.h"

namespace enrichment_mock::support {

struct Mock {
  explicit Mock(Options options = {.manual_clock = true}, std::string key = "k")
      : emulator(std::move(options)),
        client(emulator.url(), std::move(key)),
        other(emulator.url(), "other"),
        whole(emulator.url(), "") {}

  Emulator emulator;
  ControlClient client, other, whole;  // with a key, with another key, without one (the whole server)
};

// The receiver lives as long as the emulator.
struct WithReceiver {
  Receiver receiver;
};
struct MockWithReceiver : WithReceiver, Mock {
  explicit MockWithReceiver(Receiver::Script script = answers(200), Options options = {.manual_clock = true})
      : WithReceiver{Receiver(std::move(script))}, Mock(std::move(options)) {}

  // Submits with the receiver's URL, and returns the `_id`.
  std::string submit(const std::string& username = "jane", json more = json::object()) {
    more["callback_url"] = receiver.url();
    return client.submit(username, more);
  }
};

// Checks the shape of the emulated API's errors, and that the message contains a text.
void check_refused(const Answer& answer, int status, const std::string& said);

}  // namespace enrichment_mock::support
