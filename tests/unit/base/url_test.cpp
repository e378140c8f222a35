#include "base/url.h"

#include <doctest/doctest.h>

namespace enrichment_mock::base {
namespace {

TEST_CASE("absolute http and https URLs are parsed") {
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

TEST_CASE("userinfo is separated, and an empty port means the scheme's default") {
  struct Case {
    const char *text, *userinfo, *authority;
    int port;
  };
  for (const auto& [text, userinfo, authority, port] :
       {Case{"http://user@example.com/", "user", "example.com", 80},
        {"http://user:pass%40word@example.com:81/", "user:pass%40word", "example.com:81", 81},
        {"https://a:b:c@[::1]:/", "a:b:c", "[::1]", 443},
        {"http://@example.com/", "", "example.com", 80},
        {"http://:@example.com/", ":", "example.com", 80},
        {"http://-._~!$&'()*+,;=:@h", "-._~!$&'()*+,;=:", "h", 80},
        {"http://example.com:", "", "example.com", 80},
        {"https://example.com:/x", "", "example.com", 443}}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE(url);
    CHECK(url->userinfo == userinfo);
    CHECK(url->authority() == authority);
    CHECK(url->port == port);
  }
}

TEST_CASE("a refused URL has a reason that names the character") {
  struct Case {
    std::string text, problem;
  };
  const Case cases[] = {
      {"example.com/", ""},
      {"ftp://example.com/", ""},
      {"http:///x", "has no host"},
      {"http://u@/x", "has no host"},
      {"http://h/{id}", "has the character '{' in its path; expected %7B"},
      {"http://h/a}", "has the character '}' in its path; expected %7D"},
      {"http://h/[x]", "has the character '[' in its path; expected %5B"},
      {"http://h/?x]", "has the character ']' in its query; expected %5D"},
      {"http://h/?a=\xc3\xa9", "has the character '\xc3\xa9' in its query; expected %C3%A9"},
      {"http://h/#\xf0\x9f\x98\x80", "has the character '\xf0\x9f\x98\x80' in its fragment; expected %F0%9F%98%80"},
      {"http://h/a b", "has the character U+0020 in its path; expected %20"},
      {"http://h/\n", "has the character U+000A in its path; expected %0A"},
      {"http://h/\xe2\x80\xae", "has the character U+202E in its path; expected %E2%80%AE"},
      {"http://h/\xff", "has the byte 0xFF in its path; expected %FF"},
      {"http://h/%zz", "has the character '%' in its path, which two hexadecimal digits do not follow"},
      {"http://u[@h/", "has the character '[' in its userinfo; expected %5B"},
      {"http://a@b@h/", "has the character '@' in its userinfo; expected %40"},
      {"http://b\xc3\xbc"
       "cher.example/",
       "has the character '\xc3\xbc' in its host; expected its name in ASCII, as xn--\xe2\x80\xa6"},
      {"http://a{b}/", "has the character '{' in its host; expected letters, digits, '-', '_' and '.'"},
      {"http://a%20b/", "has the character '%' in its host; expected letters, digits, '-', '_' and '.'"},
      {"http://1.2.3/", "has the host \"1.2.3\", which is neither a name nor an IPv4 address"},
      {"http://-a/", "has the host \"-a\", which is neither a name nor an IPv4 address"},
      {"http://[::g]/", "has the host \"[::g]\"; expected an IPv6 address between '[' and ']'"},
      {"http://[::1/", "has the host \"[::1\"; expected an IPv6 address between '[' and ']'"},
      {"http://[::1]x/", "has the character 'x' behind its host"},
      {"http://h:8a/", "has the character 'a' in its port"},
      {"http://h:-1/", "has the character '-' in its port"},
      {"http://h:0/", "has a port that is no number from 1 to 65535"},
      {"http://h:65536/", "has a port that is no number from 1 to 65535"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    std::string problem;
    CHECK_FALSE(parse_url(each.text, &problem));
    CHECK(problem == each.problem);
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
      "http://us er@example.com/",
      "http://user@",
      "http://user@:80/",
      "http://user@name@example.com/",
      "http://[user]@example.com/",
      "http://us%2@example.com/",
      "http://:80/",
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
}  // namespace enrichment_mock::base
