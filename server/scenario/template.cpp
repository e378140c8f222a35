#include "scenario/template.h"

#include <algorithm>

namespace enrichment_mock::scenario {

namespace {

constexpr std::string_view kSeparators = "-_.";

std::string plain(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kSeparators.find(c) != kSeparators.npos);
      },
      '-');
  return out;
}

std::string value_of(std::string_view placeholder, std::string_view username, EmailType type) {
  if (placeholder == "username") return plain(username);
  if (placeholder == "first") return plain(username.substr(0, username.find_first_of(kSeparators)));
  if (placeholder == "last") return plain(username.substr(username.find_last_of(kSeparators) + 1));
  if (placeholder == "type") return std::string(to_text(type));
  return '{' + std::string(placeholder) + '}';
}

}  // namespace

std::string_view to_text(EmailType type) { return type == EmailType::work ? "work" : "personal"; }

std::string expand_email(std::string_view text, std::string_view username, EmailType type) {
  std::string out;
  out.reserve(text.size() + username.size());
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == text.npos ? text.npos : text.find('}', open);
    out += text.substr(0, close == text.npos ? text.npos : open);
    if (close == text.npos) break;
    out += value_of(text.substr(open + 1, close - open - 1), username, type);
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace enrichment_mock::scenario
