// The paths of the project's files and of the program.
#pragma once
#include <string>

namespace enrichment_mock::support {

// The absolute path of a file or folder, given its path in the project: "scenarios/README.md".
std::string checkout_path(const std::string& name);

// The absolute path of the program.
std::string mock_binary();

}  // namespace enrichment_mock::support
