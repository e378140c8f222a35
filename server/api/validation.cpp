#include "api/validation.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/error.h"
#include "base/text.h"
#include "base/url.h"
#include "json/nlohmann.h"
#include "json/reader.h"
#include "scenario/plan.h"

namespace enrichment_mock::api {

namespace {

// In Unicode code points. The limit of external_id is documented. Browsers and CRMs accept URLs of this length.
constexpr std::size_t kMaxExternalId = 256, kMaxUrl = 2048;
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

bool is_longer(std::string_view text, std::size_t most) {
  return text.size() > most && base::count_code_points(text) > most;
}

// A documented text field. null counts as absent (our decision).
std::optional<std::string> read_text(const json_text::Value& body, std::string_view name, bool required,
                                     std::size_t most, std::vector<std::string>& problems) {
  const auto field = body.member(name);
  const bool too_long = field && field->is_string() && is_longer(field->text(), most);
  if (field && field->is_string() && !too_long) return std::string(field->text());
  if (too_long)
    problems.push_back(std::string(name) + " must have at most " + std::to_string(most) + " characters");
  else if (field && field->kind() != json_text::Kind::null)
    problems.push_back(std::string(name) + " must be a string");
  else if (required)
    problems.push_back(std::string(name) + " is required");
  return std::nullopt;
}

using base::is_host_name;
using base::is_path_text;

constexpr std::string_view kDomain = "linkedin.com";

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool is_wide_space(char32_t code) {
  return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f) ||
         code == 0x205f || code == 0x3000 || code == 0xfeff;
}

bool is_clean_utf8(std::string_view text, bool spaces) {
  while (!text.empty()) {
    const std::optional<char32_t> code = base::take_code_point(text);
    if (!code || is_control(*code) || (!spaces && (*code == ' ' || is_wide_space(*code)))) return false;
  }
  return true;
}

// What the grammar of URIs allows, and also non-ASCII letters that are not percent-encoded.
bool is_iri_text(std::string_view text, bool query = false) {
  if (is_path_text(text, query)) return true;  // the usual case
  if (!is_clean_utf8(text, false)) return false;
  while (!text.empty()) {
    const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const auto end = std::find_if_not(text.begin(), text.end(), ascii);
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (!is_path_text(text.substr(0, length), query)) return false;
    text.remove_prefix(static_cast<std::size_t>(std::find_if(end, text.end(), ascii) - text.begin()));
  }
  return true;
}

bool is_profile_host(std::string_view host) {
  if (host.size() < kDomain.size() || !is_host_name(host)) return false;
  const std::size_t sub = host.size() - kDomain.size();
  return base::same_text(host.substr(sub), kDomain) && (sub == 0 || host[sub - 1] == '.');
}

// Removes `prefix` in any letter case. False: the text does not begin with it.
bool skip(std::string_view& text, std::string_view prefix) {
  if (!base::same_text(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

engine::EnrichmentRequest parse_enrichment_request(std::string_view body) {
  if (body.empty()) throw malformed_body("The body is empty; a JSON object is expected");
  json_text::Document document(body);
  check_document(document, document.read(json_text::Syntax::strict));
  return read_enrichment_request(document.root());
}

engine::EnrichmentRequest read_enrichment_request(const json_text::Value& body) {
  engine::EnrichmentRequest request;
  std::vector<std::string> problems;
  if (auto linkedin_url = read_text(body, "linkedin_url", true, kMaxUrl, problems)) {
    if (auto username = profile_username(*linkedin_url))
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
  request.callback_url = read_text(body, "callback_url", false, kMaxUrl, problems);
  std::string problem;
  if (request.callback_url && !base::parse_url(*request.callback_url, &problem))
    problems.push_back("callback_url must be an absolute http or https URI" +
                       (problem.empty() ? "" : "; it " + problem));
  request.external_id = read_text(body, "external_id", false, kMaxExternalId, problems);
  if (!problems.empty()) throw invalid_fields(problems);
  return request;
}

std::optional<std::string> profile_username(std::string_view url) {
  if (!skip(url, "http://") && !skip(url, "https://")) return std::nullopt;
  const std::size_t host_end = std::min(url.find('/'), url.size());
  if (!is_profile_host(url.substr(0, host_end))) return std::nullopt;

  std::string_view path = url.substr(host_end);
  const std::string_view without_fragment = path.substr(0, path.find('#'));
  const std::string_view fragment = path.substr(std::min(without_fragment.size() + 1, path.size()));
  path = without_fragment.substr(0, without_fragment.find('?'));
  const std::string_view query = without_fragment.substr(path.size());
  if (!is_iri_text(query, true) || !is_iri_text(fragment, true)) return std::nullopt;

  if (!path.starts_with("/in/")) return std::nullopt;
  path.remove_prefix(4);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.find('/') != path.npos || !is_iri_text(path)) return std::nullopt;
  std::string username = scenario::fold_username(path);
  // "." and ".." are not usernames: URL normalization removes them.
  if (username.empty() || username == "." || username == "..") return std::nullopt;
  const bool escaped = path.find('%') != path.npos;
  if (escaped && (username.find('/') != username.npos || !is_clean_utf8(username, true))) return std::nullopt;
  return username;
}

}  // namespace enrichment_mock::api
