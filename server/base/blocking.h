// Says that this thread is about to wait for something other than a processor: for a peer, for another thread, for time
// to pass, or that it will be busy for long. Whoever runs work on a bounded number of threads then lets another one
// take its place. Costs nothing on threads that nobody listens to.
//
//   const base::Blocking blocking;
//   changed.wait(lock);
#pragma once

namespace enrichment_mock::base {

class Blocking {
 public:
  Blocking();
  ~Blocking();
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  // Who wants to know. Called on the thread itself.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void begins_to_block() noexcept = 0;
    virtual void goes_on() noexcept = 0;
  };

  // For this thread from now on; null: nobody. While one Blocking lives, others within it are not told of.
  static void listen(Listener* listener);
};

}  // namespace enrichment_mock::base
