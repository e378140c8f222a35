#include "api/recording.h"

#include <doctest/doctest.h>

#include "base/limits.h"
#include "base/mask.h"

using namespace enrichment_mock;
using namespace enrichment_mock::api;

TEST_CASE("headers are recorded in their order, without secrets, and the buffer can be used again") {
  std::string buffer;
  const std::string_view all = "a-key-of-many-letters";
  net::Request request;
  request.headers = {{"Host", "localhost"}, {"X-Api-Key", "a"}, {"Cookie", all}, {"Empty", ""}, {"Token", ""}};
  CHECK(recorded_headers(request, buffer) == "Host: localhost\nX-Api-Key: " + base::mask_key("a") +
                                                 "\nCookie: " + base::mask_key(all) +
                                                 "\nEmpty: \nToken: " + base::mask_key("") + "\n");
  const auto before = buffer.size();
  CHECK(recorded_headers(request, buffer, "cookie") ==
        "Host: localhost\nX-Api-Key: " + base::mask_key("a") + "\nEmpty: \nToken: " + base::mask_key("") + "\n");
  request.headers = {{"A", "b"}};
  CHECK(recorded_headers(request, buffer) == "A: b\n");
  CHECK(buffer.size() == before);
  request.headers.clear();
  CHECK(recorded_headers(request, buffer).empty());
}

TEST_CASE("the start of a long body is kept, up to a whole character, and never a part of the key") {
  struct Case {
    std::string key, body, kept_end;
  };
  const auto before_cut = [](std::size_t bytes) { return std::string(base::kMaxKeptBody - bytes, '-'); };
  const std::string rest(1000, '-'), key = "a-key-of-many-letters";
  for (const auto& [its_key, body, kept_end] :
       {Case{"", before_cut(0) + rest, "---"},
        {"", before_cut(1) + "\xE2\x82\xAC" + rest, "---"},
        {"", before_cut(3) + "\xE2\x82\xAC" + rest, "\xE2\x82\xAC"},
        {key, before_cut(10) + key + rest, "--a-ke***#" + base::mask_key(key).substr(8, 2)}}) {
    std::string beginning;
    const auto kept = kept_of(body, its_key, beginning);
    CHECK(kept.size() <= base::kMaxKeptBody);
    CHECK(kept.size() > base::kMaxKeptBody - 4);
    CHECK(kept.ends_with(kept_end));
  }
  std::string beginning;
  const auto whole = before_cut(0);
  CHECK(kept_of(whole, "", beginning).data() == whole.data());
}
