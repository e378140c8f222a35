#include "net/message.h"

#include <doctest/doctest.h>

namespace enrichment_mock::net {
namespace {

TEST_CASE("the first header of a name is found") {
  Request request;
  request.headers = {{"A", "1"}, {"b", "2"}, {"B", "3"}};
  CHECK(request.header("B") == "2");
  CHECK(request.header("c").data() == nullptr);
}

}  // namespace
}  // namespace enrichment_mock::net
