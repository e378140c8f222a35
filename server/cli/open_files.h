// How many files and sockets the program may have open.
#pragma once

namespace enrichment_mock::cli {

// As many as the system lets it without asking: each connection takes one, and what a login shell allows (256 on
// macOS, 1,024 on Linux) is soon used up.
void allow_many_open_files();

}  // namespace enrichment_mock::cli
