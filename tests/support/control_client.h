// A client of both APIs with one key.
#pragma once
#include <string>

#include "support/api_client.h"

namespace enrichment_mock::support {

class ControlClient : public ApiClient {
 public:
  using ApiClient::ApiClient;

  // `path` without /__admin/.
  Answer control(const std::string& method, const std::string& path, const std::string& body = {},
                 const Headers& headers = {});
  Answer get(const std::string& path);
  Answer put(const std::string& path, const json& body);
  Answer order(const std::string& path);
  Answer order(const std::string& path, const json& body);

  json advance(const std::string& by);
  json settle();
  json list(const std::string& path, const std::string& name);
  Answer verify(const json& expectation);
};

}  // namespace enrichment_mock::support
