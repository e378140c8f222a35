// Serves the dashboard at /__admin/: plain HTML, CSS and JavaScript modules that only use the control API. The files
// contain no data, so they are served to any host and origin and without the admin token. The page asks for the token
// and shows why calls are refused. The content security policy allows the page to load from and call this server only.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "net/message.h"

namespace enrichment_mock::dashboard {

class Dashboard {
 public:
  Dashboard();

  // Whether a request is for the dashboard: /__admin (redirects to /__admin/), /__admin/, any path below
  // /__admin/dashboard/, or / without a key (links to the dashboard).
  static bool owns(const net::Request& request);

  // Handles a request for which owns() is true. Thread-safe.
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
