// What compare asks: the facts and decisions about the API that server/api/README.md lists, and the questions about
// them. tests/docs compares the page with this table.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "upstream/http_client.h"

namespace enrichment_mock::upstream {

// What the mock does, because the API's documentation says so, or because we have decided it.
struct Fact {
  std::string_view name;
  bool is_documented = false;
  std::string_view says;
  // For a difference: what it means for the tests of a client. For a fact that no question is about: why.
  std::string_view means;
};

enum class SentKey : unsigned char { own, none, blank, wrong };

// What the line of a question compares. From error_body on, a line sends no request: it is about a request of another
// one.
enum class Compared : unsigned char {
  status,
  body,         // status and outline
  field_names,  // the fields that an error's body names, in its order
  error_body,   // its outline, if both answer with the question's status
  allow,        // methods of the header, if both answer with the question's status
  running,      // of the lookup that the request has begun: its first poll
  not_found,    // its last poll
  no_external_id,
  spent,   // by all lookups of profiles that do not exist
  charge,  // by lookups that may cost a credit
  completed,
};

struct Question {
  std::string_view id, fact;
  std::string_view asks;  // for people: what is sent
  std::string_view method = "GET", path = {};
  std::string_view body = {};          // see body_of()
  std::string_view content_type = {};  // empty: none is sent
  SentKey key = SentKey::own;
  Compared compared = Compared::status;
  std::string_view of = {};     // the question whose request this one is about
  int status = 0;               // of error_body and allow
  bool needs_accepted = false;  // makes sense only if upstream accepts the request of "accepted"
  std::string_view encoding = {};

  bool sends() const { return !path.empty(); }
  bool costs() const { return compared >= Compared::charge; }
};

std::span<const Fact> facts();
std::span<const Question> questions();  // in the order in which they are asked

const Fact& fact_of(const Question& question);

// The profile that a question names. It cannot exist: usernames of LinkedIn have no underscores. In the mock's default
// scenario its lookups end as not-found, because of their beginning.
std::string profile_url(std::string_view question_id);

// The request's body: {url} is the profile, {long} 257 characters, {pad} as many characters as the question is about,
// {deep} 65 arrays, {256} 256 characters beyond the first 65,536 of Unicode, {bom} a byte order mark.
std::string body_of(const Question& question);

// The request; `key`: the API key of the server that is asked.
HttpRequest request_of(const Question& question, std::string_view key);

// A request for the lookup of any profile.
HttpRequest lookup_request(std::string_view url, std::string_view type, std::string_view key);

inline constexpr std::string_view kEnrichmentPath = "/v1/api/enrichment/email",
                                  kCreditsPath = "/v1/api/enrichment/credits";
inline constexpr std::string_view kExternalId = "enrichment-mock-compare";

// The profile of lookups that may cost a credit: the one of the documentation's samples.
inline constexpr std::string_view kSpendUrl = "https://www.linkedin.com/in/janedoe";

// At most as many of these lookups make sense: one for each type.
inline constexpr unsigned kMostSpent = 2;

}  // namespace enrichment_mock::upstream
