#include "http/message.h"

namespace enrichment_mock::http {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_text(key, name)) return value;
  }
  return {};
}

}  // namespace enrichment_mock::http
