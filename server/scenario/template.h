// Email templates: "{username}@example.com".
#pragma once
#include <string>
#include <string_view>

#include "scenario/model.h"

namespace enrichment_mock::scenario {

// Replaces {username}, {first}, {last} and {type}. {first} and {last} are the username's parts before its first and
// after its last `-`, `_` or `.`; a username without one is both. Characters that an address cannot hold plainly
// become `-`. Other braces stay.
std::string expand_email(std::string_view text, std::string_view username, EmailType type);

std::string_view to_text(EmailType type);  // "work", "personal"

}  // namespace enrichment_mock::scenario
