// A request for an enrichment: its fields and the rules for them, and an enrichment that exists without a request. The
// rules for linkedin_url, type, callback_url and external_id are documented; how strictly they apply is our decision
// (server/api/README.md).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "scenario/model.h"

namespace enrichment_mock::scenario {

// The `_id` of an enrichment: 24 hex digits like a MongoDB ObjectId (our decision).
struct EnrichmentId {
  std::array<std::uint8_t, 12> bytes{};
  friend auto operator<=>(const EnrichmentId&, const EnrichmentId&) = default;
};

std::string to_text(const EnrichmentId& id);  // lower-case hex

// Reads 24 hex digits of either case. Empty if the text is anything else.
std::optional<EnrichmentId> parse_id(std::string_view text);

// The status of an enrichment, as in the API: "not-found".
enum class Status : unsigned char { pending, processing, completed, not_found, failed };
inline constexpr auto kStatusWords = base::words<Status>({{Status::pending, "pending"},
                                                          {Status::processing, "processing"},
                                                          {Status::completed, "completed"},
                                                          {Status::not_found, "not-found"},
                                                          {Status::failed, "failed"}});
constexpr std::string_view to_text(Status status) { return kStatusWords.text(status); }

// In Unicode code points. The limit of external_id is documented. Browsers and CRMs accept URLs of this length.
inline constexpr std::size_t kMaxExternalId = 256, kMaxUrl = 2048;

// Whether the text has more code points than that.
bool is_longer(std::string_view text, std::size_t most);

// A validated request for an enrichment.
struct EnrichmentRequest {
  std::string linkedin_url;  // as sent
  std::string username;      // from that URL: percent-decoded, lower case
  EmailType type = EmailType::work;
  std::optional<std::string> callback_url, external_id;
  // All headers of the request. Valid during the command; the engine copies those that callbacks carry on.
  std::span<const std::pair<std::string_view, std::string_view>> headers = {};
};

// The username of a profile URL, percent-decoded and with ASCII letters in lower case. Nothing: not a profile URL. The
// API's documentation only says "linkedin.com/in/<username>"; the details are our decisions.
//   http or https, in any letter case; linkedin.com or a subdomain of it, in any letter case, no port, no userinfo;
//   the path is /in/<username>, with an optional trailing slash; query and fragment are allowed.
// Non-ASCII letters may be percent-encoded or not, in UTF-8. Whitespace, control characters, invalid escapes, invalid
// UTF-8 and encoded slashes are refused.
std::optional<std::string> profile_username(std::string_view url);

// An enrichment that exists without a request: a scenario has it from the start, or a test adds it. A resolved one
// passes through all statuses at once and sends no callback. One that is not resolved continues as the scenario says.
struct SeededEnrichment {
  EnrichmentRequest request;
  std::optional<EnrichmentId> id = {};  // empty: a new one
  Status status = Status::pending;
  std::optional<std::string> email = {};  // template for a completed one; empty: from the scenario
  bool charge = false;                    // charge a credit; completed only
};

}  // namespace enrichment_mock::scenario
