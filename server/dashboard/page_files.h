// The files of the dashboard, compiled in.
#pragma once
#include <span>

#include "base/embedded_file.h"

namespace enrichment_mock::dashboard {

std::span<const base::EmbeddedFile> page_files();

}  // namespace enrichment_mock::dashboard
