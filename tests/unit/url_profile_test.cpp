#include <doctest/doctest.h>

#include "api/profile_url.h"

namespace enrichment_mock::api {
namespace {

TEST_CASE("profile URLs name their user") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"https://www.linkedin.com/in/janedoe", "janedoe"},
      {"http://linkedin.com/in/janedoe", "janedoe"},
      {"https://uk.linkedin.com/in/janedoe/", "janedoe"},
      {"https://a.b.linkedin.com/in/janedoe", "janedoe"},
      {"HTTPS://WWW.LinkedIn.com/in/JaneDoe", "janedoe"},
      {"https://www.linkedin.com/in/x/?a=b#c", "x"},
      {"https://www.linkedin.com/in/x?trk=a/b?c", "x"},
      {"https://www.linkedin.com/in/x#about", "x"},
      {"https://www.linkedin.com/in/jane-doe-1a2b3c", "jane-doe-1a2b3c"},
      {"https://www.linkedin.com/in/j%61ne%2Ddoe", "jane-doe"},
      {"https://www.linkedin.com/in/%4A", "j"},
      {"https://www.linkedin.com/in/jos%C3%A9", "jos\xc3\xa9"},
      {"https://www.linkedin.com/in/jos\xc3\xa9", "jos\xc3\xa9"},
      {"https://www.linkedin.com/in/jane%20doe", "jane doe"},
      {"https://www.linkedin.com/in/\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"https://www.linkedin.com/in/...", "..."},
      {"https://www.linkedin.com/in/a%25b", "a%b"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.first);
    CHECK(profile_username(each.first) == each.second);
  }
}

TEST_CASE("no profile URLs") {
  using namespace std::string_view_literals;
  const std::string_view cases[] = {
      "",
      "janedoe",
      "linkedin.com/in/janedoe",
      "www.linkedin.com/in/janedoe",
      "//linkedin.com/in/janedoe",
      "ftp://linkedin.com/in/janedoe",
      "http:/linkedin.com/in/x",
      "http:linkedin.com/in/x",
      "https:///in/x",
      "https://linkedin.com.evil.example/in/x",
      "https://evil.example/linkedin.com/in/x",
      "https://evillinkedin.com/in/x",
      "https://linkedin.com@evil.example/in/x",
      "https://user@linkedin.com/in/x",
      "https://user:pw@www.linkedin.com/in/x",
      "https://evil.example#@linkedin.com/in/x",
      "https://evil.example?@linkedin.com/in/x",
      "https://evil.example\\.linkedin.com/in/x",
      "https://evil.example/.linkedin.com/in/x",
      "https://www.linkedin.com:443/in/x",
      "https://www.linkedin.com:/in/x",
      "https://linkedin.com./in/x",
      "https://.linkedin.com/in/x",
      "https://a..linkedin.com/in/x",
      "https://-a.linkedin.com/in/x",
      "https://a_b.linkedin.com/in/x",
      "https://%77ww.linkedin.com/in/x",
      "https://w\xc3\xbcw.linkedin.com/in/x",
      "https://linkedin.co/in/x",
      "https://www.linkedin.com",
      "https://www.linkedin.com/",
      "https://www.linkedin.com/in",
      "https://www.linkedin.com/in/",
      "https://www.linkedin.com/in//",
      "https://www.linkedin.com//in/x",
      "https://www.linkedin.com/in//x",
      "https://www.linkedin.com/in/x//",
      "https://www.linkedin.com/in/x/y",
      "https://www.linkedin.com/company/x",
      "https://www.linkedin.com/pub/x",
      "https://www.linkedin.com/IN/x",
      "https://www.linkedin.com/inx/y",
      "https://www.linkedin.com/en/in/x",
      "https://www.linkedin.com?/in/x",
      "https://www.linkedin.com#/in/x",
      "https://www.linkedin.com/in?x",
      "https://www.linkedin.com/in/?x",
      "https://www.linkedin.com/in/#x",
      "https://www.linkedin.com/in/.",
      "https://www.linkedin.com/in/..",
      "https://www.linkedin.com/in/%2e%2E",
      "https://www.linkedin.com/in/%2F",
      "https://www.linkedin.com/in/a%2fb",
      "https://www.linkedin.com/in/%00",
      "https://www.linkedin.com/in/a%00b",
      "https://www.linkedin.com/in/a%0d%0ab",
      "https://www.linkedin.com/in/%7F",
      "https://www.linkedin.com/in/%C2%85",
      "https://www.linkedin.com/in/%zz",
      "https://www.linkedin.com/in/%",
      "https://www.linkedin.com/in/a%4",
      "https://www.linkedin.com/in/%FF",
      "https://www.linkedin.com/in/%C0%AF",
      "https://www.linkedin.com/in/%ED%A0%80",
      "https://www.linkedin.com/in/\xff",
      "https://www.linkedin.com/in/\xc3",
      "https://www.linkedin.com/in/jane doe",
      " https://www.linkedin.com/in/x",
      "https://www.linkedin.com/in/x ",
      "https://www.linkedin.com/in/x\t",
      "https://www.linkedin.com/in/x\n",
      "https://www.linkedin.com/\tin/x",
      "https://www.linkedin.com/in/x\0"sv,
      "https://www.linkedin.com/in/x\x7f",
      "https://www.linkedin.com/in/x\xc2\xa0",
      "https://www.linkedin.com/in/x\xe2\x80\xa8",
      "https://www.linkedin.com/in\\x",
      "https://www.linkedin.com\\in\\x",
      "https://www.linkedin.com/in/x\\y",
      "https://www.linkedin.com/in/<x>",
      "https://www.linkedin.com/in/x?a b",
      "https://www.linkedin.com/in/x?%zz",
      "https://www.linkedin.com/in/x#a#b",
      "https://www.linkedin.com/in/x#%",
  };
  for (const std::string_view each : cases) {
    CAPTURE(each);
    CHECK_FALSE(profile_username(each));
  }
}

}  // namespace
}  // namespace enrichment_mock::api
