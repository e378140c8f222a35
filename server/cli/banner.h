// What serve shows people on a terminal, beside the ready line that programs read.
#pragma once
#include <string>

#include "cli/settings.h"

namespace enrichment_mock::cli {

struct Banner {
  std::string url;       // as a browser on this machine reaches it
  std::string scenario;  // the default one
};

// Where to go, what runs, how to stop; each line ended.
std::string banner_text(const Banner& banner, bool coloured);

// Standard error is a terminal, and nothing else was asked for.
bool shows_banner(const LogSettings& log);

}  // namespace enrichment_mock::cli
