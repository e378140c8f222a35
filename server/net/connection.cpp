#include "net/connection.h"

#include <exception>
#include <utility>

#include "base/waiting.h"

namespace enrichment_mock::net {
namespace {

// For a client to read its answer while it still sends, or to notice that the connection has ended.
constexpr std::chrono::seconds kLinger{1};

bool asks_to_close(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (same_text(name, "Connection") && same_text(value, "close")) return true;
  }
  return false;
}

}  // namespace

Connection::Connection(Wire& wire, Service& service)
    : wire_(wire), service_(service), reader_(wire, service.limits), writer_(wire, service.limits.send) {}

bool Connection::serve(Guest::Call call) {
  const auto waits = [&] { return call == Guest::Call::arrived && !service_.stop.raised(); };
  auto turn = open_ ? serve_next() : begin();
  while (turn == Turn::answered) {
    if (!reader_.may_have_more() && waits()) return true;
    turn = serve_next();
  }
  if (turn == Turn::none && waits()) return true;
  wire_.finish(base::deadline_in(kLinger));
  return false;
}

// The first turn.
Connection::Turn Connection::begin() {
  switch (wire_.open(Clock::time_point{}, service_.limits.receive)) {
    case Wire::Opening::ready:
      open_ = true;
      return serve_next();
    case Wire::Opening::none:
      return Turn::none;
    case Wire::Opening::not_tls:
      refuse({400, "this port speaks TLS: expected https://"});
      return Turn::last;
    case Wire::Opening::gone:
      return Turn::last;
  }
  return Turn::last;
}

void Connection::turn_away(Fault fault) {
  const auto opening = wire_.open(base::deadline_in(kLinger), kLinger);
  if (opening == Wire::Opening::ready || opening == Wire::Opening::not_tls) refuse(fault);
  wire_.finish(base::deadline_in(kLinger));
}

void Connection::refuse(Fault fault) {
  first_byte_ = Clock::now();
  respond(fault);
}

Connection::Turn Connection::serve_next() {
  const auto state = reader_.next();
  first_byte_ = reader_.first_byte();
  switch (state) {
    case RequestReader::State::good:
      return respond({}) ? Turn::answered : Turn::last;
    case RequestReader::State::refused:
      respond(reader_.fault());
      return Turn::last;
    case RequestReader::State::none:
      return Turn::none;
    case RequestReader::State::gone:
      return Turn::last;
  }
  return Turn::last;
}

// True: another request may follow.
bool Connection::respond(Fault fault) {
  fault_ = fault;
  const bool processed = service_.processor.process(*this);
  const bool finished = writer_.finish();
  if (processed && finished && response_.stream) go_on();
  if (service_.observer) {
    const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - first_byte_);
    service_.observer(reader_.request(), response_, taken);
  }
  return processed && finished && !closing_;
}

// What the handler writes from now on, on this thread.
void Connection::go_on() {
  class WireStream final : public Stream {
   public:
    WireStream(Wire& wire, std::chrono::milliseconds timeout) : wire_(wire), timeout_(timeout) {}
    bool write(std::string_view bytes) override { return wire_.send(bytes, timeout_); }

   private:
    Wire& wire_;
    const std::chrono::milliseconds timeout_;
  };
  if (reader_.request().method == "HEAD") return;
  const base::Blocking blocking;
  WireStream stream(wire_, service_.limits.send);
  response_.stream(stream);
}

const Response& Connection::answer() {
  response_ = fault_.status == 0 ? handled() : refused();
  if (response_.delay.count() > 0) wire_.hold(base::deadline_in(response_.delay));
  closing_ = is_last();
  writer_.begin(response_.ending, reader_.request().method == "HEAD");
  return response_;
}

Response Connection::handled() {
  std::string what = "unknown exception";
  const Served served(*this);
  try {
    return service_.handler(reader_.request());
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  fault_ = {500, "the server failed at this request"};
  Response response = refused();
  response.log_tag = std::move(what);
  return response;
}

Response Connection::refused() const {
  try {
    return service_.refusal(fault_.status, fault_.reason);
  } catch (...) {
    return {.status = fault_.status, .log_tag = "the refusal threw"};
  }
}

bool Connection::is_last() const {
  return fault_.status != 0 || reader_.head().close || reader_.head().request.body_fault != BodyFault::none ||
         response_.ending.kind != Ending::Kind::complete || response_.stream || asks_to_close(response_) ||
         service_.stop.raised();
}

}  // namespace enrichment_mock::net
