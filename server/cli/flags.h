// The program's flags: one row per flag with everything about it, except what the setting does.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "cli/values.h"

namespace enrichment_mock::cli {

struct Settings;

struct Flag {
  std::string_view name;      // without its dashes; the variable has the same name
  std::string_view argument;  // the name of its value in the help; empty: a switch
  std::string_view text;      // for the help; lines of at most 50 characters
  std::string_view group;     // heading in the help
  // Stores the value in a member of the settings, which holds the default until then. Null: settings.cpp reads it
  // together with other flags.
  void (*read)(const FlagReader& in, Settings& to);

  // The same flag with another help text, for another command.
  constexpr Flag described(std::string_view other_text, std::string_view other_group) const {
    return {name, argument, other_text, other_group, read};
  }
};

// The flags of each command in the order of its help. `scenarios` has the flags of serve.
std::span<const Flag> serve_flags();
std::span<const Flag> validate_flags();
std::span<const Flag> healthcheck_flags();
std::span<const Flag> verify_flags();
std::span<const Flag> exec_flags();
std::span<const Flag> audit_flags();
std::span<const Flag> compare_flags();
std::span<const Flag> record_flags();
std::span<const Flag> state_flags();

// Help for the flags, by group, at most 80 columns wide.
std::string describe(std::span<const Flag> flags);

}  // namespace enrichment_mock::cli
