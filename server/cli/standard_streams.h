// Standard input, output and error, which whoever starts the program may have closed or broken.
#pragma once
#include <string_view>

namespace enrichment_mock::cli {

// Opens /dev/null for each that is closed; else the first sockets would take their numbers and get what is printed.
// Call before anything is opened.
void open_missing_streams();

// Print at once. A stream that takes nothing is not worth failing for.
void print(std::string_view text);
void print_error(std::string_view text);

}  // namespace enrichment_mock::cli
