#include "engine/callback.h"

namespace enrichment_mock::engine {

std::string_view to_text(CallbackState state) {
  switch (state) {
    case CallbackState::scheduled:
      return "scheduled";
    case CallbackState::delivering:
      return "delivering";
    case CallbackState::retrying:
      return "retrying";
    case CallbackState::delivered:
      return "delivered";
    case CallbackState::exhausted:
      return "exhausted";
    case CallbackState::dropped:
      return "dropped";
  }
  return "";
}

bool is_open(CallbackState state) {
  return state == CallbackState::scheduled || state == CallbackState::delivering || state == CallbackState::retrying;
}

std::span<const Attempt> ended_attempts(const Callback& callback) {
  const std::span<const Attempt> all = callback.attempts;
  return callback.state == CallbackState::delivering && !all.empty() ? all.first(all.size() - 1) : all;
}

std::string callback_id(const EnrichmentId& enrichment, std::uint32_t copy) {
  return to_text(enrichment) + "-" + std::to_string(copy + 1);
}

}  // namespace enrichment_mock::engine
