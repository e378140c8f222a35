#include "api/validation.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/error.h"
#include "base/text.h"
#include "json/json.h"
#include "net/url.h"
#include "scenario/plan.h"

namespace enrichment_mock::api {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxExternalId = 256;  // Unicode code points

// One documented field as it came.
struct Field {
  enum class Kind { absent, string, other };  // null counts as absent (our decision)
  std::string_view name;
  bool seen = false;
  Kind kind = Kind::absent;
  std::string text = {};
};

// Picks the documented fields out of the body without building a tree of it; refuses doubled keys and deep nesting.
class BodyReader final : public nlohmann::json_sax<json> {
 public:
  std::array<Field, 4> fields{{{"linkedin_url"}, {"type"}, {"callback_url"}, {"external_id"}}};
  std::string problem;  // why reading stopped

  bool null() override { return take(Field::Kind::absent); }
  bool boolean(bool) override { return take(Field::Kind::other); }
  bool number_integer(number_integer_t) override { return take(Field::Kind::other); }
  bool number_unsigned(number_unsigned_t) override { return take(Field::Kind::other); }
  bool number_float(number_float_t, const string_t&) override { return take(Field::Kind::other); }
  bool string(string_t& text) override { return take(Field::Kind::string, &text); }
  bool binary(binary_t&) override { return take(Field::Kind::other); }
  bool start_object(std::size_t) override {
    // The top-level object is the one that is no value of a field.
    if (!keys_.empty() && !take(Field::Kind::other)) return false;
    return open();
  }
  bool start_array(std::size_t) override { return take(Field::Kind::other) && open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (keys_.size() == 1) select(name);
    const bool documented = keys_.size() == 1 && selected_;
    const bool doubled = documented ? std::exchange(selected_->seen, true) : !keys_.back().insert(name).second;
    if (!doubled) return true;
    problem = "The body has the key \"" + clipped(name) + "\" twice";
    return false;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    const std::string_view what =
        error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    problem = "The body is not valid JSON: " + clipped(what.substr(what.find("] ") + 2));
    return false;
  }

 private:
  bool take(Field::Kind kind, std::string* text = nullptr) {
    if (keys_.empty()) {
      problem = "The body must be a JSON object";
      return false;
    }
    if (keys_.size() == 1 && selected_) {
      selected_->kind = kind;
      if (text) selected_->text = std::move(*text);
    }
    return true;
  }
  bool open() {
    if (keys_.size() == kMaxDepth) {
      problem = "The body is nested deeper than " + std::to_string(kMaxDepth) + " levels";
      return false;
    }
    keys_.emplace_back();
    return true;
  }
  bool close() {
    keys_.pop_back();
    return true;
  }
  void select(std::string_view name) {
    const auto found = std::ranges::find(fields, name, &Field::name);
    selected_ = found == fields.end() ? nullptr : &*found;
  }

  // The keys of each open object, outermost first; an array's stay empty, and documented fields are marked themselves.
  std::vector<std::set<std::string>> keys_;
  Field* selected_ = nullptr;  // the field whose value comes next
};

bool is_string(const Field& field, bool required, std::vector<std::string>& problems) {
  if (field.kind == Field::Kind::string) return true;
  if (field.kind == Field::Kind::other)
    problems.push_back(std::string(field.name) + " must be a string");
  else if (required)
    problems.push_back(std::string(field.name) + " is required");
  return false;
}

}  // namespace

engine::EnrichmentRequest parse_enrichment_request(std::string_view body) {
  if (body.empty()) throw malformed_body("The body is empty; a JSON object is expected");
  // The parser would take it for the end of the text.
  if (body.find('\0') != body.npos) throw malformed_body("The body is not valid JSON: it contains a NUL byte");
  BodyReader reader;
  if (!json::sax_parse(body.begin(), body.end(), &reader)) throw malformed_body(std::move(reader.problem));

  auto& [linkedin_url, type, callback_url, external_id] = reader.fields;
  engine::EnrichmentRequest request;
  std::vector<std::string> problems;
  if (is_string(linkedin_url, true, problems)) {
    if (auto username = profile_username(linkedin_url.text))
      request.username = std::move(*username);
    else
      problems.push_back("linkedin_url must be a linkedin.com/in/<username> URL");
    request.linkedin_url = std::move(linkedin_url.text);
  }
  if (is_string(type, true, problems)) {
    if (type.text == "work")
      request.type = engine::EmailType::work;
    else if (type.text == "personal")
      request.type = engine::EmailType::personal;
    else
      problems.push_back("type must be work or personal");
  }
  if (is_string(callback_url, false, problems)) {
    if (!net::parse_url(callback_url.text)) problems.push_back("callback_url must be an absolute http or https URI");
    request.callback_url = std::move(callback_url.text);
  }
  if (is_string(external_id, false, problems)) {
    if (base::count_code_points(external_id.text) > kMaxExternalId)
      problems.push_back("external_id must have at most 256 characters");
    request.external_id = std::move(external_id.text);
  }
  if (!problems.empty()) throw invalid_fields(problems);
  return request;
}

namespace {

using net::is_host_name;
using net::is_path_text;

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

// What a URI's grammar allows, were its letters beyond ASCII percent-encoded.
bool is_iri_text(std::string_view text, bool query = false) {
  if (is_path_text(text, query)) return true;  // as nearly all are
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

// Removes `prefix`, in any letter case; false if it isn't there.
bool skip(std::string_view& text, std::string_view prefix) {
  if (!base::same_text(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

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
  // Dots alone are no name: a client that tidies its URLs would have removed them, and the name with them.
  if (username.empty() || username == "." || username == "..") return std::nullopt;
  const bool escaped = path.find('%') != path.npos;
  if (escaped && (username.find('/') != username.npos || !is_clean_utf8(username, true))) return std::nullopt;
  return username;
}

}  // namespace enrichment_mock::api
