#include "base/version.h"

namespace enrichment_mock::base {

std::string_view version() { return ENRICHMENT_MOCK_VERSION; }

}  // namespace enrichment_mock::base
