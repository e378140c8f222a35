#include <doctest/doctest.h>

#include "http/message.h"

namespace enrichment_mock::http {
namespace {

TEST_CASE("texts are the same in any letter case, and only of ASCII letters") {
  CHECK(same_text("", ""));
  CHECK(same_text("Content-Type", "cONTENT-tYPE"));
  CHECK_FALSE(same_text("Content-Type", "Content-Typ"));
  CHECK_FALSE(same_text("a[", "a{"));
  CHECK_FALSE(same_text("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("the first header of a name is found") {
  Request request;
  request.headers = {{"A", "1"}, {"b", "2"}, {"B", "3"}};
  CHECK(request.header("B") == "2");
  CHECK(request.header("c").data() == nullptr);
}

}  // namespace
}  // namespace enrichment_mock::http
