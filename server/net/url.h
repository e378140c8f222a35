// Absolute http and https URLs as RFC 3986 writes them, and no others: what a callback may be sent to. Stricter than
// the grammar where a client could not connect anyway (our decision): the host is a DNS name, an IPv4 address or an
// IPv6 address in brackets, with no percent-escapes; port 0 is refused. Pure, no name lookup.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::net {

struct Url {
  bool https = false;
  std::string userinfo;     // as it was sent, without the '@': a secret
  std::string host;         // lower case, an IPv6 address without its brackets
  std::uint16_t port = 80;  // the scheme's own when none is given, or an empty one
  std::string target;       // path and query as they were sent, at least "/"; never the fragment

  // What a Host header says: brackets where needed, the port unless it is the scheme's own. No userinfo.
  std::string authority() const;
  // With the scheme: who is connected to.
  std::string origin() const { return (https ? "https://" : "http://") + authority(); }
};

// `problem`, if given, says why there is none, in words that follow on the text's name: "has no host"; it is empty if
// the text does not begin with http:// or https://.
std::optional<Url> parse_url(std::string_view text, std::string* problem = nullptr);

// The pieces of it that other rules of ours are made of.

// Letters, digits and inner hyphens in dot-separated labels of 1 to 63; a last dot is no part of a name here.
// `underscores`: as names of compose services and of containers have them.
bool is_host_name(std::string_view name, bool underscores = false);

// A host as RFC 3986 writes it (a name, which may be empty, or an address in brackets) and its port, if there is one:
// what a Host header may say (RFC 9110, section 7.2). No userinfo.
bool is_host_and_port(std::string_view text);

// Consists of what RFC 3986 lets stand in a path segment, of '/', and of whole percent-escapes; '?' too if `query`.
bool is_path_text(std::string_view text, bool query = false);

}  // namespace enrichment_mock::net
