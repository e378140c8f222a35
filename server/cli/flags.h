// The program's flags: one row each, which says all there is to know of a flag but what its setting does.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "cli/values.h"

namespace enrichment_mock::cli {

struct Settings;

struct Flag {
  std::string_view name;      // without its dashes; its variable is named after it
  std::string_view argument;  // as the help calls its value; empty: a switch
  std::string_view text;      // the help's; lines of at most 50 characters
  std::string_view group;     // the help's heading
  // Takes what was given to its member of the settings, which has its default there. Null: it is read together with
  // others (settings.cpp).
  void (*read)(const FlagReader& in, Settings& to);

  // The same flag as the help of another command explains it.
  constexpr Flag described(std::string_view other_text, std::string_view other_group) const {
    return {name, argument, other_text, other_group, read};
  }
};

// The flags of each command, as its help lists them; `scenarios` takes those of serve.
std::span<const Flag> serve_flags();
std::span<const Flag> validate_flags();
std::span<const Flag> healthcheck_flags();
std::span<const Flag> verify_flags();

// The flags by group, within 80 columns.
std::string describe(std::span<const Flag> flags);

}  // namespace enrichment_mock::cli
