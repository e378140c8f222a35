// A source file that is compiled into the program as text (server/embed.cmake).
#pragma once
#include <string_view>

namespace enrichment_mock::base {

struct EmbeddedFile {
  std::string_view name;  // the file's stem
  std::string_view text;
  std::string_view extension;  // ".json"
};

}  // namespace enrichment_mock::base
