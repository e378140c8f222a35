// A client of the emulated API with one key, over real HTTP or HTTPS.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/json.h"
#include "support/patience.h"

namespace httplib {
class Client;
}

namespace enrichment_mock::support {

// The text of a scenario with these members.
inline std::string scenario_of(const std::string& members) { return R"({"name":"s",)" + members + "}"; }

using nlohmann::json;

struct CaseBlind {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, CaseBlind>;

struct Answer {
  int status = 0;
  Headers headers;
  std::string text;

  json body() const;  // throws unless the text is JSON
  std::string header(const std::string& name) const;
};

struct NoResponse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ApiClient {
 public:
  // With `ca_file` it trusts the certificates that this authority has signed, and no others.
  ApiClient(const std::string& url, std::string key, const std::string& ca_file = {});
  ~ApiClient();
  ApiClient(ApiClient&&) noexcept;
  ApiClient& operator=(ApiClient&&) = delete;

  // Throws NoResponse if none comes.
  Answer send(std::string method, std::string path, std::string body = {}, const Headers& headers = {});

  Answer post(const json& body);
  Answer post_text(std::string body, const std::string& content_type = "application/json");
  Answer poll(const std::string& id);
  std::int64_t credits();

  // Submits and returns the `_id`.
  std::string submit(const std::string& username);
  std::string submit(const std::string& username, const json& more);

  // Polls without sleeping until the lookup has resolved.
  Answer resolve(const std::string& id);

 private:
  std::unique_ptr<httplib::Client> http_;
  const std::string key_;
};

// The status of a GET on a new connection; 0 if there is no response.
int status_of(const std::string& url, const std::string& path, const std::string& key = {},
              const std::string& ca_file = {});

}  // namespace enrichment_mock::support
