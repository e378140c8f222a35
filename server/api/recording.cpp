#include "api/recording.h"

#include "base/mask.h"
#include "json/reader.h"
#include "json/writer.h"

namespace enrichment_mock::api {

namespace {

// Appends the text of a value, with the userinfo of URLs masked.
void append_masked(std::string& to, const json_text::Value& value) {
  const auto written = value.raw();
  if (value.is_string()) {
    const auto masked = base::mask_userinfo(value.text());
    const bool has_secret = masked != value.text() && masked.find("://") != masked.npos;
    to += has_secret ? json_text::Json(masked).take() : std::string(written);
    return;
  }
  std::size_t copied = value.begin();
  for (const auto child : value.children()) {
    to.append(written.substr(copied - value.begin(), child.begin() - copied));
    append_masked(to, child);
    copied = child.begin() + child.raw().size();
  }
  to.append(written.substr(copied - value.begin()));
}

}  // namespace

std::string recorded_headers(const net::Request& request, std::string_view left_out) {
  std::string lines;
  std::size_t size = 0;
  for (const auto& [name, value] : request.headers) size += name.size() + value.size() + 3;
  lines.reserve(size);
  for (const auto& [name, value] : request.headers) {
    if (!left_out.empty() && net::same_text(name, left_out)) continue;
    lines.append(name).append(": ");
    if (base::is_secret_name(name))
      lines += base::mask_key(value);
    else
      lines += value;
    lines += '\n';
  }
  return lines;
}

std::string without_credentials(std::string_view body) {
  const bool may_have_some = body.find('@') != body.npos || body.find("\\u0040") != body.npos;
  if (!may_have_some) return std::string(body);
  json_text::Document document(body);
  if (!document.read(json_text::Syntax::strict) || !document.duplicates().empty()) return base::mask_userinfo_in(body);
  const auto root = document.root();
  std::string masked(body.substr(0, root.begin()));
  append_masked(masked, root);
  return masked.append(body.substr(root.begin() + root.raw().size()));
}

}  // namespace enrichment_mock::api
