// The settings of callbacks as text, so that another process can continue with them.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "scenario/model.h"

namespace enrichment_mock::scenario {

// All settings as one JSON object, in the format of "callback" in scenario files, including those that have their
// default: another version may have other defaults. Equal settings have the same text.
std::string callback_text(const Callback& settings);

// The settings of such a text, equal in every member. Throws std::invalid_argument if the text is not valid.
std::shared_ptr<const Callback> read_callback_text(std::string_view text);

}  // namespace enrichment_mock::scenario
