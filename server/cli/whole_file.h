// A small file for others to read, who are never to see half of it.
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

// Writes beside it and renames. Throws std::runtime_error, which says what the file was for and which flag names
// another: "cannot write the port file x: …; choose another file with --port-file".
void write_whole_file(const std::string& file, std::string_view text, std::string_view what, std::string_view flag);

}  // namespace enrichment_mock::cli
