// What of a team has not come to its end yet, and why.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/words.h"
#include "engine/team.h"

namespace enrichment_mock::engine {

// A lookup, or a callback of an enrichment, that is open.
struct OpenWork {
  EnrichmentId enrichment;
  enum class Why {
    forever,    // a lookup that nothing moves on
    polls,      // a lookup that waits for polls
    pending,    // a lookup that time moves on
    delivering  // a callback with an attempt still to come or under way
  } why;
};

// As the control API writes it.
inline constexpr auto kOpenWorkWords = base::words<OpenWork::Why>({{OpenWork::Why::forever, "forever"},
                                                                   {OpenWork::Why::polls, "polls"},
                                                                   {OpenWork::Why::pending, "pending"},
                                                                   {OpenWork::Why::delivering, "delivering"}});
constexpr std::string_view to_text(OpenWork::Why why) { return kOpenWorkWords.text(why); }

// Nothing: it has come to its end.
std::optional<OpenWork> open_work_in(const Enrichment& enrichment);
std::optional<OpenWork> open_work_in(const Callback& callback, const Team& team);

// Lookups first, then callbacks, each in their order.
std::vector<OpenWork> open_work_of(const Team& team);

}  // namespace enrichment_mock::engine
