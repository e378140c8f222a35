// How the process keeps its memory.
#pragma once

namespace enrichment_mock::cli {

// Has threads share their heaps: with one each, what a burst has left in them stays there, and a server that runs for
// long grows for longer than it has to. Only with the GNU C library; others have no such habit.
void share_heaps();

}  // namespace enrichment_mock::cli
