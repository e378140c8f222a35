#include "support/control_client.h"

namespace enrichment_mock::support {

Answer ControlClient::control(const std::string& method, const std::string& path, const std::string& body,
                              const Headers& headers) {
  return send(method, "/__admin/" + path, body, headers);
}

Answer ControlClient::get(const std::string& path) { return control("GET", path); }

Answer ControlClient::put(const std::string& path, const json& body) { return control("PUT", path, body.dump()); }

Answer ControlClient::order(const std::string& path) { return order(path, json::object()); }

Answer ControlClient::order(const std::string& path, const json& body) { return control("POST", path, body.dump()); }

json ControlClient::advance(const std::string& by) { return order("clock/advance", {{"by", by}}).body(); }

json ControlClient::settle() { return order("settle", {{"timeout", "60s"}}).body(); }

json ControlClient::list(const std::string& path, const std::string& name) { return get(path).body().at(name); }

Answer ControlClient::verify(const json& expectation) {
  return order("verify", {{"expect", json::array({expectation})}});
}

}  // namespace enrichment_mock::support
