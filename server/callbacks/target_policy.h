// Which machines callbacks may be sent to (design: "Callback targets"). Rules by address speak of the address that is
// connected to, never of what a name resolved to earlier, so a name cannot lead around them. An immutable value.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace enrichment_mock::callbacks {

class TargetPolicy {
 public:
  // Everything is allowed.
  TargetPolicy() = default;

  // `entries` are host names, addresses, CIDR ranges of either family, "loopback" (127.0.0.0/8, ::1 and the name
  // localhost) and "all". Only what they name is allowed; an empty list means "loopback" if `loopback_by_default`, else
  // "all". Throws std::invalid_argument naming the entry that is none of these.
  TargetPolicy(const std::vector<std::string>& entries, bool loopback_by_default);

  bool allows_all() const { return all_; }
  bool allows_name(std::string_view host) const;               // by a name on the list, in any letter case
  bool allows_address(const sockaddr_storage& address) const;  // IPv4 addresses mapped into IPv6 count as IPv4

 private:
  struct Range {
    std::array<unsigned char, 16> network{};  // IPv4 mapped into IPv6, as addresses are for the comparison
    unsigned prefix = 128;                    // leading bits that must be the same
  };
  void add(const std::string& entry);
  bool add_range(const std::string& entry);
  void add_loopback();

  bool all_ = true;
  std::vector<std::string> names_;
  std::vector<Range> ranges_;
};

}  // namespace enrichment_mock::callbacks
