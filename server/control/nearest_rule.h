// An entry of the journal with the rule that nearly matched, as it is listed and as a snapshot has it.
#pragma once
#include "control/render.h"
#include "journal/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// render(entry), and of a call that followed no rule "nearest_rule":{"name","differs":[…]}, the one of the rules of
// then that came nearest, if any did. `team` is whose it is; null: nobody's.
Json render_call(const journal::Entry& entry, runner::TeamRunner* team);

}  // namespace enrichment_mock::control
