#include "net/message.h"

namespace enrichment_mock::net {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_text(key, name)) return value;
  }
  return {};
}

}  // namespace enrichment_mock::net
