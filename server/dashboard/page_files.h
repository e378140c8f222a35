// The page's files, compiled in.
#pragma once
#include <span>

#include "base/embedded_file.h"

namespace enrichment_mock::dashboard {

std::span<const base::EmbeddedFile> page_files();

}  // namespace enrichment_mock::dashboard
