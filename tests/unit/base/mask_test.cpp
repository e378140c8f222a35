#include "base/mask.h"

#include <doctest/doctest.h>

using namespace enrichment_mock::base;

TEST_CASE("a short key is hidden where it is a whole word, a long one anywhere") {
  const std::string longer = "0123456789abcdef";
  struct Case {
    std::string key, text, hidden;  // # represents the mask
  };
  for (const auto& [key, text, hidden] :
       {Case{"acme-1", "acme-1", "#"},
        {"acme-1", "/v1/acme-1/x?k=acme-1&y=\"acme-1\".", "/v1/#/x?k=#&y=\"#\"."},
        {"acme-1", "acme-1-lead, my-acme-1, acme-12, _acme-1", ""},
        {"acme-1", "acme-1-lead of acme-1", "acme-1-lead of #"},
        {"abc", "abc", ""},
        {"", "abc", ""},
        {"aaaa", "aaaa aaaaa", "# aaaaa"},
        {"a/b+c", "k=a%2Fb%2bc, a/b%2Bc; %61/b+c", "k=#, #; #"},
        {"a/b+c", "a%2Fb%2, a%2Gb+c, a%2fb+cd", ""},
        {"a\"b\\c/", R"({"k": "a\"b\\c/", "a\u0022b\u005Cc\/"})", R"({"k": "#", "#"})"},
        {"a\"b\\c/", R"(a"b\c/)", "#"},
        {"acme-1", R"(k=%22acme-1%22&l=%5Facme-1 "a\nacme-1")", R"(k=%22#%22&l=%5Facme-1 "a\n#")"},
        {"100%25", "100%25 of 100%2525", "# of #"},
        {longer, "x" + longer + "-y" + longer + longer, "x#-y##"},
        {longer, "0123456789ABCDEF, %30123456789aBcDeF", "#, #"},
        {"acme-1", "Acme-1", ""},
        {longer, "", ""}}) {
    const auto& this_text = text;
    CAPTURE(this_text);
    std::string expected = hidden.empty() ? text : hidden;
    const auto mask = mask_key(key);
    for (auto at = hidden.empty() ? std::string::npos : expected.find('#'); at != std::string::npos;
         at = expected.find('#', at + mask.size()))
      expected.replace(at, 1, mask);
    CHECK(hide_key(text, key) == expected);
  }
}

TEST_CASE("the userinfo of a URL is masked, also of URLs within a text") {
  struct Case {
    const char *text, *masked;
  };
  for (const auto& [text, masked] : {Case{"https://user:secret@example.com/hook", "https://***@example.com/hook"},
                                     {"http://token@h", "http://***@h"},
                                     {"http://@h/", "http://***@h/"},
                                     {"http://a@b:c@h:80?x=y@z", "http://***@h:80?x=y@z"},
                                     {"http://h/@x", "http://h/@x"},
                                     {"http://h?a@b", "http://h?a@b"},
                                     {"http://h#a@b", "http://h#a@b"},
                                     {"http://h", "http://h"},
                                     {"", ""}}) {
    CAPTURE(text);
    CHECK(mask_userinfo(text) == masked);
    CHECK(mask_userinfo_in(text) == masked);
  }
  CHECK(mask_userinfo_in(R"({"a":"http://u:p@h/","b":"http:\/\/u:p@h\/",)") ==
        R"({"a":"http://***@h/","b":"http:\/\/***@h\/",)");
  CHECK(mask_userinfo_in("ada@example.com, http://h ada@example.com") == "ada@example.com, http://h ada@example.com");
}

TEST_CASE("if several keys match, the longest is hidden; a mask is not mistaken for a key") {
  const auto set = [](std::vector<std::string> keys) { return std::make_shared<const KeySet>(std::move(keys)); };
  const KeyMasker keys({set({"prod", "prod.key", "fdb9"}), nullptr, set({"prod.key.of.acme-1", "%41%42"})});
  CHECK(keys.hide("prod prod.key prod.key.of.acme-1 prod.key.of.acme-12") ==
        mask_key("prod") + ' ' + mask_key("prod.key") + ' ' + mask_key("prod.key.of.acme-1") + ' ' +
            mask_key("prod.key.of.acme-1") + '2');
  CHECK(keys.hide("%41%42, AB, prod%2ekey") == mask_key("%41%42") + ", AB, " + mask_key("prod.key"));
  CHECK(KeyMasker({nullptr, set({}), set({"abc"})}).empty());
  CHECK(KeyMasker().with("acme-1").hide("of acme-1") == "of " + mask_key("acme-1"));
}

TEST_CASE("what is masked is not masked again") {
  const std::string key = "acme-production-key", mask = mask_key(key);
  CHECK(is_mask(mask));
  CHECK(is_mask("***#0a1b"));
  for (const auto* text : {"acme-***#0a1b", "acme***#0A1B", "acme***#0a1", "acme***#0a1bc", "acme**#0a1b", ""})
    CHECK_FALSE(is_mask(text));
  CHECK(mask_key(mask) == mask);
  // The mask is a key itself, and so is its beginning and its hash.
  const KeyMasker keys({std::make_shared<const KeySet>(std::vector{mask, std::string("acme"), mask.substr(8), key})});
  const auto once = keys.hide("of " + key + ", acme and " + mask.substr(8));
  CHECK(once == "of " + mask + ", " + mask_key("acme") + " and " + mask_key(mask.substr(8)));
  CHECK(keys.hide(once) == once);
  CHECK(keys.hide("acme,acme***#0a1") == mask_key("acme") + ',' + mask_key("acme") + "***#0a1");
  CHECK(KeyMasker().with(mask).empty());
}

TEST_CASE("a text that consists of escapes is searched in linear time") {
  const std::string slashes(400, '\\');
  CHECK(hide_key(slashes, std::string(300, '\\') + "x") == slashes);
}

TEST_CASE("a mask is UTF-8 if its key is") {
  CHECK(mask_key("abc\xC3\xA9-key-of-acme").starts_with("abc***#"));
  CHECK(mask_key("abcd-key-of-acme").starts_with("abcd***#"));
}

TEST_CASE("a name with key, token, secret, password, authorization or cookie has a secret value") {
  for (const auto* name : {"x-api-key", "X-Api-Key", "api_key", "apikey", "X-Auth-Token", "csrf-token", "Client-Secret",
                           "password", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"})
    CHECK_MESSAGE(is_secret_name(name), name);
  for (const auto* name : {"accept", "content-type", "x-request-id", "key", "api", "", "author"})
    CHECK_MESSAGE(!is_secret_name(name), name);
}
