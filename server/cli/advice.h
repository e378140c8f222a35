// The advice of a mock, as it is printed.
#pragma once
#include <optional>
#include <string>

#include "enrichment_mock/advice.h"
#include "json/reader.h"

namespace enrichment_mock::cli {

// Reads a response of GET advice. Nothing: it is not one.
std::optional<Advice> read_advice(const json_text::Value& body);

// to_text() of it for a terminal.
std::string printable_advice(const Advice& advice);

// One line for each finding, as an annotation of GitHub Actions: "::warning title=…::…".
std::string github_annotations(const Advice& advice);

}  // namespace enrichment_mock::cli
