#include "support/http_test_server.h"

#include <algorithm>
#include <sys/resource.h>

namespace enrichment_mock::support {

net::Response echo(const net::Request& request) {
  std::string body(request.method);
  body.append(" ").append(request.target).append(" ").append(request.body);
  return {.body = body};
}

net::Response refuse(int status, std::string_view reason) {
  return {.status = status, .body = "refused: " + std::string(reason)};
}

void allow_sockets(unsigned count) {
  constexpr rlim_t kOthers = 100;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, count + kOthers));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string post(std::string_view body, std::string_view headers) {
  std::string request = "POST /path HTTP/1.1\r\nHost: mock\r\n";
  request.append(headers).append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return request.append(body);
}

}  // namespace enrichment_mock::support
