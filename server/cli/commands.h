// Carries out what settings.h understood; each returns the program's exit status: 0, 1 a runtime error, 2 a bad
// scenario. What goes wrong at run time is thrown as an exception whose what() is one plain sentence.
#pragma once
#include "cli/settings.h"

namespace enrichment_mock::cli {

// Serves until SIGTERM or SIGINT. Call before any thread is started. Threads may be left behind: see app/leave.h.
int run(const Serve& command);

int run(const Init& command);
int run(const Validate& command);
int run(const ListScenarios& command);
int run(const Healthcheck& command);
int run(const Verify& command);
int run(const ShowText& command);

}  // namespace enrichment_mock::cli
