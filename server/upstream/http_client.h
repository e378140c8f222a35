// The HTTP client of the program, for calls of a mock and of the real API. Only its .cpp includes cpp-httplib.
//
// It asks only the host of its URL, follows no redirect, and does not decompress: a body is kept as it was sent.
// Errors are values, and their texts contain nothing that was sent, so no key. Any thread may call any member.
#pragma once
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace enrichment_mock::upstream {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET", path = "/";
  Headers headers = {};
  std::string body = {};  // no Content-Type is added
};

struct HttpResponse {
  int status = 0;
  Headers headers = {};
  std::string body = {};
  bool is_cut = false;  // the body is larger than the client's limit, or its connection ended too early

  // The value of the first header of that name, in any letter case; null if there is none.
  const std::string* header(std::string_view name) const;
};

// Why there is no response.
enum class HttpProblem {
  unreachable,  // no connection
  untrusted,    // the certificate
  no_tls,       // no TLS, or no supported version of it
  too_slow,     // not complete within the timeout
  broken,       // the connection ended, or what came is not HTTP
};

struct HttpResult {
  std::optional<HttpResponse> response;
  HttpProblem problem = HttpProblem::broken;  // if there is no response

  explicit operator bool() const { return response.has_value(); }
  const HttpResponse* operator->() const { return &*response; }
};

// "sent no response in time", to follow the name of a server.
std::string_view to_text(HttpProblem problem);

struct HttpTarget {
  std::string url;      // "https://api.example.com", without a path
  std::string ca_file;  // PEM; empty: the system's certificate authorities
  bool any_certificate = false;
  std::chrono::milliseconds connection_timeout{10'000};
  std::chrono::milliseconds timeout{10'000};  // for a whole response, once there is a connection
  std::size_t max_body = 1024 * 1024;         // of a response, in bytes
};

// A connection of its own for each request.
class HttpClient {
 public:
  explicit HttpClient(HttpTarget target) : target_(std::move(target)) {}

  const std::string& url() const { return target_.url; }
  HttpResult send(const HttpRequest& request) const;

 private:
  HttpTarget target_;
};

// Waits so that between two calls of wait() there is at least that time. Thread-safe.
class Pace {
 public:
  explicit Pace(std::chrono::milliseconds least) : least_(least) {}
  void wait();

 private:
  const std::chrono::milliseconds least_;
  std::mutex next_mutex_;  // guards next_
  std::chrono::steady_clock::time_point next_{};
};

// Whether the host of the URL is loopback by its name: localhost, 127.0.0.0/8 or ::1. A key may be sent there without
// TLS.
bool is_loopback(std::string_view url);

// The User-Agent with which the program calls the real API: "enrichment-mock/0.1.0 (compare)".
std::string user_agent(std::string_view command);

}  // namespace enrichment_mock::upstream
