// Serves one connection: its requests one after the other, each read, answered and ended as its handler asked, until
// the client leaves, something is wrong with a request, or the server stops. For one thread at a time.
#pragma once
#include <string_view>

#include "base/waiting.h"
#include "net/processor.h"
#include "net/request_reader.h"
#include "net/response_writer.h"
#include "net/server.h"
#include "net/serving_threads.h"
#include "net/wire.h"

namespace enrichment_mock::net {

// What all connections of a server share. Thread-safe.
struct Service {
  const Handler handler;
  const Refusal refusal;
  const Observer observer;
  const Limits limits;
  base::StopSignal stop{};
  Processor processor{};
};

class Connection final : private Exchange, private base::Caller {
 public:
  Connection(Wire& wire, Service& service);

  // Every request that has arrived. False: the connection has ended.
  bool serve(Guest::Call call);

  // Answers with a refusal, without listening.
  void turn_away(Fault fault);

 private:
  enum class Turn { answered, none, last };
  Turn begin();
  Turn serve_next();
  void refuse(Fault fault);
  bool respond(Fault fault);
  void go_on();

  const Response& answer() override;
  bool closes_connection() const override { return closing_; }
  bool goes_on() const override { return response_.stream != nullptr; }
  bool write(std::string_view bytes) override { return writer_.write(bytes); }
  bool has_left() const override { return wire_.peer_has_ended(); }

  Response handled();
  Response refused() const;
  bool is_last() const;

  Wire& wire_;
  Service& service_;
  RequestReader reader_;
  ResponseWriter writer_;
  bool open_ = false;
  // Of the current request:
  Clock::time_point first_byte_;
  Fault fault_;
  Response response_;
  bool closing_ = false;
};

}  // namespace enrichment_mock::net
