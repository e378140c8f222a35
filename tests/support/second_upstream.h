// An API like the documented one, written a second time for the tests of compare. It behaves as the page of decisions
// says, except for the differences that a test plants by name.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "support/json.h"
#include "support/receiver.h"

namespace enrichment_mock::support {

class SecondUpstream {
 public:
  explicit SecondUpstream(std::set<std::string> planted = {}, std::int64_t balance = 250);

  std::string url() const { return "http://127.0.0.1:" + std::to_string(receiver_.port()); }
  std::vector<ReceivedRequest> requests() const { return receiver_.requests(); }
  std::int64_t balance() const;

  static constexpr const char* kKey = "second-upstream-secret-key-4711";

 private:
  struct Answer {
    int status = 200;
    nlohmann::json body = {};
    std::string headers = {};
  };
  // Polls resolve a lookup: the first shows it pending.
  struct Lookup {
    nlohmann::json request;
    int polls = 0;
  };

  bool has(const char* difference) const { return planted_.contains(difference); }
  Answer refuse(int status, const std::string& message, const std::string& headers = "") const;
  Answer respond(const ReceivedRequest& request);
  Answer route(const ReceivedRequest& request);
  Answer accept(const ReceivedRequest& request);
  Answer validate(const nlohmann::json& body) const;
  Answer poll(const std::string& id);
  bool is_profile(const std::string& url) const;

  const std::set<std::string> planted_;
  mutable std::mutex mutex_;  // guards what follows
  std::int64_t balance_;
  std::map<std::string, Lookup> lookups_;
  int busy_ = 0, failed_polls_ = 0;  // 429s that were sent, polls that failed
  Receiver receiver_;                // the last member: it uses the others
};

}  // namespace enrichment_mock::support
