// Plain words for what keeps a text from being JSON.
#pragma once
#include <cstddef>
#include <string>

#include "scenario/reader_tree.h"

namespace enrichment_mock::scenario {

// How far the parser had come: what it was in, and the last token that it made sense of.
struct SyntaxContext {
  const Node* open = nullptr;  // innermost array or object not yet closed; null: none
  bool has_root = false;       // the document's value is complete
  bool has_key = false;        // `last` is a key, its value is still to come
  Token last;
};

// Notes the problem of the first token that makes no sense. It ends at or after the offset `stopped`.
void explain_syntax(Document& document, const SyntaxContext& context, std::size_t stopped);

}  // namespace enrichment_mock::scenario
