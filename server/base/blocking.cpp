#include "base/blocking.h"

namespace enrichment_mock::base {

namespace {
// Of a thread: what it runs on is known to it alone, and to no function in between.
thread_local Blocking::Listener* listener = nullptr;
thread_local int depth = 0;
}  // namespace

Blocking::Blocking() {
  if (listener && depth++ == 0) listener->begins_to_block();
}

Blocking::~Blocking() {
  if (listener && --depth == 0) listener->goes_on();
}

void Blocking::listen(Listener* to) { listener = to; }

}  // namespace enrichment_mock::base
