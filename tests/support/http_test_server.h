// An HTTP server for tests, on a free port of 127.0.0.1. By default it returns the request.
#pragma once
#include <string>
#include <string_view>

#include "net/server.h"
#include "support/raw_socket.h"

namespace enrichment_mock::support {

// 200 and "METHOD target body", so that a test sees what the handler saw.
net::Response echo(const net::Request& request);

// The status and "refused: reason".
net::Response refuse(int status, std::string_view reason);

class HttpServer {
 public:
  explicit HttpServer(net::Handler handler = echo, net::Limits limits = {}, net::Observer observer = {},
                      net::CutObserver cut_observer = {})
      : server(std::move(handler), refuse, std::move(observer), limits, {}, std::move(cut_observer)),
        port(server.start("127.0.0.1", 0)) {}

  RawSocket connect() const { return RawSocket(port); }

  net::Server server;
  const std::uint16_t port;
};

// Lets this process open that many sockets, if the system allows it: shells often allow 1,024 descriptors, macOS 256.
void allow_sockets(unsigned count);

inline constexpr std::string_view kGet = "GET /path HTTP/1.1\r\nHost: mock\r\n\r\n";

// A POST to /path with a Content-Length, and before it more complete header lines.
std::string post(std::string_view body, std::string_view headers = {});

}  // namespace enrichment_mock::support
