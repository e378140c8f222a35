// Where the tests find the files of the project that they read and the program that they start.
#pragma once
#include <string>

namespace enrichment_mock::support {

// The absolute path of a file or folder, named from the project's folder: "scenarios/README.md".
std::string checkout_path(const std::string& name);

// The absolute path of the program.
std::string mock_binary();

}  // namespace enrichment_mock::support
