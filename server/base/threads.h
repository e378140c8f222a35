// A thread's name and scheduling, as the system sees them.
#pragma once

namespace enrichment_mock::base {

// Sets the name that debuggers, `top -H` and crash reports show. It is cut to 15 characters.
void name_this_thread(const char* name) noexcept;

// Switches this thread between batch and normal scheduling. A batch thread that becomes runnable waits for its turn
// instead of interrupting another thread in the middle of a request. With more connections than cores this saves a
// third of the CPU time per request: most of that time is lost when threads wait for an interrupted thread that holds a
// lock. Linux only; on other systems, and if the kernel refuses, nothing changes.
void set_batch_scheduling(bool on) noexcept;

// Moves this thread to that processor, unless it is there already or may not run there. The thread is not bound to it:
// the system may move it again at any time. True: it has moved. Linux only; on other systems nothing changes.
bool move_this_thread(int processor) noexcept;

}  // namespace enrichment_mock::base
