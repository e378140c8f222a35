#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <string_view>

namespace enrichment_mock::base {

void name_this_thread(const char* name) noexcept {
  const std::string_view cut = std::string_view(name).substr(0, 15);
  char text[16] = "";
  cut.copy(text, cut.size());
#if defined(__APPLE__)
  ::pthread_setname_np(text);
#elif defined(__linux__)
  ::pthread_setname_np(::pthread_self(), text);
#endif
}

void set_batch_scheduling([[maybe_unused]] bool on) noexcept {
#ifdef SCHED_BATCH
  const sched_param no_priority{};
  ::pthread_setschedparam(::pthread_self(), on ? SCHED_BATCH : SCHED_OTHER, &no_priority);
#endif
}

bool move_this_thread([[maybe_unused]] int processor) noexcept {
#ifdef __linux__
  if (processor < 0 || processor >= CPU_SETSIZE || processor == ::sched_getcpu()) return false;
  cpu_set_t allowed, wanted;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || !CPU_ISSET(processor, &allowed)) return false;
  CPU_ZERO(&wanted);
  CPU_SET(processor, &wanted);
  if (::sched_setaffinity(0, sizeof wanted, &wanted) != 0) return false;
  if (::sched_setaffinity(0, sizeof allowed, &allowed) == 0) return true;
  for (int each = 0; each < CPU_SETSIZE; ++each) CPU_SET(each, &wanted);  // they have changed: all that there are now
  ::sched_setaffinity(0, sizeof wanted, &wanted);
  return true;
#else
  return false;
#endif
}

}  // namespace enrichment_mock::base
