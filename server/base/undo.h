// Reverts the first part of a change if the second part throws, for example because memory has run out.
#pragma once
#include <utility>

namespace enrichment_mock::base {

//   names.insert(name);
//   base::Undo undo([&] { names.erase(name); });
//   numbers.insert(number);
//   undo.cancel();
template <class Action>
class Undo {
 public:
  explicit Undo(Action action) : action_(std::move(action)) {}
  ~Undo() {
    if (!cancelled_) action_();
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;

  // The whole change is done: it stays.
  void cancel() { cancelled_ = true; }

 private:
  Action action_;
  bool cancelled_ = false;
};

}  // namespace enrichment_mock::base
