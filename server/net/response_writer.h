// Sends the responses of one connection, each in one piece where it fits, and ends each as its handler asked. For one
// thread.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "net/message.h"
#include "net/wire.h"

namespace enrichment_mock::net {

class ResponseWriter {
 public:
  ResponseWriter(Wire& wire, std::chrono::milliseconds timeout) : wire_(wire), timeout_(timeout) {}

  // A response follows; what was written before and not finished is forgotten. Of one to HEAD only the head is sent.
  void begin(const Ending& ending, bool head_only);

  // Its next bytes. False: the peer is gone.
  bool write(std::string_view bytes);

  // Sends what is held. True: the response is complete and the connection as good as before.
  bool finish();

 private:
  bool flush();
  void cut(std::size_t body_bytes);

  Wire& wire_;
  const std::chrono::milliseconds timeout_;
  Ending ending_;
  bool head_only_ = false;
  bool failed_ = false;
  std::string held_;
};

}  // namespace enrichment_mock::net
