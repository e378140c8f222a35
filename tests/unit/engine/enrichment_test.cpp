#include "engine/enrichment.h"

#include <doctest/doctest.h>
#include <set>
#include <utility>

using namespace enrichment_mock::engine;

TEST_CASE("a status goes from pending to processing, and from processing to a final one, and no other way") {
  constexpr Status kAll[] = {Status::pending, Status::processing, Status::completed, Status::not_found, Status::failed};
  const std::set<std::pair<Status, Status>> legal = {{Status::pending, Status::processing},
                                                     {Status::processing, Status::completed},
                                                     {Status::processing, Status::not_found},
                                                     {Status::processing, Status::failed}};
  for (const Status from : kAll)
    for (const Status to : kAll) {
      CAPTURE(to_text(from));
      CAPTURE(to_text(to));
      CHECK(is_legal(from, to) == legal.contains({from, to}));
    }
}

TEST_CASE("statuses are written as the documentation writes them") {
  CHECK(to_text(Status::pending) == "pending");
  CHECK(to_text(Status::processing) == "processing");
  CHECK(to_text(Status::completed) == "completed");
  CHECK(to_text(Status::not_found) == "not-found");
  CHECK(to_text(Status::failed) == "failed");
}
