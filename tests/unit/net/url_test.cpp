#include "net/url.h"

#include <doctest/doctest.h>

namespace enrichment_mock::net {
namespace {

TEST_CASE("absolute http and https URLs are taken apart") {
  struct Case {
    std::string text;
    bool https;
    std::string host;
    int port;
    std::string target;
    std::string authority;
  };
  const Case cases[] = {
      {"http://example.com", false, "example.com", 80, "/", "example.com"},
      {"https://example.com/hook", true, "example.com", 443, "/hook", "example.com"},
      {"HTTPS://Example.COM/Hook", true, "example.com", 443, "/Hook", "example.com"},
      {"http://localhost:3000/a/b?c=d&e=f#g", false, "localhost", 3000, "/a/b?c=d&e=f", "localhost:3000"},
      {"http://example.com?x=1", false, "example.com", 80, "/?x=1", "example.com"},
      {"http://example.com#top", false, "example.com", 80, "/", "example.com"},
      {"http://example.com:80/", false, "example.com", 80, "/", "example.com"},
      {"https://example.com:80/", true, "example.com", 80, "/", "example.com:80"},
      {"http://127.0.0.1:65535/", false, "127.0.0.1", 65535, "/", "127.0.0.1:65535"},
      {"http://[::1]:8080/hook", false, "::1", 8080, "/hook", "[::1]:8080"},
      {"http://[2001:DB8::1]", false, "2001:db8::1", 80, "/", "[2001:db8::1]"},
      {"http://my_service.internal/x", false, "my_service.internal", 80, "/x", "my_service.internal"},
      {"http://example.com./", false, "example.com.", 80, "/", "example.com."},
      {"http://h/a%20b+c?d=%2F&e=a+b/?", false, "h", 80, "/a%20b+c?d=%2F&e=a+b/?", "h"},
      {"http://h//double//slash", false, "h", 80, "//double//slash", "h"},
      {"http://h/-._~!$&'()*+,;=:@", false, "h", 80, "/-._~!$&'()*+,;=:@", "h"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    const auto url = parse_url(each.text);
    REQUIRE(url);
    CHECK(url->https == each.https);
    CHECK(url->host == each.host);
    CHECK(url->port == each.port);
    CHECK(url->target == each.target);
    CHECK(url->authority() == each.authority);
  }
}

TEST_CASE("everything else is refused") {
  using namespace std::string_view_literals;
  const std::string_view cases[] = {
      "",
      "http",
      "http:",
      "http:/",
      "http://",
      "//example.com/",
      "/hook",
      "example.com/hook",
      "http:example.com",
      "http:/example.com",
      "ftp://example.com/",
      "httpx://example.com/",
      " http://example.com/",
      "http ://example.com/",
      "http://user@example.com/",
      "http://user:password@example.com/",
      "http://@example.com/",
      "http://:80/",
      "http://example.com:/",
      "http://example.com:0/",
      "http://example.com:65536/",
      "http://example.com:99999999/",
      "http://example.com:-1/",
      "http://example.com:+80/",
      "http://example.com:8a/",
      "http://example.com:80:80/",
      "http://exa mple.com/",
      "http://example.com/a b",
      "http://example.com/ ",
      "http://example.com/\t",
      "http://example.com/\r\nX: y",
      "http://example.com/\x7f",
      "http://example.com/\0"sv,
      "http://example.com/\xc3\xa9",
      "http://b\xc3\xbc"
      "cher.example/",
      "http://example.com/%",
      "http://example.com/%2",
      "http://example.com/%zz",
      "http://example.com/?%g0",
      "http://example.com/#%1",
      "http://example.com/#a#b",
      "http://example.com\\hook",
      "http://example.com/\\hook",
      "http://example.com/<x>",
      "http://example.com/\"",
      "http://example.com/{x}",
      "http://example.com/a|b",
      "http://example.com/a^b",
      "http://example.com/[x]",
      "http://.example.com/",
      "http://example..com/",
      "http://./",
      "http://-example.com/",
      "http://example-.com/",
      "http://exam%70le.com/",
      "http://256.1.1.1/",
      "http://1.2.3/",
      "http://127.1/",
      "http://2130706433/",
      "http://0x7f000001/",
      "http://1.2.3.4./",
      "http://::1/",
      "http://[::1/",
      "http://[]/",
      "http://[127.0.0.1]/",
      "http://[::1%25lo]/",
      "http://[v1.x]/",
      "http://[::1]x/",
      "http://[::1\0]/"sv,
      "http://[::1\0x]/"sv,
      "http://127.0.0.1\0.1/"sv,
  };
  for (const std::string_view each : cases) {
    CAPTURE(each);
    CHECK_FALSE(parse_url(each));
  }
  CHECK_FALSE(parse_url("http://" + std::string(64, 'a') + ".example/"));
  CHECK_FALSE(parse_url("http://" + std::string(127, 'a').replace(1, 0, ".") + "/"));
}

}  // namespace
}  // namespace enrichment_mock::net
