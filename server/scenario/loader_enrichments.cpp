// Readers of the enrichments that a scenario or a control call adds.
#include <set>
#include <utility>

#include "base/url.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

using json_text::Fields;
using json_text::read_boolean;
using json_text::read_list;
using json_text::unexpected;
using json_text::Value;
using json_text::word_of;

// An optional field of a request. null counts as absent (our decision).
using OptionalText = std::optional<std::string>;

bool is_null(const Value& value) { return value.kind() == json_text::Kind::null; }

// Whether it is a string of at most `most` characters; else adds a problem.
bool check_text(const Value& value, std::string_view expected, std::size_t most) {
  if (value.is_string() && !is_longer(value.text(), most)) return true;
  unexpected(value, std::string(expected) + " of at most " + std::to_string(most) + " characters");
  return false;
}

std::optional<std::string> read_profile_url(const Value& value) {
  if (!check_text(value, "a URL", kMaxUrl)) return std::nullopt;
  if (profile_username(value.text())) return std::string(value.text());
  unexpected(value, "a linkedin.com/in/<username> URL");
  return std::nullopt;
}

// The message does not repeat the URL, because it may have credentials.
std::optional<OptionalText> read_callback_url(const Value& value) {
  if (is_null(value)) return OptionalText();
  if (!value.is_string()) {
    unexpected(value, "an absolute http or https URI");
    return std::nullopt;
  }
  std::string why;
  if (is_longer(value.text(), kMaxUrl))
    value.problem("expected a URI of at most " + std::to_string(kMaxUrl) + " characters");
  else if (!base::parse_url(value.text(), &why))
    value.problem("expected an absolute http or https URI" + (why.empty() ? "" : "; it " + why));
  else
    return OptionalText(value.text());
  return std::nullopt;
}

std::optional<OptionalText> read_external_id(const Value& value) {
  if (is_null(value)) return OptionalText();
  return check_text(value, "a string", kMaxExternalId) ? std::optional<OptionalText>(value.text()) : std::nullopt;
}

std::optional<EnrichmentId> read_id(const Value& value) {
  if (value.is_string())
    if (const auto id = parse_id(value.text())) return id;
  unexpected(value, "24 hex digits");
  return std::nullopt;
}

// If the status is not a known word, that is reported already.
void check_completed(const Value& value, const std::optional<Status>& status, bool charge) {
  if (status == Status::completed || (!status && value.member("status"))) return;
  const auto refuse = [](const Value& member) { member.problem("only allowed for a completed enrichment"); };
  if (const auto email = value.member("email")) refuse(*email);
  if (charge) refuse(*value.member("charge"));
}

}  // namespace

std::optional<SeededEnrichment> read_seeded_enrichment(const Value& value) {
  Fields fields(value);
  SeededEnrichment seed;
  std::optional<Status> status;
  fields.require("linkedin_url", read_profile_url, seed.request.linkedin_url);
  fields.require("type", word_of(kEmailTypeWords), seed.request.type);
  fields.read("callback_url", read_callback_url, seed.request.callback_url);
  fields.read("external_id", read_external_id, seed.request.external_id);
  fields.read("_id", read_id, seed.id);
  fields.read("status", word_of(kStatusWords), status);
  fields.read("email", read_email, seed.email);
  fields.read("charge", read_boolean, seed.charge);
  fields.finish();
  check_completed(value, status, seed.charge);
  seed.request.username = profile_username(seed.request.linkedin_url).value_or("");
  seed.status = status.value_or(seed.status);
  return seed;
}

std::optional<std::vector<SeededEnrichment>> read_enrichments(const Value& value) {
  std::set<EnrichmentId> ids;
  return read_list(value, [&](const Value& element) {
    auto seed = read_seeded_enrichment(element);
    if (seed->id && !ids.insert(*seed->id).second)
      element.member("_id")->problem("the file has an enrichment with this _id already");
    return seed;
  });
}

}  // namespace enrichment_mock::scenario
