// A proxy between a client and the real API that records what both do (recording.h). It serves the API's routes only;
// all others are 404. The key that a client sends goes to the upstream: it is not in any text that this class makes,
// also where an answer or a callback repeats it. If there is a public URL, it takes the place of each callback_url, and
// callbacks are passed on to the client with their headers and bytes; the upstream gets the client's answer. Starts to
// serve when it is constructed. Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time_text.h"
#include "enrichment_mock/emulator.h"
#include "upstream/pseudonyms.h"

namespace enrichment_mock::upstream {

struct RecorderOptions {
  // host, port, TLS, on_request and on_warning are used, and callback_timeout for passing a callback on.
  Options server;
  std::string upstream;             // "https://api.example.com"
  std::string ca_file;              // PEM, for the upstream; empty: the system's certificate authorities
  std::string public_url;           // where the upstream reaches callback_port; empty: callback_urls are not replaced
  std::uint16_t callback_port = 0;  // 0: any free port
  std::chrono::milliseconds timeout{30'000};     // for an answer of the upstream
  std::chrono::milliseconds save_every{10'000};  // if there is news
  Hidden hidden = Hidden::emails;
  std::string name;  // of the scenario
  // Stores the text of the scenario. Called on one thread at a time. May throw; it is then called again later.
  std::function<void(const std::string& scenario)> save;
};

class Recorder {
 public:
  // Saves an empty recording first, so that a file that cannot be written is an error at the start. Throws AddressError
  // and StartError like Emulator, and what `save` throws.
  explicit Recorder(RecorderOptions options);
  ~Recorder();

  std::uint16_t port() const;
  std::uint16_t callback_port() const;  // 0: there is no public URL
  std::string url() const;
  std::string tls_authority() const;    // as in Emulator
  std::string tls_fingerprint() const;  // as in Emulator

  // Whether a call was recorded.
  bool has_calls() const;

  // Saves what was recorded, ends the calls in progress, and saves again if that was news or the first save failed.
  // Throws what the last `save` throws; no call is in progress then.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace enrichment_mock::upstream
