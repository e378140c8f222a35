// The documents that the control API serves: openapi.json, compiled in.
#pragma once
#include <span>

#include "base/embedded_file.h"

namespace enrichment_mock::control {

std::span<const base::EmbeddedFile> documents();

}  // namespace enrichment_mock::control
