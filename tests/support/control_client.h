// A client of both APIs with one key: what a test asks of the emulated API, and of the control API.
#pragma once
#include <string>

#include "support/api_client.h"

namespace enrichment_mock::support {

class ControlClient : public ApiClient {
 public:
  using ApiClient::ApiClient;

  // `path` without /__admin/.
  Answer control(const std::string& method, const std::string& path, const std::string& body = {},
                 httplib::Headers headers = {}) {
    return send(method, "/__admin/" + path, body, std::move(headers));
  }
  Answer get(const std::string& path) { return control("GET", path); }
  Answer put(const std::string& path, const json& body) { return control("PUT", path, body.dump()); }
  Answer order(const std::string& path, const json& body = json::object()) {
    return control("POST", path, body.dump());
  }

  json advance(const std::string& by) { return order("clock/advance", {{"by", by}}).body(); }
  json settle() { return order("settle", {{"timeout", "60s"}}).body(); }
  json list(const std::string& path, const std::string& name) { return get(path).body().at(name); }
  Answer verify(const json& expectation) { return order("verify", {{"expect", json::array({expectation})}}); }
};

}  // namespace enrichment_mock::support
