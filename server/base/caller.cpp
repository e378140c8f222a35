#include "base/caller.h"

namespace enrichment_mock::base {

namespace {
thread_local const Caller* present = nullptr;  // known to the thread alone, and to no function in between
}  // namespace

Caller::Served::Served(const Caller& caller) { present = &caller; }

Caller::Served::~Served() { present = nullptr; }

bool Caller::of_this_thread_has_left() { return present && present->has_left(); }

}  // namespace enrichment_mock::base
