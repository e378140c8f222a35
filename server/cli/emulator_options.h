// The library's options as serve's flags and variables give them. What they mean is described in the public header.
#pragma once
#include <span>
#include <string>

#include "cli/values.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

// `shipped`: the names of scenarios that --scenario may mean without a file.
Options emulator_options(const Arguments& arguments, std::span<const std::string> shipped, Problems& problems);

// --scenario and --scenarios alone.
void read_scenarios(const Arguments& arguments, std::span<const std::string> shipped, Options& options,
                    Problems& problems);

// --host and --port, or their defaults.
std::string host_of(const Arguments& arguments, Problems& problems);
std::uint16_t port_of(const Arguments& arguments, Problems& problems);

}  // namespace enrichment_mock::cli
