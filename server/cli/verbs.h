// The program's commands: what each is called, takes and says of itself.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"

namespace enrichment_mock::cli {

struct Verb {
  std::string_view name, usage;
  std::span<const Flag> flags;
};

std::span<const Verb> verbs();

// Null: there is none of that name.
const Verb* find_verb(std::string_view name);

// The flags of all of them, each once: those that may be given as variables.
std::vector<Flag> all_flags();

std::string help_of(const Verb& verb);

}  // namespace enrichment_mock::cli
