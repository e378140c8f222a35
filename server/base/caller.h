// Who waits for the answer that a thread is working on: work that may take long looks now and then whether anybody
// still does.
#pragma once

namespace enrichment_mock::base {

class Caller {
 public:
  virtual ~Caller() = default;
  // Has left, or has ended its sending, which looks the same. Called on the thread that works for it.
  virtual bool has_left() const = 0;

  // While it lives, this thread works for that caller.
  class Served {
   public:
    explicit Served(const Caller& caller);
    ~Served();
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;
  };

  // Of this thread's caller; false where there is none.
  static bool of_this_thread_has_left();
};

}  // namespace enrichment_mock::base
