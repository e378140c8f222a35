// A certificate that nobody else vouches for: an authority of its own signs it, whose key is thrown away at once.
#pragma once
#include <string>
#include <vector>

namespace enrichment_mock::tls {

struct SelfSigned {
  std::string authority;    // PEM: for clients to trust
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// localhost, its addresses, and what this machine is called.
std::vector<std::string> names_of_this_machine();

// Made out to host names and addresses, at least one; valid for a year, and since yesterday, for clocks differ. Throws
// std::invalid_argument, which names what is neither.
SelfSigned make_self_signed(const std::vector<std::string>& names);

}  // namespace enrichment_mock::tls
