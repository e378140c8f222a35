#include "support/checkout.h"

namespace enrichment_mock::support {

std::string checkout_path(const std::string& name) { return SOURCE_FOLDER "/" + name; }

std::string mock_binary() { return MOCK_BINARY; }

}  // namespace enrichment_mock::support
