#include "base/exchange.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace enrichment_mock::base {

namespace {

void add_shown(std::string& lines, std::string_view name, std::string_view value) {
  lines.append(name).append(": ").append(is_secret_name(name) ? mask_key(value) : mask_userinfo_in(value));
  lines += '\n';
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> Exchange::request_headers() const {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view lines = request_head;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(line.size() + 2, lines.size()));
    if (const auto colon = line.find(": "); colon != line.npos && line.data() != request_head.data())
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return headers;
}

std::string Exchange::shown_request_headers(std::string_view left_out) const {
  std::string lines;
  for (const auto& [name, value] : request_headers())
    if (!same_text(name, left_out)) add_shown(lines, name, value);
  return lines;
}

std::string Exchange::shown_response_headers() const {
  std::string shown;
  std::string_view lines = response_headers;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    const auto colon = line.find(": ");
    add_shown(shown, line.substr(0, colon), line.substr(colon + 2));
  }
  return shown;
}

std::string Exchange::shown_response_body() const { return mask_userinfo_in(response_body); }

KeyMasker Exchange::with_secrets(const KeyMasker& keys) const {
  auto all = keys;
  for (const auto& [name, value] : request_headers()) {
    if (!is_secret_name(name)) continue;
    const auto scheme = value.find(' ');  // of Authorization, such as Basic
    all = all.with(value).with(value.substr(scheme == value.npos ? 0 : scheme + 1));
  }
  return all;
}

bool Exchange::is_long() const { return request_body.size() > kMaxKeptBody || response_body.size() > kMaxKeptResponse; }

void Exchange::shorten(const KeyMasker& keys) {
  const auto all = with_secrets(keys);
  if (request_body.size() > kMaxKeptBody) request_body = masked_beginning(request_body, kMaxKeptBody, all);
  if (response_body.size() > kMaxKeptResponse)
    response_body = masked_beginning(mask_userinfo_in(response_body), kMaxKeptResponse, all);
}

}  // namespace enrichment_mock::base
