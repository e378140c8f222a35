#include "base/exchange.h"

#include <doctest/doctest.h>

#include "base/limits.h"

namespace enrichment_mock::base {
namespace {

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

KeyMasker keys_with(const std::string& key) { return KeyMasker().with(key); }

TEST_CASE("the headers of a request are read from its head, in their order") {
  for (const auto& [head, headers] :
       {std::pair<std::string, Headers>{"", {}},
        {"POST /a: b HTTP/1.1\r\n\r\n", {}},
        {"POST / HTTP/1.1\r\nB: 1\r\na: x: y\r\nB: \r\n\r\n", {{"B", "1"}, {"a", "x: y"}, {"B", ""}}}}) {
    CAPTURE(head);
    CHECK(Exchange{.request_head = head}.request_headers() == headers);
  }
}

TEST_CASE("the secrets of a request are masked wherever the receiver sends them back") {
  const Exchange exchange{.request_head =
                              "POST / HTTP/1.1\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"
                              "X-Api-Key: another-secret\r\nX-Plain: plain-text\r\n\r\n"};
  const auto hidden =
      exchange.with_secrets(keys_with("the-team-key"))
          .hide("the-team-key, Basic dXNlcjpzZWNyZXQ=, dXNlcjpzZWNyZXQ=, another-secret, plain-text, Basic");
  CHECK(hidden == mask_key("the-team-key") + ", " + mask_key("Basic dXNlcjpzZWNyZXQ=") + ", " +
                      mask_key("dXNlcjpzZWNyZXQ=") + ", " + mask_key("another-secret") + ", plain-text, Basic");
}

TEST_CASE("long bodies are cut to whole characters, and never end in a part of a secret") {
  const std::string key = "a-key-of-many-letters", euro = "\xE2\x82\xAC";
  const auto before_cut = [](std::size_t bytes) { return std::string(kMaxKeptResponse - bytes, '-'); };
  const std::string rest(1000, '-');
  for (const auto& [body, end] :
       {std::pair<std::string, std::string>{before_cut(0) + rest, "---"},
        {before_cut(1) + euro + rest, "---"},
        {before_cut(3) + euro + rest, euro},
        {before_cut(10) + key + rest, "--a-ke***#" + mask_key(key).substr(8, 2)},
        {before_cut(10) + "http://user:secret@host/" + rest, "-http://***"},
        {before_cut(10) + " of-header-1 " + rest, "- of-***#" + mask_key("of-header-1").substr(7, 2)}}) {
    Exchange exchange{.request_head = "POST / HTTP/1.1\r\nCookie: of-header-1\r\n\r\n",
                      .request_body = "short",
                      .response_body = body,
                      .response_body_bytes = 9999};
    CAPTURE(end);
    REQUIRE(exchange.is_long());
    exchange.shorten(keys_with(key));
    CHECK(exchange.response_body.size() <= kMaxKeptResponse);
    CHECK(exchange.response_body.size() > kMaxKeptResponse - 4);
    CHECK(exchange.response_body.substr(exchange.response_body.size() - end.size()) == end);
    CHECK(exchange.response_body_bytes == 9999);
    CHECK(exchange.request_body == "short");
    CHECK_FALSE(exchange.is_long());
  }
  Exchange exchange{.request_body = std::string(kMaxKeptBody + 1, 'x'), .response_body = before_cut(0)};
  REQUIRE(exchange.is_long());
  exchange.shorten({});
  CHECK(exchange.request_body.size() == kMaxKeptBody);
  CHECK(exchange.response_body.size() == kMaxKeptResponse);
  CHECK_FALSE(exchange.is_long());
}

}  // namespace
}  // namespace enrichment_mock::base
