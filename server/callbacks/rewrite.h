// Sends callbacks to other places than their URLs name: a client says https://app.example.com/hooks, as it will in
// production, and is called at http://app:3000/hooks. An immutable value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::callbacks {

class Rewrites {
 public:
  // None.
  Rewrites() = default;

  // Entries are FROM=TO, each a scheme, a host, at most a port and a path. Throws std::invalid_argument, which names
  // the entry and what is wrong with it.
  explicit Rewrites(const std::vector<std::string>& entries);

  // The URL to be called in place of `url`, by the first entry whose FROM fits; nothing if none does. FROM fits as a
  // whole: the same scheme, host and port (the scheme's own if none is given, any if it is `*`), and a path that goes
  // on behind it with '/' or '?' only, or ends. TO takes FROM's place; its port `*` keeps the URL's. The URL keeps its
  // userinfo.
  std::optional<std::string> apply(std::string_view url) const;

 private:
  struct Place {
    bool https = false;
    std::string host;
    std::optional<std::uint16_t> port;  // none: any, or the URL's
    std::string path;                   // without a slash at its end
  };
  struct Rewrite {
    Place from, to;
  };
  static Place read_place(std::string text, const std::string& entry);

  std::vector<Rewrite> rewrites_;
};

}  // namespace enrichment_mock::callbacks
