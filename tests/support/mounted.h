// Mounts one file over another for the programs that a test starts, as a container engine mounts single files.
// Linux only, and only for root.
#pragma once
#include <future>
#include <string>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

namespace enrichment_mock::support {

#ifdef __linux__
// For this thread, and the programs that it starts.
inline bool mount_over(const std::string& file, const std::string& place) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(file.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0;
}
#else
inline bool mount_over(const std::string&, const std::string&) { return false; }
#endif

// Does `work` with `file` mounted over the existing `place`. False: that is not possible here, nothing was done.
template <class Work>
bool with_mounted(const std::string& file, const std::string& place, Work work) {
  return std::async(std::launch::async,
                    [&] {
                      const bool mounted = mount_over(file, place);
                      if (mounted) work();
                      return mounted;
                    })
      .get();
}

}  // namespace enrichment_mock::support
