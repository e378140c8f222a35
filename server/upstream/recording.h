// What the calls of a client and the callbacks of the real API say about lookups, and the scenario that behaves in the
// same way. Knows no socket and no clock: calls are added in the order in which they ended, and equal calls make equal
// scenarios. Contains no API key: bodies are added without them. Not thread-safe.
//
// When a status changed is only known within bounds: after the last poll that showed the status before, and before the
// first one that showed the next. A callback shows the end of its lookup. The scenario has the middle of the bounds. A
// duration that is within the bounds of most lookups is in its `lookup`, others are in rules.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "scenario/request.h"
#include "upstream/pseudonyms.h"

namespace enrichment_mock::upstream {

using Moment = std::chrono::microseconds;  // since the recording began

// A duration that lies within them explains what was seen.
struct Bounds {
  Moment least{0}, most{0};

  bool has(Moment duration) const { return duration >= least && duration <= most; }
  Moment middle() const;     // in whole milliseconds if that is within the bounds
  std::string text() const;  // "80ms to 120ms"
};

// One call of the client, or one attempt of a callback, with its answer.
struct RecordedCall {
  enum class Kind : unsigned char { request, poll, credits, callback };
  Kind kind = Kind::request;
  std::size_t key = 0;                       // which API key called: 0 is the first one
  std::optional<std::size_t> receiver = {};  // which address the callback_url was replaced by, or the attempt came to
  std::string id = {};                       // of a poll
  std::string sent = {};                     // the body of the request or the attempt
  Moment begin{0}, end{0};                   // when it was passed on, and when its answer had arrived
  int status = 0;                            // of the answer; 0: there was none
  std::string retry_after = {};
  std::string body = {};    // of the answer
  bool is_encoded = false;  // the answer's body has a Content-Encoding, and cannot be read
};

class Recording {
 public:
  void add(const RecordedCall& call);

  // What the scenario is made with, apart from the calls.
  struct Frame {
    std::string name;      // of the scenario
    std::string upstream;  // URL without userinfo
    base::Instant begin, end;
    Hidden hidden = Hidden::emails;
    bool sees_callbacks = false;  // callback_urls are replaced
  };

  // The text of a scenario file, which the loader accepts whatever was added. At most a megabyte: what does not fit is
  // left out, and a comment says so.
  std::string scenario(const Frame& frame) const;

 private:
  struct Attempt {
    Moment begin, end;
    bool delivered = false;  // with a 2xx
    std::string body;        // only of the first attempt
  };

  // A request for an enrichment with a valid body that was answered, and what is known about its lookup.
  struct Lookup {
    std::size_t key = 0;
    std::string username;
    scenario::EmailType type = scenario::EmailType::work;
    std::string linkedin_url;
    std::optional<std::string> external_id;
    bool has_callback = false;
    Moment begin{0}, end{0};
    int status = 0;
    std::string retry_after;
    std::string body;  // of a refusal
    std::string id;    // empty: it was refused, or its answer cannot be read
    // The last polls that showed a status, and the first that showed a later one.
    std::optional<Moment> pending_until, open_until, started_by, resolved_by;
    std::optional<scenario::Outcome> outcome;
    std::optional<std::string> email;
    std::vector<Attempt> attempts;
  };

  // The first body that a status was answered with. Others are not kept, because there may be one for each call.
  struct ErrorBody {
    std::string text;
    bool varies = false;
  };

  struct Balance {
    std::size_t key = 0;
    Moment begin{0};
    std::int64_t credits = 0;
  };

  // What was seen, but is not in the scenario.
  struct LeftOut {
    std::size_t unanswered = 0, invalid_requests = 0, unknown_ids = 0, refused_polls = 0, refused_credits = 0,
                unreadable = 0, unknown_callbacks = 0;
  };

  class Writer;

  void add_request(const RecordedCall& call);
  void add_poll(const RecordedCall& call);
  void add_credits(const RecordedCall& call);
  void add_callback(const RecordedCall& call);
  bool add_refusal(const RecordedCall& call);

  std::vector<Lookup> lookups_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::map<std::size_t, std::size_t> by_receiver_;
  std::map<std::size_t, std::vector<Attempt>> early_attempts_;  // of requests that have not been answered yet
  std::map<int, ErrorBody> error_bodies_;                       // by status
  std::optional<Balance> first_balance_, last_balance_;
  LeftOut left_out_;
  std::size_t requests_ = 0, polls_ = 0, credits_ = 0, callbacks_ = 0, keys_ = 0;
};

}  // namespace enrichment_mock::upstream
