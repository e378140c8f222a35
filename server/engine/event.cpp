#include "engine/event.h"

#include <array>

namespace enrichment_mock::engine {

std::string_view kind_of(const Event& event) {
  constexpr std::array<std::string_view, std::variant_size_v<decltype(Event::what)>> kKinds = {"transition", "callback",
                                                                                               "schedule"};
  return kKinds[event.what.index()];
}

Instant due_of(const Event& event) {
  const auto* attempt = std::get_if<AttemptEnd>(&event.what);
  return attempt ? attempt->due : event.at;
}

}  // namespace enrichment_mock::engine
