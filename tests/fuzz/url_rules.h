// The rules for an accepted URL, and for the username in it.
#pragma once
#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "base/url.h"
#include "fuzz/require.h"

namespace enrichment_mock::fuzz {

inline bool is_visible(char c) { return c > ' ' && c <= '~'; }

inline void check_username(std::string_view username) {
  require(!username.empty() && username != "." && username != "..", "there is a username");
  require(!base::find_invalid_utf8(username), "a username is UTF-8");
  require(username.find('/') == username.npos, "a username is one segment of a path");
  require(std::ranges::none_of(username, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }),
          "a username has no control characters");
  require(username == base::lower(username), "a username is in lower case");
}

inline void check_url(const base::Url& url, std::string_view text) {
  require(std::ranges::all_of(text, is_visible), "a URL has no blanks and no control characters");
  require(!url.host.empty() && url.host == base::lower(url.host) && url.port != 0, "a URL has a host and a port");
  require(url.target.starts_with('/') && url.target.find('#') == url.target.npos, "a URL has a path");
  const auto again = base::parse_url((url.https ? "https://" : "http://") + url.authority() + url.target);
  require(again && again->https == url.https && again->host == url.host && again->port == url.port &&
              again->target == url.target,
          "a URL written from its parts is the same");
}

}  // namespace enrichment_mock::fuzz
