// The page at /__admin/ for people: plain HTML, CSS and JavaScript modules that know nothing but the control API. Its
// files hold no data, so that they are handed out to any host and origin and without the admin token: the page asks for
// the token, and shows why its calls are refused. The policy that goes with each file lets the page load and call
// nothing that is not this server's.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "net/message.h"

namespace enrichment_mock::dashboard {

class Dashboard {
 public:
  Dashboard();

  // Whether a request is for the page: /__admin, which leads to /__admin/, that itself, and what is below
  // /__admin/dashboard/; or / without a key, which says where the page is.
  static bool owns(const net::Request& request);

  // Answers a request that it owns. Safe to call from many threads.
  net::Response handle(const net::Request& request) const;

 private:
  struct File {
    std::string_view text, content_type;
    std::string tag;  // ETag
  };
  net::Response answer(const net::Request& request) const;

  std::map<std::string, File, std::less<>> files_;  // by path
};

}  // namespace enrichment_mock::dashboard
