// The documents that the control API hands out as they are: openapi.json, compiled in.
#pragma once
#include <span>

#include "base/embedded_file.h"

namespace enrichment_mock::control {

std::span<const base::EmbeddedFile> documents();

}  // namespace enrichment_mock::control
