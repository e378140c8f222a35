#include "cli/starter.h"

namespace enrichment_mock::cli {
namespace {

constexpr std::string_view kName = "{name}";

constexpr std::string_view kStarter =
    R"(// A scenario of enrichment-mock: how the API behaves. Comments are allowed. What is left out has the default that
// scenarios/README.md names; everything here may be changed or taken out, but for "name", which is the file's.
{
  "name": "{name}",
  "description": "Every lookup takes a second; for some people things go wrong.",
  "credits": 250,

  // How a lookup goes, if no rule below says otherwise. Outcomes: completed, not-found, failed.
  "lookup": { "pending": "200ms", "processing": "800ms", "outcome": "completed", "email": "{username}@example.com" },

  // How callbacks are delivered: attempts in all, and the time between them.
  "callback": { "max_attempts": 3, "backoff": ["1s", "2s"] },

  // Known people; null: there is no such email.
  "profiles": {
    "janedoe": { "work": "jane.doe@acme.example", "personal": null }
  },

  // The first rule that matches a request decides; * and ? are wildcards.
  "rules": [
    {
      "name": "nobody is found by this name",
      "match": { "username": "nobody*" },
      "lookup": { "outcome": "not-found" }
    },
    {
      "name": "the API is down twice, then it works",
      "match": { "username": "unlucky*" },
      "steps": [
        { "response": { "status": 503, "headers": { "Retry-After": "1" } } },
        { "response": { "status": 503, "headers": { "Retry-After": "1" } } },
        {}
      ]
    },
    {
      "name": "the first two callbacks get lost",
      "match": { "username": "forgetful*", "has_callback": true },
      "callback": { "fail_first": 2 }
    }
  ]
}
)";

}  // namespace

std::string starter_scenario(std::string_view name) {
  std::string text(kStarter);
  return text.replace(text.find(kName), kName.size(), name);
}

}  // namespace enrichment_mock::cli
