#include "net/connection.h"

#include <exception>
#include <optional>
#include <utility>

namespace enrichment_mock::net {
namespace {

// How long a client may take to read its response while it still sends, or to close its side.
constexpr std::chrono::seconds kLinger{1};

// How long a client that sends requests without waiting for responses is served before other clients are.
constexpr std::chrono::microseconds kServeTime{100};

// A request with a larger body takes longer than kServeTime.
constexpr std::size_t kLargeBody = 64 * 1024;

bool asks_to_close(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (same_text(name, "Connection") && same_text(value, "close")) return true;
  }
  return false;
}

// The server sets these headers, not the handler.
bool is_framing(std::string_view header) {
  return same_text(header, "Content-Length") || same_text(header, "Transfer-Encoding") ||
         same_text(header, "Connection");
}

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

Connection::Connection(int socket, Service& service, bool too_many)
    : service_(service),
      reader_(stream_, service.limits, service.large_bodies),
      stream_(socket, service.identity),
      too_many_(too_many),
      number_(++service.connections) {}

Connection::Outcome Connection::serve(Event event, bool may_hold) noexcept {
  may_hold_ = may_hold;
  try {
    if (!too_many_) return serve_requests(event);
    reject({503, "there are too many connections"});
  } catch (...) {
    // No memory, or the observer threw: only this connection ends.
  }
  return Outcome::ended;
}

Connection::Outcome Connection::serve_requests(Event event) {
  had_left_ = had_left_ || event == Event::ended;
  const auto may_wait = [&] { return event == Event::readable && !service_.stop.raised(); };
  const auto end = Clock::now() + kServeTime;
  auto step = is_waiting_ || is_held_ ? finish_response() : open_ ? serve_next() : begin();
  while (step == Step::answered) {
    const bool may_have_more = reader_.may_have_more();
    if (!may_have_more && may_wait()) return Outcome::idle;
    if (may_have_more && Clock::now() >= end) return Outcome::has_more;
    step = serve_next();
  }
  if (step == Step::waiting) return Outcome::waiting;
  if (step == Step::held) return Outcome::held;
  if (step == Step::none && may_wait()) return Outcome::idle;
  stream_.finish({base::deadline_in(kLinger), &service_.stop});
  return Outcome::ended;
}

// Makes the TLS handshake, and serves the first request.
Connection::Step Connection::begin() {
  switch (stream_.open({}, service_.limits.receive)) {
    case Stream::Opening::ready:
      open_ = true;
      return serve_next();
    case Stream::Opening::none:
      return Step::none;
    case Stream::Opening::not_tls:
      refuse({400, "this port speaks TLS: expected https://"});
      return Step::last;
    case Stream::Opening::gone:
      if (stream_.timed_out()) report_cut("its TLS handshake did not end in time");
      return Step::last;
  }
  return Step::last;
}

// Sends a refusal without reading a request.
void Connection::reject(Fault fault) {
  const auto opening = stream_.open({base::deadline_in(kLinger)}, kLinger);
  if (opening == Stream::Opening::ready || opening == Stream::Opening::not_tls) refuse(fault);
  stream_.finish({base::deadline_in(kLinger), &service_.stop});
}

void Connection::refuse(Fault fault) {
  first_byte_ = Clock::now();
  respond(fault);
}

Connection::Step Connection::serve_next() {
  const auto state = reader_.next();
  first_byte_ = reader_.first_byte();
  switch (state) {
    case RequestReader::State::good:
      fault_ = {};
      response_ = call_handler();
      reader_.release_body();  // the client may send no other request for long
      is_waiting_ = response_.barrier != nullptr;
      is_held_ = may_hold_ && can_be_held();
      return is_held_ ? Step::held : finish_response();
    case RequestReader::State::refused:
      respond(reader_.fault());
      return Step::last;
    case RequestReader::State::none:
      return Step::none;
    case RequestReader::State::gone:
      return Step::last;
  }
  return Step::last;
}

// Whether the response is one that is sent at once and as a whole. More requests of the same client do not wait.
bool Connection::can_be_held() const {
  return !is_waiting_ && response_.delay.count() == 0 && response_.ending.is_complete() && !response_.stream &&
         !reader_.may_have_more();
}

// Sends the response to a good request, unless it still has to wait for its barrier.
Connection::Step Connection::finish_response() {
  is_held_ = false;
  if (is_waiting_) {
    if (is_shut_down_) return Step::last;
    if (!response_.barrier->passes({response_.ticket, resumer_, number_for_resumer_})) return Step::waiting;
    is_waiting_ = false;
    response_.barrier->finish(response_);
  }
  return send_when_ready() ? Step::answered : Step::last;
}

bool Connection::respond(Fault fault) {
  fault_ = fault;
  if (fault.status == 408) report_cut("its request did not arrive in time");
  response_ = make_refusal();
  return send_when_ready();
}

// True: another request may follow.
bool Connection::send_when_ready() {
  if (response_.delay.count() > 0) wait_before_sending();
  closing_ = is_last();
  const bool sent = send_response();
  if (sent && response_.stream && !is_head_request()) stream_rest();
  if (service_.observer) {
    const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - first_byte_);
    service_.observer(reader_.request(), response_, taken);
  }
  return sent && !closing_;
}

