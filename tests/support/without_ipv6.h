// Simulates a machine without IPv6, for one thread of a test and the programs that it starts. Linux only.
#pragma once
#include <future>
#ifdef __linux__
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#endif

namespace enrichment_mock::support {

#ifdef __linux__
// From now on this thread can open no socket of that family.
inline bool forbid_ipv6() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(rules), rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
inline bool forbid_ipv6() { return false; }
#endif

// Does `work` without IPv6. False: that is not possible here, nothing was done.
template <class Work>
bool without_ipv6(Work work) {
  return std::async(std::launch::async,
                    [&] {
                      const bool forbidden = forbid_ipv6();
                      if (forbidden) work();
                      return forbidden;
                    })
      .get();
}

}  // namespace enrichment_mock::support
