// A command line as the program reads it, or what it complains of.
#pragma once
#include "app/settings.h"

namespace enrichment_mock::support {

using Args = std::vector<std::string>;

inline const std::vector<std::string> kShippedNames{"default", "flaky-callback", "not-found"};

inline app::Command parsed(const Args& args, const app::Environment& environment = {}) {
  return app::parse_command(args, environment, kShippedNames);
}

inline app::Serve serve(const Args& args, const app::Environment& environment = {}) {
  return std::get<app::Serve>(parsed(args, environment));
}

inline std::string complaint(const Args& args, const app::Environment& environment = {}) {
  try {
    parsed(args, environment);
  } catch (const app::UsageError& error) {
    return error.what();
  }
  return "(none)";
}

}  // namespace enrichment_mock::support
