// What is in a state file, and whether it fits together, for the command `enrichment-mock state`. Nothing is changed,
// and a mock may run with the file meanwhile. Throws OpenError like File, and if there is no such file.
#pragma once
#include <string>
#include <vector>

namespace enrichment_mock::state {

// Lines about the file and each of its teams.
std::string describe(const std::string& path);

// Checks SQLite's own structures, every record, the ledgers, and what refers to other records. Each fault names its
// table and key.
std::vector<std::string> faults_of(const std::string& path);

}  // namespace enrichment_mock::state
