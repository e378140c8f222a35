// A command line as the program reads it, or its error message.
#pragma once
#include "cli/commands.h"

namespace enrichment_mock::support {

using Args = std::vector<std::string>;

inline const std::vector<std::string> kShippedNames{"default", "flaky-callback", "not-found"};

inline cli::Invocation parsed(const Args& args, const cli::Environment& environment = {}) {
  return cli::parse_command(args, environment, kShippedNames, "commit 1, g++ 2");
}

inline cli::Settings settings(const Args& args, const cli::Environment& environment = {}) {
  return parsed(args, environment).settings;
}

inline std::string complaint(const Args& args, const cli::Environment& environment = {}) {
  try {
    parsed(args, environment);
  } catch (const cli::UsageError& error) {
    return error.what();
  }
  return "(none)";
}

}  // namespace enrichment_mock::support
