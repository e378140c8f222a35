// The machines that callbacks may be sent to. Address rules apply to the address of the connection itself, so that a
// name that resolves to another address later cannot bypass them. An immutable value.
#pragma once
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include "base/sockets.h"

namespace enrichment_mock::callbacks {

class TargetPolicy {
 public:
  // Everything is allowed.
  TargetPolicy() = default;

  // Allows only the entries: host names, addresses, CIDR ranges (IPv4 or IPv6), "loopback" (127.0.0.0/8, ::1 and the
  // name localhost) and "all". An empty list means "loopback" if `loopback_by_default`, else "all". Throws
  // std::invalid_argument, which names an invalid entry.
  TargetPolicy(const std::vector<std::string>& entries, bool loopback_by_default);

  bool allows_all() const { return all_; }
  bool allows_name(std::string_view host) const;               // the name is an entry, in any letter case
  bool allows_address(const sockaddr_storage& address) const;  // IPv4-mapped IPv6 addresses count as IPv4

 private:
  struct Range {
    base::AddressBytes network{};
    unsigned prefix = 128;  // the number of leading bits to compare
  };
  void add(const std::string& entry);
  bool add_range(const std::string& entry);
  void add_loopback();

  bool all_ = true;
  std::vector<std::string> names_;
  std::vector<Range> ranges_;
};

}  // namespace enrichment_mock::callbacks
