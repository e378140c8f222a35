#include "api/validation.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/error.h"
#include "base/url.h"
#include "json/nlohmann.h"
#include "json/reader.h"

namespace enrichment_mock::api {

namespace {

constexpr std::size_t kAnyLength = ~std::size_t{0};

// Syntax errors have always had the wording of nlohmann::json, so it parses an invalid text a second time.
std::string syntax_error(std::string_view body) {
  const auto error = json_text::syntax_error_of(body);
  return error.empty() ? "" : ": " + clipped(error);
}

// Throws the error that comes first in the text.
void check_document(json_text::Document& document, bool is_json) {
  if (!is_json && document.text().find('\0') != std::string_view::npos)
    throw malformed_body("The body is not valid JSON: it contains a NUL byte");
  if (document.has_root() && !document.root().is_object()) throw malformed_body("The body must be a JSON object");
  if (const auto key = document.first_duplicate_key())
    throw malformed_body("The body has the key \"" + clipped(*key) + "\" twice");
  if (is_json) return;
  if (document.error()->expected == json_text::SyntaxError::Expected::less_depth)
    throw malformed_body("The body is nested deeper than " + std::to_string(json_text::kMaxDepth) + " levels");
  throw malformed_body("The body is not valid JSON" + syntax_error(document.text_with_doubles()));
}

// A documented text field. null counts as absent (our decision).
std::optional<std::string> read_text(const json_text::Value& body, std::string_view name, bool required,
                                     std::size_t most, std::vector<std::string>& problems) {
  const auto field = body.member(name);
  const bool too_long = field && field->is_string() && scenario::is_longer(field->text(), most);
  if (field && field->is_string() && !too_long) return std::string(field->text());
  if (too_long)
    problems.push_back(std::string(name) + " must have at most " + std::to_string(most) + " characters");
  else if (field && field->kind() != json_text::Kind::null)
    problems.push_back(std::string(name) + " must be a string");
  else if (required)
    problems.push_back(std::string(name) + " is required");
  return std::nullopt;
}

engine::EnrichmentRequest read_request(const json_text::Value& body) {
  engine::EnrichmentRequest request;
  std::vector<std::string> problems;
  if (auto linkedin_url = read_text(body, "linkedin_url", true, scenario::kMaxUrl, problems)) {
    if (auto username = scenario::profile_username(*linkedin_url))
      request.username = *std::move(username);
    else
      problems.push_back("linkedin_url must be a linkedin.com/in/<username> URL");
    request.linkedin_url = *std::move(linkedin_url);
  }
  if (const auto type = read_text(body, "type", true, kAnyLength, problems)) {
    if (const auto known = scenario::kEmailTypeWords.value(*type))
      request.type = *known;
    else
      problems.push_back("type must be work or personal");
  }
  request.callback_url = read_text(body, "callback_url", false, scenario::kMaxUrl, problems);
  std::string problem;
  if (request.callback_url && !base::parse_url(*request.callback_url, &problem))
    problems.push_back("callback_url must be an absolute http or https URI" +
                       (problem.empty() ? "" : "; it " + problem));
  request.external_id = read_text(body, "external_id", false, scenario::kMaxExternalId, problems);
  if (!problems.empty()) throw invalid_fields(problems);
  return request;
}

}  // namespace

engine::EnrichmentRequest parse_enrichment_request(std::string_view body) {
  if (body.empty()) throw malformed_body("The body is empty; a JSON object is expected");
  json_text::Document document(body);
  check_document(document, document.read(json_text::Syntax::strict));
  return read_request(document.root());
}

}  // namespace enrichment_mock::api
