// Values that name machines, places on the network and whom to trust there. As in app/values.h: a conversion returns
// nothing when nothing was given, and after a complaint.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/values.h"

namespace enrichment_mock::cli {

// An address or a name to listen on, without scheme and port. IPv6 may stand in brackets, which are taken off.
std::optional<std::string> to_host(const MaybeGiven& given, Problems& problems);

// The same, between commas.
std::vector<std::string> to_hosts(const Given& given, Problems& problems);

// http:// or https:// with a host and at most a port behind it, no path; a slash at the end is taken off.
std::optional<std::string> to_base_url(const MaybeGiven& given, Problems& problems);

// What callbacks may reach, parts between commas: a host, an address, a CIDR range, or "all".
std::vector<std::string> to_targets(const Given& given, Problems& problems);

// FROM=TO, two URLs.
std::optional<std::string> to_rewrite(const Given& given, Problems& problems);

// Visible ASCII, as a header can carry it.
std::optional<std::string> to_token(const MaybeGiven& given, Problems& problems);

// An API key, as a header can carry it.
std::optional<std::string> to_key(const MaybeGiven& given, Problems& problems);

// A file that can be read and holds a PEM certificate.
std::optional<std::string> to_certificates(const MaybeGiven& given, Problems& problems);

// Complains of a certificate and a key that no server could use.
void check_identity(const Given& certificate, const Given& key, Problems& problems);

}  // namespace enrichment_mock::cli
