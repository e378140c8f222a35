// A simple mock with cpp-httplib: a Server with three handlers that do the JSON work of the API and
// nothing else, with fixed responses and no state. It shows what our HTTP layer and our engine cost or save.
//
//   bare_httplib PORT
//
// Where the library's defaults are traps rather than design (a backlog of 5, a pool of 8 threads, 5 requests per
// connection, 40 ms stalls of Nagle against delayed acknowledgements: 300 requests a second), they are set as well as
// its interface allows: a fair opponent.
#include <cstdlib>
#include <functional>
#include <httplib.h>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace {

using nlohmann::json;

// With a charset, as the emulator answers: cpp-httplib compresses exactly "application/json", which would cost it
// nine tenths of its throughput.
constexpr auto kJson = "application/json; charset=utf-8";
constexpr auto kId = "507f1f77bcf86cd799439011";
constexpr auto kProfile = "https://www.linkedin.com/in/janedoe";

void answer(httplib::Response& response, int status, const json& body) {
  response.status = status;
  response.set_content(body.dump(), kJson);
}

void handle_post(const httplib::Request& request, httplib::Response& response) {
  const auto body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("linkedin_url") || !body.contains("type")) {
    return answer(response, 400, {{"statusCode", 400}, {"message", "malformed"}, {"error", "Bad Request"}});
  }
  answer(response, 201, {{"_id", kId}, {"status", "pending"}, {"linkedin_url", body["linkedin_url"]}});
}

void handle_poll(const httplib::Request&, httplib::Response& response) {
  answer(response, 200,
         {{"_id", kId},
          {"status", "completed"},
          {"enrichment_type", "work_email"},
          {"email", {{"email", "janedoe@example.com"}, {"type", "work"}}},
          {"linkedin_url", kProfile}});
}

void handle_credits(const httplib::Request&, httplib::Response& response) { answer(response, 200, {{"balance", 250}}); }

// A thread per connection. The stock pool serves as many connections at a time as it has threads.
class ThreadPerConnection final : public httplib::TaskQueue {
  // Returns void; from 0.15 on, whether there was room.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::declval<std::function<void()>>()));

 public:
  Enqueued enqueue(std::function<void()> work) override {
    std::thread(std::move(work)).detach();
    return static_cast<Enqueued>(true);
  }
  void shutdown() override {}
};

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;
  if (port <= 0) {
    std::cerr << "usage: bare_httplib PORT\n";
    return 2;
  }

  httplib::Server server;
  server.Post("/v1/api/enrichment/email", handle_post);
  server.Get("/v1/api/enrichment/email/([0-9a-f]{24})", handle_poll);
  server.Get("/v1/api/enrichment/credits", handle_credits);

  int listener = -1;
  server.set_socket_options([&](auto fd) { listener = fd; });
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server.new_task_queue = [] { return new ThreadPerConnection; };
  if (!server.bind_to_port("127.0.0.1", port) || ::listen(listener, 4096) != 0) return 1;
  return server.listen_after_bind() ? 0 : 1;
}
