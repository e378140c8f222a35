// The page at /__admin/ for people: plain HTML, CSS and JavaScript modules that know nothing but the control API. Its
// files hold no data, so that they are handed out without the admin token, which the page asks for; hosts and origins
// are guarded as those of control calls are. The policy that goes with each lets the page load and call nothing that is
// not this server's.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "control/guard.h"
#include "net/message.h"

namespace enrichment_mock::dashboard {

class Dashboard {
 public:
  // Of `settings` the hosts count.
  explicit Dashboard(control::GuardSettings settings);

  // Whether a path is the page's: /__admin, which leads to /__admin/, that itself, and what is below
  // /__admin/dashboard/.
  static bool owns(std::string_view path);

  // Answers a request whose path it owns. Safe to call from many threads.
  net::Response handle(const net::Request& request) const;

 private:
  struct File {
    std::string_view text, content_type;
    std::string tag;  // ETag
  };
  net::Response answer(const net::Request& request) const;

  const control::GuardSettings guard_;
  std::map<std::string, File, std::less<>> files_;  // by path
};

}  // namespace enrichment_mock::dashboard