void Connection::wait_before_sending() {
  stream_.wait_while_connected({base::deadline_in(response_.delay), &service_.stop, response_.cut.get()});
  if (!response_.awaited) return;
  had_left_ = had_left_ || has_left();
  *response_.awaited = !had_left_;
}

Response Connection::call_handler() {
  std::string what = "unknown exception";
  const Scope scope(*this);
  std::optional<base::Blocking> busy;
  if (reader_.request().body.size() > kLargeBody) busy.emplace();
  try {
    return service_.handler(reader_.request());
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  fault_ = {500, "the server failed at this request"};
  Response response = make_refusal();
  response.log_tag = std::move(what);
  return response;
}

Response Connection::make_refusal() const {
  try {
    Response response = service_.refusal(fault_.status, fault_.reason);
    response.refusal_reason = fault_.reason;
    return response;
  } catch (...) {
    return {.status = fault_.status, .log_tag = "the refusal threw"};
  }
}

bool Connection::is_last() const {
  return fault_.status != 0 || reader_.head().close || reader_.request().body_fault != BodyFault::none ||
         !response_.ending.is_complete() || response_.stream || asks_to_close(response_) || service_.stop.raised();
}

// Sends the response up to its ending. True: it was sent completely, and the connection can be used further.
bool Connection::send_response() {
  if (response_.cut && response_.cut->raised()) return false;
  std::string_view body = is_head_request() || has_no_body(response_.status) ? std::string_view() : response_.body;
  switch (const Ending& ending = response_.ending; ending.kind) {
    case Ending::Kind::complete:
      return send(write_head(), body);
    case Ending::Kind::dribbled:
      return send_slowly(write_head(), body);
    case Ending::Kind::reset:
      stream_.reset_on_close();
      return false;
    case Ending::Kind::empty:
      return false;
    case Ending::Kind::truncated:
    case Ending::Kind::stalled:
      body = body.substr(0, ending.body_bytes);
      if (!send(write_head(), body)) return false;
      if (ending.kind == Ending::Kind::stalled)
        stream_.discard_input({base::deadline_in(ending.stall), &service_.stop, response_.cut.get()});
      return false;
  }
  return false;
}

bool Connection::send(std::string_view head, std::string_view body) {
  if (stream_.send_steadily(head, body, service_.limits.send)) return true;
  if (stream_.timed_out()) report_cut("it stopped reading its response");
  return false;
}

// Each byte is sent when its share of the time has passed, but bytes that are due within the same millisecond are sent
// together.
bool Connection::send_slowly(std::string_view head, std::string_view body) {
  using std::chrono::milliseconds;
  const base::Blocking blocking;
  std::string left(head);
  left += body;
  const auto size = static_cast<milliseconds::rep>(left.size());
  const auto over = response_.ending.over;
  const auto begin = Clock::now();
  for (milliseconds::rep sent = 0; sent < size;) {
    const milliseconds next(((sent + 1) * over.count() + size - 1) / size);
    stream_.wait_while_connected({begin + next, &service_.stop, response_.cut.get()});
    if (response_.cut && response_.cut->raised()) return false;
    const auto elapsed = std::chrono::floor<milliseconds>(Clock::now() - begin);
    const bool rest = service_.stop.raised() || elapsed >= over;
    if (!rest && elapsed < next) return false;  // the client has reset the connection
    const auto due = rest ? size : size * elapsed.count() / over.count();
    if (!send(std::string_view(left).substr(static_cast<std::size_t>(sent), static_cast<std::size_t>(due - sent)), {}))
      return false;
    sent = due;
  }
  return true;
}

void Connection::report_cut(std::string_view what) const {
  if (service_.cut_observer) service_.cut_observer(reader_.request(), what);
}

std::string_view Connection::write_head() {
  head_.begin_response(response_.status);
  for (const auto& [name, value] : response_.headers)
    if (!is_framing(name)) head_.add(name, value);
  if (closing_) head_.add("Connection", "close");
  if (!closing_ && reader_.head().wants_keep_alive) head_.add("Connection", "keep-alive");
  if (has_no_body(response_.status)) return head_.finish();
  if (!response_.body.empty() && !response_.content_type.empty() && !head_.has("Content-Type"))
    head_.add("Content-Type", response_.content_type);
  if (!response_.stream) head_.add_content_length(response_.body.size());
  return head_.finish();
}

// Lets the handler stream the rest of the response.
void Connection::stream_rest() {
  const base::Blocking blocking;
  response_.stream([this](std::string_view bytes) { return send({}, bytes); });
}

}  // namespace enrichment_mock::net
