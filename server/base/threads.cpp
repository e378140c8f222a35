#include "base/threads.h"

#include <pthread.h>
#include <sched.h>

namespace enrichment_mock::base {

void take_turns() noexcept {
#ifdef SCHED_BATCH
  const sched_param no_priority{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &no_priority);
#endif
}

}  // namespace enrichment_mock::base
