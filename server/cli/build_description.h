// What this program was built from.
#pragma once
#include <string_view>

namespace enrichment_mock::cli {

// What --version prints below the version: "commit 0123456789ab, g++ 12.2.0". The commit may be "unknown", such as in a
// build from an archive of the source. CMake writes the definition (server/describe_build.cmake).
std::string_view build_description();

}  // namespace enrichment_mock::cli
