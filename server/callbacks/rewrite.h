// Changes the URLs of callbacks: a client gives https://app.example.com/hooks, as in production, and the callback goes
// to http://app:3000/hooks. An immutable value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::callbacks {

class Rewrites {
 public:
  // No rewrites.
  Rewrites() = default;

  // Entries are FROM=TO. Both are URLs with a scheme, a host, an optional port and an optional path. Throws
  // std::invalid_argument, which names the entry and what is wrong with it.
  explicit Rewrites(const std::vector<std::string>& entries);

  // The URL to call instead of `url`, by the first entry that matches; nothing if none does. An entry matches if FROM
  // has the same scheme, host and port as the URL (without a port: the scheme's default; `*`: any port), and its path
  // is the beginning of the URL's path, up to its end or a '/' or '?'. TO replaces FROM. The port `*` in TO keeps the
  // URL's port. The URL keeps its userinfo.
  std::optional<std::string> apply(std::string_view url) const;

 private:
  struct UrlPrefix {
    bool https = false;
    std::string host;
    std::optional<std::uint16_t> port;  // not set: `*`
    std::string path;                   // without a final slash
  };
  struct Rewrite {
    UrlPrefix from, to;
  };
  static UrlPrefix parse_prefix(std::string text, const std::string& entry);

  std::vector<Rewrite> rewrites_;
};

}  // namespace enrichment_mock::callbacks
