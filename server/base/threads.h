// What a thread says of itself to the system.
#pragma once

namespace enrichment_mock::base {

// What debuggers, `top -H` and crash reports call this thread. At most 15 characters; more are cut off.
void name_this_thread(const char* name) noexcept;

// If `on`, from here on this thread, when it has something to do, waits for its turn instead of interrupting another
// one in the middle of a request: with more connections than cores that saves a third of the CPU time per request, most
// of it lost to waiting for an interrupted thread that holds a lock. Only Linux knows the difference; elsewhere, and
// where the kernel refuses, nothing changes.
void set_batch_scheduling(bool on) noexcept;

}  // namespace enrichment_mock::base
