#include "engine/event.h"

namespace enrichment_mock::engine {

Instant due_of(const Event& event) {
  const auto* attempt = std::get_if<AttemptEnd>(&event.what);
  return attempt ? attempt->due : event.at;
}

}  // namespace enrichment_mock::engine
