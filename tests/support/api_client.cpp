#include "support/api_client.h"

#include <algorithm>
#include <chrono>
#include <httplib.h>
#include <utility>

#include "base/text.h"
#include "support/patience.h"

namespace enrichment_mock::support {

bool CaseBlind::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(
      a, b, {}, [](char c) { return base::lower(c); }, [](char c) { return base::lower(c); });
}

json Answer::body() const { return json::parse(text); }

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

ApiClient::ApiClient(const std::string& url, std::string key, const std::string& ca_file)
    : http_(std::make_unique<httplib::Client>(url)), key_(std::move(key)) {
  http_->set_tcp_nodelay(true);
  http_->set_keep_alive(true);
  http_->set_read_timeout(kPatience);
  http_->set_write_timeout(kPatience);
  if (!ca_file.empty()) http_->set_ca_cert_path(ca_file);
}

ApiClient::~ApiClient() = default;
ApiClient::ApiClient(ApiClient&&) noexcept = default;

Answer ApiClient::send(std::string method, std::string path, std::string body, const Headers& headers) {
  httplib::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.body = std::move(body);
  request.headers.insert(headers.begin(), headers.end());
  if (!key_.empty()) request.headers.emplace("x-api-key", key_);
  const auto result = http_->send(request);
  if (!result) throw NoResponse(request.path + ": " + httplib::to_string(result.error()));
  return {result->status, {result->headers.begin(), result->headers.end()}, result->body};
}

Answer ApiClient::post(const json& body) { return post_text(body.dump()); }

Answer ApiClient::post_text(std::string body, const std::string& content_type) {
  return send("POST", "/v1/api/enrichment/email", std::move(body), {{"Content-Type", content_type}});
}

Answer ApiClient::poll(const std::string& id) { return send("GET", "/v1/api/enrichment/email/" + id); }

std::int64_t ApiClient::credits() { return send("GET", "/v1/api/enrichment/credits").body().at("balance"); }

std::string ApiClient::submit(const std::string& username) { return submit(username, json::object()); }

std::string ApiClient::submit(const std::string& username, const json& more) {
  json body{{"linkedin_url", "https://www.linkedin.com/in/" + username}, {"type", "work"}};
  body.update(more);
  return post(body).body().at("_id");
}

Answer ApiClient::resolve(const std::string& id) {
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < patience) {
    auto answer = poll(id);
    const std::string status = answer.body().at("status");
    if (status != "pending" && status != "processing") return answer;
  }
  throw std::runtime_error(id + " does not resolve");
}

int status_of(const std::string& url, const std::string& path, const std::string& key, const std::string& ca_file) {
  try {
    return ApiClient(url, key, ca_file).send("GET", path).status;
  } catch (const NoResponse&) {
    return 0;
  }
}

}  // namespace enrichment_mock::support
