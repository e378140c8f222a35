// A client of the emulated API with one key, over real HTTP.
#pragma once
#include <chrono>
#include <httplib.h>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/json.h"
#include "support/patience.h"

namespace enrichment_mock::support {

using nlohmann::json;

struct Answer {
  int status = 0;
  httplib::Headers headers;
  std::string text;

  json body() const { return json::parse(text); }
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class ApiClient {
 public:
  ApiClient(const std::string& url, std::string key) : http_(url), key_(std::move(key)) {
    http_.set_tcp_nodelay(true);
    http_.set_keep_alive(true);
    http_.set_read_timeout(kPatience);
    http_.set_write_timeout(kPatience);
  }

  Answer send(std::string method, std::string path, std::string body = {}, httplib::Headers headers = {}) {
    httplib::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    request.headers = std::move(headers);
    if (!key_.empty()) request.headers.emplace("x-api-key", key_);
    const auto result = http_.send(request);
    if (!result) throw std::runtime_error(request.path + ": " + httplib::to_string(result.error()));
    return {result->status, result->headers, result->body};
  }

  Answer post(const json& body) { return post_text(body.dump()); }
  Answer post_text(std::string body, const std::string& content_type = "application/json") {
    return send("POST", "/v1/api/enrichment/email", std::move(body), {{"Content-Type", content_type}});
  }
  Answer poll(const std::string& id) { return send("GET", "/v1/api/enrichment/email/" + id); }
  std::int64_t credits() { return send("GET", "/v1/api/enrichment/credits").body().at("balance"); }

  // Submits and returns the `_id`.
  std::string submit(const std::string& username, const json& more = json::object()) {
    json body{{"linkedin_url", "https://www.linkedin.com/in/" + username}, {"type", "work"}};
    body.update(more);
    return post(body).body().at("_id");
  }

  // Polls as a client does that has no patience to sleep, until the lookup has resolved.
  Answer resolve(const std::string& id) {
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < patience) {
      auto answer = poll(id);
      const std::string status = answer.body().at("status");
      if (status != "pending" && status != "processing") return answer;
    }
    throw std::runtime_error(id + " does not resolve");
  }

 private:
  httplib::Client http_;
  const std::string key_;
};

}  // namespace enrichment_mock::support
