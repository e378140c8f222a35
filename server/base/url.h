// Parses absolute http and https URLs (RFC 3986), to which callbacks can be sent. Stricter than the grammar (our
// decision): the host is a DNS name, an IPv4 address or an IPv6 address in brackets, without percent-escapes, and port
// 0 is refused. Does no I/O and no name lookup.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

struct Url {
  bool https = false;
  std::string userinfo;     // as it was sent, without the '@'; it is a secret
  std::string host;         // lower case, an IPv6 address without its brackets
  std::uint16_t port = 80;  // the scheme's default if the URL has none or an empty one
  std::string target;       // path and query as they were sent, at least "/"; without the fragment

  // The value for a Host header: an IPv6 address in brackets, the port unless it is the scheme's default, no userinfo.
  std::string authority() const;
  // Scheme, host and port.
  std::string origin() const { return (https ? "https://" : "http://") + authority(); }
};

// If the text is not such a URL, `problem` says why, without a subject: "has no host". It is empty if the text does not
// begin with http:// or https://.
std::optional<Url> parse_url(std::string_view text, std::string* problem = nullptr);

// Parts of URLs, for other checks:

// Labels of 1 to 63 letters, digits and inner hyphens, separated by dots, without a final dot. `underscores` allows
// these, too, as in the names of compose services and containers.
bool is_host_name(std::string_view name, bool underscores = false);

// An IPv4 or IPv6 address, without brackets.
bool is_ip_address(const std::string& text);

// A host (RFC 3986: a name, which may be empty, or an address in brackets) with an optional port, as in a Host header
// (RFC 9110, section 7.2). No userinfo.
bool is_host_and_port(std::string_view text);

// Characters that RFC 3986 allows in a path, and complete percent-escapes; with `query` also '?'.
bool is_path_text(std::string_view text, bool query = false);

}  // namespace enrichment_mock::base
