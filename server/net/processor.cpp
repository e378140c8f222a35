#include "net/processor.h"

#include <charconv>
#include <string>

#include "net/reason.h"

namespace enrichment_mock::net {
namespace {

class ExchangeStream final : public CompatStream {
 public:
  explicit ExchangeStream(Exchange& exchange) : exchange_(exchange) {}

  ssize_t read(char* to, std::size_t size) {
    const auto count = request_.copy(to, size);
    request_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

  using Stream::write;
  ssize_t write(const char* from, std::size_t size) {
    const std::string_view bytes(from, size);
    const bool taken = headed_ ? exchange_.write(bytes) : write_head(bytes);
    headed_ = true;
    return taken ? static_cast<ssize_t>(size) : -1;
  }

 private:
  // The status line is ours: cpp-httplib calls every status that it doesn't know an Internal Server Error.
  bool write_head(std::string_view bytes) {
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    int status = 0;
    const auto number = std::from_chars(bytes.data() + kVersion.size(), bytes.data() + bytes.size(), status).ptr;
    const auto before = static_cast<std::size_t>(number + 1 - bytes.data());
    return exchange_.write(bytes.substr(0, before)) && exchange_.write(reason_phrase(status)) &&
           exchange_.write(bytes.substr(bytes.find('\r')));
  }

  Exchange& exchange_;
  std::string_view request_ = "GET / HTTP/1.1\r\n\r\n";
  bool headed_ = false;
};

// What this thread is processing: cpp-httplib's handlers are told of nothing but its own values.
thread_local Exchange* current = nullptr;

// Where a response ends is for the server to say, not for handlers.
bool is_framing(std::string_view header) {
  return same_text(header, "Content-Length") || same_text(header, "Transfer-Encoding") ||
         same_text(header, "Connection");
}

bool has_no_body(int status) { return status == 204 || status == 304; }

void fill(httplib::Response& to, const Response& from) {
  to.status = from.status;
  bool typed = false;
  for (const auto& [name, value] : from.headers) {
    if (is_framing(name)) continue;
    typed = typed || same_text(name, "Content-Type");
    to.set_header(name, value);
  }
  if (has_no_body(from.status) || from.body.empty()) return;
  to.body = from.body;
  if (!typed) to.set_header("Content-Type", std::string(from.content_type));
}

// The last word on the headers, after cpp-httplib has added its own.
void finish_headers(httplib::Response& response) {
  if (!current->closes_connection()) response.headers.erase("Connection");
  if (has_no_body(response.status) || current->goes_on()) response.headers.erase("Content-Length");
}

}  // namespace

Processor::Processor() {
  // Before any routing, which matches regular expressions.
  set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
    fill(response, current->answer());
    return HandlerResponse::Handled;
  });
  set_post_routing_handler([](const httplib::Request&, httplib::Response& response) { finish_headers(response); });
}

bool Processor::process(Exchange& exchange) {
  ExchangeStream stream(exchange);
  current = &exchange;
  return process_last_request(stream);
}

}  // namespace enrichment_mock::net
