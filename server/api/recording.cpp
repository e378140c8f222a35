#include "api/recording.h"

#include <algorithm>

#include "base/limits.h"
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

std::string_view recorded_headers(const net::Request& request, std::string& buffer, std::string_view left_out) {
  constexpr std::string_view kColon = ": ", kEnd = "\n";
  std::size_t most = 0;
  for (const auto& [name, value] : request.headers)
    most += name.size() + kColon.size() + std::max(value.size(), base::kLongestMask) + kEnd.size();
  if (buffer.size() < most) buffer.resize(most);
  char* to = buffer.data();
  const auto add = [&to](std::string_view text) { to = std::copy(text.begin(), text.end(), to); };
  for (const auto& [name, value] : request.headers) {
    if (!left_out.empty() && net::same_text(name, left_out)) continue;
    add(name);
    add(kColon);
    if (base::is_secret_name(name))
      to = base::write_mask(value, to);
    else
      add(value);
    add(kEnd);
  }
  return {buffer.data(), to};
}

std::string_view without_credentials(std::string_view body, std::string& masked) {
  const bool may_have_some = body.find('@') != body.npos || body.find("\\u0040") != body.npos;
  if (!may_have_some) return body;
  json_text::Document document(body);
  if (!document.read(json_text::Syntax::strict) || !document.duplicates().empty())
    return masked = base::mask_userinfo_in(body);
  const auto root = document.root();
  masked = body.substr(0, root.begin());
  append_masked(masked, root);
  return masked.append(body.substr(root.begin() + root.raw().size()));
}

std::string_view kept_of(std::string_view body, std::string_view key, std::string& beginning) {
  if (body.size() <= base::kMaxKeptBody) return body;
  return beginning = base::masked_beginning(body, base::kMaxKeptBody, base::KeyMasker().with(key));
}

}  // namespace enrichment_mock::api
