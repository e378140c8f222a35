// The scenarios of scenarios/*.json, compiled in (scenario/embed.cmake).
#pragma once
#include <span>
#include <string_view>

namespace enrichment_mock::scenario {

struct ShippedFile {
  std::string_view name;  // the file's stem
  std::string_view text;
};

std::span<const ShippedFile> shipped_files();

}  // namespace enrichment_mock::scenario
