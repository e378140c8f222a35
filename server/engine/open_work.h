// The open work of a team: lookups and callbacks that have not ended, and why.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/words.h"
#include "engine/team.h"

namespace enrichment_mock::engine {

// An open lookup, or an open callback of an enrichment.
struct OpenWork {
  EnrichmentId enrichment;
  enum class Why {
    forever,    // a lookup whose status never changes by itself
    polls,      // a lookup whose status changes by polls
    pending,    // a lookup whose status changes by time
    delivering  // a callback with an attempt planned or under way
  } why;
};

// As in the control API.
inline constexpr auto kOpenWorkWords = base::words<OpenWork::Why>({{OpenWork::Why::forever, "forever"},
                                                                   {OpenWork::Why::polls, "polls"},
                                                                   {OpenWork::Why::pending, "pending"},
                                                                   {OpenWork::Why::delivering, "delivering"}});
constexpr std::string_view to_text(OpenWork::Why why) { return kOpenWorkWords.text(why); }

// Empty: it has ended.
std::optional<OpenWork> open_work_in(const Enrichment& enrichment);
std::optional<OpenWork> open_work_in(const Callback& callback, const Team& team);

// Lookups first, then callbacks, each in order of their numbers.
std::vector<OpenWork> open_work_of(const Team& team);

}  // namespace enrichment_mock::engine
