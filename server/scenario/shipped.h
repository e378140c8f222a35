// The files scenarios/*.json, compiled into the program.
#pragma once
#include <span>

#include "base/embedded_file.h"

namespace enrichment_mock::scenario {

std::span<const base::EmbeddedFile> shipped_files();

}  // namespace enrichment_mock::scenario
