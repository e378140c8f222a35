#include "upstream/questions.h"

#include <algorithm>
#include <iterator>

#include "json/writer.h"

namespace enrichment_mock::upstream {
namespace {

constexpr bool kDocumented = true, kDecision = false;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kWrongKey = "enrichment-mock-compare-has-no-such-key";
constexpr std::string_view kNoId = "/v1/api/enrichment/email/ffffffffffffffffffffffff";

constexpr Fact kFacts[] = {
    {"balance", kDocumented, "200 with the credits as a whole number",
     "A client that reads the balance must read what upstream sends."},
    {"missing key", kDecision, "401 for a key that is missing or blank",
     "A test of a missing key expects another status than upstream's."},
    {"other keys", kDecision, "accepted: each opens a team of its own, unless the scenario refuses unknown keys",
     "A test of a wrong key passes only with a scenario that has unknown_keys: reject."},
    {"order of checks", kDecision, "key, route and method, content, JSON, fields, rules, credits",
     "A call with two mistakes gets another status than from upstream."},
    {"unknown routes", kDecision, "404, also with a slash at the end and in other letter case",
     "A client that calls a misspelt path can work with upstream and fail here, or the other way round."},
    {"wrong methods", kDecision, "405 with the header Allow",
     "A test of a wrong method expects another response than upstream's."},
    {"HEAD", kDecision, "works like GET", "A client that sends HEAD gets another status than from upstream."},
    {"unknown id", kDocumented, "404", "A client that polls a lost id must expect upstream's response."},
    {"malformed id", kDecision, "404, as for an unknown id",
     "A client that polls a malformed id must expect upstream's response."},
    {"content type", kDecision, "application/json, or none; otherwise 415",
     "A client with another Content-Type can work with upstream and fail here, or the other way round."},
    {"content encoding", kDecision, "415 for a compressed body",
     "A client that compresses its requests must expect upstream's response."},
    {"body size", kDecision, "at most 1 MB; otherwise 413", "A large request can work here and fail with upstream."},
    {"JSON syntax", kDecision, "400 for a body that is not a JSON object, that has a key twice, or more than 64 levels",
     "A test that sends broken JSON expects another status than upstream's."},
    {"byte order mark", kDecision, "skipped before the JSON", "A client that sends one can work here only."},
    {"required fields", kDocumented, "400 without linkedin_url",
     "A client that leaves it out must expect upstream's response."},
    {"required type", kDecision, "400 without type, although the documentation's first sample leaves it out",
     "A client that leaves type out can work with upstream and fail here, or the other way round."},
    {"values of type", kDocumented, "work or personal; otherwise 400",
     "A client that sends another type must expect upstream's response."},
    {"kinds of fields", kDecision, "400 for a field that is not a string",
     "A client that sends a number can work with upstream and fail here."},
    {"profile URLs", kDocumented, "400 for a URL that is not linkedin.com/in/<username>",
     "A client must expect upstream's response for wrong URLs."},
    {"refused profile URLs", kDecision,
     "400 for a domain that only begins with linkedin.com, an empty username, userinfo, a port, a space, a missing "
     "scheme",
     "A URL that is refused here works with upstream: check what your client may send."},
    {"accepted profile URLs", kDecision,
     "http and https, subdomains, any letter case of the host, a slash at the end, query and fragment",
     "A URL that works here is refused by upstream: your client must send another form."},
    {"length of URLs", kDecision, "at most 2048 characters; otherwise 400",
     "A long URL gets another status than from upstream."},
    {"callback URLs", kDecision, "absolute http and https URLs; otherwise 400",
     "A callback_url that is refused here is accepted by upstream, and its callback may never arrive."},
    {"length of external_id", kDocumented, "at most 256 characters; otherwise 400",
     "A client with longer ids must expect upstream's response."},
    {"characters of external_id", kDecision, "counted as Unicode code points",
     "An external_id with emoji can work here and be too long for upstream."},
    {"null", kDecision, "an optional field that is null counts as missing",
     "A client that sends null can work here and fail with upstream: leave the field out."},
    {"unknown fields", kDecision, "ignored", "A client that sends more fields can work here and fail with upstream."},
    {"several problems", kDecision, "one message that names each wrong field, in the order of the fields",
     "A client that shows the message shows other fields than with upstream."},
    {"error bodies", kDecision, "statusCode, message and error",
     "A client that reads error bodies must be tested with upstream's: --write makes a scenario with them."},
    {"the 201", kDecision, "_id of 24 hex digits, status pending and linkedin_url as it was sent; not the external_id",
     "A client that reads the 201 must read what upstream sends."},
    {"a poll before the end", kDocumented, "_id, status and linkedin_url, and no other field",
     "A client that polls must read what upstream sends."},
    {"a poll of not-found", kDocumented, "enrichment_type, email null, and the external_id",
     "A client that polls must read what upstream sends."},
    {"no external_id", kDecision, "the field is left out of polls and callbacks",
     "A client that reads external_id must accept upstream's way to say that there is none."},
    {"no charge for not-found", kDocumented, "the balance stays",
     "A lookup costs something that is free here: tests that check credits are wrong."},
    {"charge", kDocumented, "one credit, when a lookup completes, and nothing for polls",
     "Tests that check credits are wrong."},
    {"a poll of completed", kDocumented, "enrichment_type and the email as an object of email and type",
     "A client that reads results must read what upstream sends."},
    {"no credits", kDocumented, "402", "A client without credits must expect upstream's response."},
    {"ids of other teams", kDecision, "404, as if they did not exist", "needs the keys of two teams"},
    {"long keys", kDecision, "401 for a key of more than 2048 bytes", "servers before the API refuse such headers"},
    {"a poll of failed", kDecision, "like not-found", "nothing makes a lookup fail"},
    {"the last credit", kDecision, "a lookup that completes without a credit left ends as failed",
     "needs a team with one credit"},
    {"polls and states", kDecision, "a poll changes no state, unless the scenario says so", "cannot be seen"},
    {"generated ids", kDecision, "time, random number of the process, counter", "cannot be seen"},
    {"generated emails", kDecision, "made of the username", "the real API finds real ones"},
    {"attempts", kDecision, "3 in all, with 1 s and 2 s between them", "needs a receiver of callbacks"},
    {"results of attempts", kDecision, "a 2xx is a success; redirects are not followed",
     "needs a receiver of callbacks"},
    {"callbacks of failed", kDecision, "none", "needs a receiver of callbacks"},
    {"web pages", kDecision, "403 if a page calls by a host name that is not accepted", "protects the mock only"},
};

// The rows of the table, by what they send.

constexpr Question call(std::string_view id, std::string_view fact, std::string_view asks, std::string_view method,
                        std::string_view path, SentKey key = SentKey::own, Compared compared = Compared::status) {
  return {.id = id, .fact = fact, .asks = asks, .method = method, .path = path, .key = key, .compared = compared};
}

constexpr Question post(std::string_view id, std::string_view fact, std::string_view asks, std::string_view body,
                        std::string_view content_type = kJson, Compared compared = Compared::status) {
  return {.id = id,
          .fact = fact,
          .asks = asks,
          .method = "POST",
          .path = kEnrichmentPath,
          .body = body,
          .content_type = content_type,
          .compared = compared};
}

// A request that the mock accepts.
constexpr Question valid(std::string_view id, std::string_view fact, std::string_view asks, std::string_view body,
                         std::string_view content_type = kJson) {
  auto question = post(id, fact, asks, body, content_type);
  question.needs_accepted = true;
  return question;
}

constexpr Question encoded(Question question, std::string_view encoding) {
  question.encoding = encoding;
  return question;
}

// Another line about a request.
constexpr Question about(std::string_view id, std::string_view fact, std::string_view asks, Compared compared,
                         std::string_view of = {}, int status = 0) {
  return {.id = id, .fact = fact, .asks = asks, .compared = compared, .of = of, .status = status};
}

constexpr std::string_view kValid = R"({"linkedin_url":"{url}","type":"work"})";

constexpr Question kQuestions[] = {
    call("credits", "balance", "GET credits", "GET", kCreditsPath, SentKey::own, Compared::body),
    call("key-missing", "missing key", "GET credits without a key", "GET", kCreditsPath, SentKey::none),
    call("key-blank", "missing key", "GET credits with a blank key", "GET", kCreditsPath, SentKey::blank),
    call("key-wrong", "other keys", "GET credits with a wrong key", "GET", kCreditsPath, SentKey::wrong),
    call("key-before-route", "order of checks", "GET an unknown route without a key", "GET", "/v1/api/enrichment/phone",
         SentKey::none),
    call("route-unknown", "unknown routes", "GET an unknown route", "GET", "/v1/api/enrichment/phone"),
    call("route-slash", "unknown routes", "GET credits with a slash at the end", "GET", "/v1/api/enrichment/credits/"),
    call("route-letter-case", "unknown routes", "GET credits in capital letters", "GET", "/v1/api/enrichment/CREDITS"),
    call("method-get", "wrong methods", "GET the route of requests", "GET", kEnrichmentPath),
    call("method-delete", "wrong methods", "DELETE an unknown id", "DELETE", kNoId),
    about("allow", "wrong methods", "the header Allow for method-get", Compared::allow, "method-get", 405),
    call("head-credits", "HEAD", "HEAD credits", "HEAD", kCreditsPath),
    call("id-unknown", "unknown id", "GET an unknown id", "GET", kNoId),
    call("id-malformed", "malformed id", "GET the id abc", "GET", "/v1/api/enrichment/email/abc"),
    post("content-before-json", "order of checks", "POST broken JSON as text/plain",
         R"({"linkedin_url":"{url}","type":)", "text/plain"),
    post("content-type-text", "content type", "POST as text/plain", kValid, "text/plain"),
    encoded(post("content-encoding", "content encoding", "POST with Content-Encoding: gzip", kValid), "gzip"),
    post("size-over-1-mb", "body size", "POST 1,048,577 bytes",
         R"({"linkedin_url":"{url}","type":"work","pad":"{pad}"})"),
    post("json-broken", "JSON syntax", "POST half of an object", R"({"linkedin_url":"{url}","type":)"),
    post("json-empty", "JSON syntax", "POST without a body", ""),
    post("json-key-twice", "JSON syntax", "POST type twice", R"({"linkedin_url":"{url}","type":"work","type":"work"})"),
    post("json-deep", "JSON syntax", "POST an unknown field of 65 arrays",
         R"({"linkedin_url":"{url}","type":"work","deep":{deep}})"),
    post("url-missing", "required fields", "POST without linkedin_url", R"({"type":"work"})"),
    post("type-missing", "required type", "POST without type", R"({"linkedin_url":"{url}"})"),
    post("type-unknown", "values of type", "POST type phone", R"({"linkedin_url":"{url}","type":"phone"})"),
    post("type-number", "kinds of fields", "POST type 1", R"({"linkedin_url":"{url}","type":1})"),
    post("url-company", "profile URLs", "POST linkedin.com/company/…",
         R"({"linkedin_url":"https://www.linkedin.com/company/{name}","type":"work"})"),
    post("url-other-domain", "refused profile URLs", "POST linkedin.com.enrichment-mock.example/in/…",
         R"({"linkedin_url":"https://linkedin.com.enrichment-mock.example/in/{name}","type":"work"})"),
    post("url-no-username", "refused profile URLs", "POST linkedin.com/in/",
         R"({"linkedin_url":"https://www.linkedin.com/in/","type":"work"})"),
    post("url-userinfo", "refused profile URLs", "POST https://user@www.linkedin.com/in/…",
         R"({"linkedin_url":"https://user@www.linkedin.com/in/{name}","type":"work"})"),
    post("url-port", "refused profile URLs", "POST www.linkedin.com:443/in/…",
         R"({"linkedin_url":"https://www.linkedin.com:443/in/{name}","type":"work"})"),
    post("url-space", "refused profile URLs", "POST a URL with a space before it",
         R"({"linkedin_url":" {url}","type":"work"})"),
    post("url-no-scheme", "refused profile URLs", "POST www.linkedin.com/in/… without https://",
         R"({"linkedin_url":"www.linkedin.com/in/{name}","type":"work"})"),
    post("url-long", "length of URLs", "POST a URL of more than 2048 characters",
         R"({"linkedin_url":"{url}?{pad}","type":"work"})"),
    post("callback-relative", "callback URLs", "POST callback_url /hook",
         R"({"linkedin_url":"{url}","type":"work","callback_url":"/hook"})"),
    post("callback-ftp", "callback URLs", "POST callback_url ftp://…",
         R"({"linkedin_url":"{url}","type":"work","callback_url":"ftp://enrichment-mock.example/hook"})"),
    post("external-id-long", "length of external_id", "POST an external_id of 257 characters",
         R"({"linkedin_url":"{url}","type":"work","external_id":"{long}"})"),
    post("several-problems", "several problems", "POST a wrong linkedin_url and a wrong external_id",
         R"({"linkedin_url":"https://www.linkedin.com/company/{name}","type":"work","external_id":42})", kJson,
         Compared::field_names),
    about("error-400", "error bodies", "the body for several-problems", Compared::error_body, "several-problems", 400),
    about("error-401", "error bodies", "the body for key-missing", Compared::error_body, "key-missing", 401),
    about("error-404", "error bodies", "the body for id-unknown", Compared::error_body, "id-unknown", 404),
    post("accepted", "the 201", "POST a profile that does not exist",
         R"({"linkedin_url":"{url}","type":"work","external_id":"enrichment-mock-compare"})", kJson, Compared::body),
    about("error-402", "no credits", "the body for accepted, if the team has no credits", Compared::error_body,
          "accepted", 402),
    about("poll-running", "a poll before the end", "the first poll of accepted", Compared::running, "accepted"),
    about("poll-not-found", "a poll of not-found", "the last poll of accepted", Compared::not_found, "accepted"),
    valid("unknown-field", "unknown fields", "POST an unknown field",
          R"({"linkedin_url":"{url}","type":"work","enrichment_mock":true})"),
    about("no-external-id", "no external_id", "the last poll of unknown-field", Compared::no_external_id,
          "unknown-field"),
    valid("content-type-missing", "content type", "POST without Content-Type", kValid, ""),
    valid("size-200-kb", "body size", "POST 200 KB", R"({"linkedin_url":"{url}","type":"work","pad":"{pad}"})"),
    valid("json-bom", "byte order mark", "POST a byte order mark and JSON",
          R"({bom}{"linkedin_url":"{url}","type":"work"})"),
    valid("url-http", "accepted profile URLs", "POST http://www.linkedin.com/in/…",
          R"({"linkedin_url":"http://www.linkedin.com/in/{name}","type":"work"})"),
    valid("url-subdomain", "accepted profile URLs", "POST uk.linkedin.com/in/…",
          R"({"linkedin_url":"https://uk.linkedin.com/in/{name}","type":"work"})"),
    valid("url-letter-case", "accepted profile URLs", "POST WWW.LinkedIn.com/in/…",
          R"({"linkedin_url":"https://WWW.LinkedIn.com/in/{name}","type":"work"})"),
    valid("url-slash-query", "accepted profile URLs", "POST linkedin.com/in/…/?trk=compare",
          R"({"linkedin_url":"{url}/?trk=compare","type":"work"})"),
    valid("external-id-emoji", "characters of external_id", "POST an external_id of 256 emoji",
          R"({"linkedin_url":"{url}","type":"work","external_id":"{256}"})"),
    valid("null-fields", "null", "POST callback_url and external_id as null",
          R"({"linkedin_url":"{url}","type":"work","callback_url":null,"external_id":null})"),
    about("uncharged", "no charge for not-found", "the balance before and after these lookups", Compared::spent),
    about("charge", "charge", "the balance during and after a lookup of /in/janedoe", Compared::charge),
    about("poll-completed", "a poll of completed", "the last poll of that lookup", Compared::completed, "charge"),
};

static_assert(std::size(kQuestions) < 60, "a run asks under 60 questions");

std::string name_of(std::string_view question_id) {
  return "not-found__enrichment-mock-compare__" + std::string(question_id);
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  while (count-- > 0) all += text;
  return all;
}

}  // namespace

std::span<const Fact> facts() { return kFacts; }
std::span<const Question> questions() { return kQuestions; }

const Fact& fact_of(const Question& question) { return *std::ranges::find(kFacts, question.fact, &Fact::name); }

std::string profile_url(std::string_view question_id) { return "https://www.linkedin.com/in/" + name_of(question_id); }

std::string body_of(const Question& question) {
  constexpr std::size_t kMostLevels = 64, kMostCharacters = 256, kMostUrl = 2048, kMostBody = 1024 * 1024;
  std::string body(question.body);
  replace_all(body, "{url}", profile_url(question.id));
  replace_all(body, "{name}", name_of(question.id));
  replace_all(body, "{long}", std::string(kMostCharacters + 1, 'x'));
  replace_all(body, "{256}", repeated("\U0001F600", kMostCharacters));
  replace_all(body, "{deep}", std::string(kMostLevels + 1, '[') + std::string(kMostLevels + 1, ']'));
  replace_all(body, "{bom}", "\xEF\xBB\xBF");
  const auto pad = body.find("{pad}");
  if (pad == body.npos) return body;
  const auto size = question.id == "url-long"      ? kMostUrl
                    : question.id == "size-200-kb" ? 200 * 1024
                                                   : kMostBody + 1 - (body.size() - std::string_view("{pad}").size());
  return body.replace(pad, std::string_view("{pad}").size(), std::string(size, 'x'));
}

HttpRequest request_of(const Question& question, std::string_view key) {
  HttpRequest request{std::string(question.method), std::string(question.path), {}, body_of(question)};
  request.headers.emplace_back("User-Agent", user_agent("compare"));
  if (question.key == SentKey::own) request.headers.emplace_back("x-api-key", key);
  if (question.key == SentKey::blank) request.headers.emplace_back("x-api-key", "");
  if (question.key == SentKey::wrong) request.headers.emplace_back("x-api-key", kWrongKey);
  if (!question.content_type.empty()) request.headers.emplace_back("Content-Type", question.content_type);
  if (!question.encoding.empty()) request.headers.emplace_back("Content-Encoding", question.encoding);
  return request;
}

HttpRequest lookup_request(std::string_view url, std::string_view type, std::string_view key) {
  const json_text::Object body{{"linkedin_url", url}, {"type", type}, {"external_id", kExternalId}};
  return {
      "POST",
      std::string(kEnrichmentPath),
      {{"User-Agent", user_agent("compare")}, {"x-api-key", std::string(key)}, {"Content-Type", std::string(kJson)}},
      body.text()};
}

}  // namespace enrichment_mock::upstream
