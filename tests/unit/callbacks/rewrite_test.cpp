#include "callbacks/rewrite.h"

#include <doctest/doctest.h>
#include <stdexcept>

namespace enrichment_mock::callbacks {
namespace {

std::string rewritten(const Rewrites& rewrites, const std::string& url) { return rewrites.apply(url).value_or("-"); }

TEST_CASE("a rewrite matches scheme, host and port exactly, and a path up to a segment's end") {
  struct Case {
    std::string rewrite, url, called;
  };
  const Case cases[] = {
      {"https://app.example.com=http://app:3000", "https://app.example.com/hooks?a=b", "http://app:3000/hooks?a=b"},
      {"https://app.example.com=http://app:3000", "HTTPS://App.Example.com:443/", "http://app:3000/"},
      {"https://app.example.com=http://app:3000", "https://app.example.com", "http://app:3000/"},
      {"https://app.example.com=http://app:3000", "https://app.example.com?a=b", "http://app:3000/?a=b"},
      {"https://app.example.com=http://app:3000", "http://app.example.com/", "-"},
      {"https://app.example.com=http://app:3000", "https://app.example.com:444/", "-"},
      {"https://app.example.com=http://app:3000", "https://app.example.com.evil.example/", "-"},
      {"https://app.example.com=http://app:3000", "https://x.app.example.com/", "-"},
      {"http://a:80=http://b", "http://a/x", "http://b/x"},
      {"http://a/hooks=http://b", "http://a/hooks", "http://b/"},
      {"http://a/hooks=http://b", "http://a/hooks/1?x", "http://b/1?x"},
      {"http://a/hooks=http://b", "http://a/hooks?x", "http://b/?x"},
      {"http://a/hooks=http://b", "http://a/hooksy", "-"},
      {"http://a/hooks=http://b", "http://a/", "-"},
      {"http://a/hooks/=http://b/in/", "http://a/hooks/1", "http://b/in/1"},
      {"http://a=http://b/in", "http://a/hooks", "http://b/in/hooks"},
      {"http://a/x=http%3A=http://b", "http://a/x=http%3A/y", "http://b/y"},
      {"http://localhost:*=http://host.docker.internal:*", "http://localhost:3000/x",
       "http://host.docker.internal:3000/x"},
      {"http://localhost:*/x=http://b:*/y", "http://localhost/x/z", "http://b/y/z"},
      {"http://localhost:*=http://b:9", "http://localhost:3000/", "http://b:9/"},
      {"http://[::1]:*=http://[fd00::2]:*", "http://[::1]:3000/", "http://[fd00::2]:3000/"},
      {"http://a=http://b", "http://a/x#part", "http://b/x"},
      {"http://a=https://b:8443", "http://u:p%40@a:/x", "https://u:p%40@b:8443/x"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.rewrite);
    CAPTURE(each.url);
    CHECK(rewritten(Rewrites({each.rewrite}), each.url) == each.called);
  }
}

TEST_CASE("the first rewrite that matches counts, and the result is not rewritten again") {
  const Rewrites rewrites({"http://a/x=http://b", "http://a=http://c", "http://b=http://d"});
  CHECK(rewritten(rewrites, "http://a/x") == "http://b/");
  CHECK(rewritten(rewrites, "http://a/y") == "http://c/y");
  CHECK(rewritten(Rewrites(), "http://a/y") == "-");
}

TEST_CASE("an invalid rewrite is refused with the reason") {
  struct Case {
    std::string rewrite, reason;
  };
  const Case cases[] = {
      {"http://a", "expected FROM=TO"},
      {"=http://a", "expected an http or https URL, found \"\""},
      {"http://a=", "expected an http or https URL, found \"\""},
      {"ftp://a=http://b", "expected an http or https URL, found \"ftp://a\""},
      {"a=http://b", "expected an http or https URL, found \"a\""},
      {"http://a=http://b?x=1", "expected http://b?x=1 without a query or a fragment"},
      {"http://a#x=http://b", "expected http://a#x without a query or a fragment"},
      {"http://a:0=http://b", "expected an http or https URL, found \"http://a:0\""},
      {"http://u@a=http://b", "expected a URL without userinfo: a callback keeps the userinfo of its own URL"},
      {"http://a=http://u:p@b", "expected a URL without userinfo: a callback keeps the userinfo of its own URL"},
      {"http://a:80=http://b:*", "TO has the port *, but FROM has not: expected the port * in FROM, too"},
  };
  for (const auto& [rewrite, reason] : cases)
    CHECK_THROWS_WITH_AS(Rewrites({rewrite}), ("\"" + rewrite + "\": " + reason).c_str(), std::invalid_argument);
}

}  // namespace
}  // namespace enrichment_mock::callbacks
