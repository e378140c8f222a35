// The format's words for what the model has as values.
#pragma once
#include <string_view>

#include "scenario/model.h"

namespace enrichment_mock::scenario {

std::string_view to_text(Fault fault);  // "connection-reset"; empty: none
std::string_view to_text(Event event);  // "request"
std::string_view to_text(Counter counter);
std::string_view to_text(AfterLast after_last);

}  // namespace enrichment_mock::scenario
