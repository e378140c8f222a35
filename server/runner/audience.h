// Who looks on while teams live: told of what happens, in its order, on the threads on which it does, and never while a
// team is locked. It must not call back.
#pragma once
#include <string>
#include <vector>

#include "engine/news.h"

namespace enrichment_mock::runner {

class Audience {
 public:
  virtual ~Audience() = default;
  // Whether anybody is there; what happens meanwhile is not even noted. Cheap.
  virtual bool present() const = 0;
  virtual void hear(const std::string& team_id, const std::vector<engine::News>& news) = 0;
};

}  // namespace enrichment_mock::runner
