// The end of the program.
#pragma once

namespace enrichment_mock::cli {

// Exits without static destruction: threads that were left within OpenSSL or a blocked write still use what it would
// destroy. A build with a leak check makes it first.
[[noreturn]] void leave(int status);

}  // namespace enrichment_mock::cli
