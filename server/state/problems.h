// Messages about a file that cannot be used.
#pragma once
#include <string>

#include "state/sqlite.h"

namespace enrichment_mock::state {

std::string system_text(int error);  // of an errno

// What the error means, in words that follow "cannot be used: ".
std::string cause_of(const SqliteError& error);

// Throw OpenError. `problem` follows the name of the file.
[[noreturn]] void refuse(const std::string& path, const std::string& problem);
[[noreturn]] void refuse(const std::string& path, const SqliteError& error);
[[noreturn]] void refuse_damaged(const std::string& path, const std::string& damage);

}  // namespace enrichment_mock::state
