// All that differs between the releases of cpp-httplib that we build against: 0.11.4 (Debian 12), 0.18 (Debian 13) and
// current ones. Nothing else of ours looks at its version.
#pragma once
#include <cstddef>
#include <ctime>
#include <httplib.h>
#include <string>

namespace enrichment_mock::net {

// A stream that is always ready, has no socket to be looked at and no addresses. Deriving classes read and write.
// No `override` here: is_writable() left Stream in 0.20, when the two waits came; duration() came in 0.19, and
// is_peer_alive() later.
class CompatStream : public httplib::Stream {
 public:
  bool is_readable() const { return true; }
  bool is_writable() const { return true; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return true; }
  bool is_peer_alive() const { return true; }
  std::time_t duration() const { return 0; }
  socket_t socket() const { return INVALID_SOCKET; }
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}
};

class CompatServer : protected httplib::Server {
 protected:
  // Reads one request from the stream and writes its response, as the last of its connection. process_request takes
  // the addresses, too, since 0.18, and one argument more, which has a default, since 0.33.
  template <class Stream>
  bool process_last_request(Stream& stream) {
    constexpr bool kLast = true;
    bool closed = false;
    if constexpr (requires { this->process_request(stream, kLast, closed, nullptr); }) {
      return process_request(stream, kLast, closed, nullptr);
    } else {
      return process_request(stream, "", 0, "", 0, kLast, closed, nullptr);
    }
  }
};

// httplib's client without its sockets. Host and port never matter to it: the Host header is the caller's.
class CompatClient final : private httplib::ClientImpl {
 public:
  CompatClient() : ClientImpl("stream", 80) { set_decompress(false); }

  // Writes the request to the stream and reads the response, whose body is passed over. False: it is not complete.
  bool exchange(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    constexpr bool kLast = true;
    httplib::Error error = httplib::Error::Success;
    // Its last arguments changed their type.
    request.content_receiver = [](const char*, std::size_t, auto, auto) { return true; };
    return process_request(stream, request, response, kLast, error);
  }
};

}  // namespace enrichment_mock::net
