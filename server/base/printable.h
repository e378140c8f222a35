// Text of unknown origin, to be shown on a terminal or as one line.
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::base {

// Without what could drive a terminal, end a line or turn the direction of text: control characters (C0, DEL, C1), line
// separators and bidirectional controls become \u001b, bytes that are no UTF-8 become \xff. All else stays, so that
// JSON keeps its meaning. `keep_lines`: line feeds stay, too.
std::string printable(std::string_view text, bool keep_lines = false);

}  // namespace enrichment_mock::base
