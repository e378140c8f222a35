#include "upstream/pseudonyms.h"

#include "base/text.h"
#include "json/writer.h"

namespace enrichment_mock::upstream {
namespace {

// What an address or a username consists of, in a text around it.
constexpr auto kWord = base::kLettersAndDigits.with(".!#$%&*+-_~@").with_range(0x80, 0xFF);

}  // namespace

std::string Pseudonyms::person(std::string_view username) {
  const auto found = people_.find(username);
  if (found != people_.end()) return found->second;
  return people_.emplace(username, "person-" + std::to_string(people_.size() + 1)).first->second;
}

std::string Pseudonyms::username(std::string_view username) {
  auto name = person(username);  // also if it is shown, so that the numbers follow the order of the requests
  return hidden_ == Hidden::all ? name : std::string(username);
}

std::string Pseudonyms::email(std::string_view email, std::string_view username, scenario::EmailType type) {
  if (hidden_ == Hidden::none) return std::string(email);
  const auto known = base::lower(email);
  if (const auto found = emails_.find(known); found != emails_.end()) return found->second;
  const auto name = person(username);
  const auto domain = "@" + std::string(scenario::to_text(type)) + ".example";
  const auto n = ++emails_of_[name + domain];
  return emails_.emplace(known, name + (n > 1 ? "-" + std::to_string(n) : "") + domain).first->second;
}

// A sentence may end after the word.
std::string Pseudonyms::replaced(std::string_view word) {
  std::string_view end;
  while (!word.empty() && (word.back() == '.' || word.back() == '!')) {
    end = {word.data() + word.size() - 1, end.size() + 1};
    word.remove_suffix(1);
  }
  const auto decoded = base::lower(base::percent_decoded(word));
  const auto at = decoded.find('@', 1);
  std::string shown(word);
  if (const auto found = emails_.find(decoded); found != emails_.end())
    shown = found->second;
  else if (at != decoded.npos && at + 1 < decoded.size())
    shown = emails_[decoded] = "somebody-" + std::to_string(++somebodies_) + "@example.com";
  else if (const auto person = people_.find(decoded); hidden_ == Hidden::all && person != people_.end())
    shown = person->second;
  return shown.append(end);
}

std::string Pseudonyms::text(std::string_view text) {
  if (hidden_ == Hidden::none) return std::string(text);
  std::string shown;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size() && kWord.has(text[end])) ++end;
    if (end == 0)
      shown += text[end++];
    else
      shown += replaced(text.substr(0, end));
    text.remove_prefix(end);
  }
  return shown;
}

std::string Pseudonyms::json(const json_text::Value& value) {
  std::string out;
  switch (value.kind()) {
    case json_text::Kind::string:
      json_text::append_quoted(out, text(value.text()));
      return out;
    case json_text::Kind::array:
    case json_text::Kind::object:
      break;
    case json_text::Kind::null:
    case json_text::Kind::boolean:
    case json_text::Kind::number:
      return std::string(value.raw());
  }
  const bool is_object = value.is_object();
  out = is_object ? "{" : "[";
  for (const auto child : value.children()) {
    if (out.size() > 1) out += ',';
    if (is_object) {
      json_text::append_quoted(out, text(child.key()));
      out += ':';
    }
    out += json(child);
  }
  return out += is_object ? '}' : ']';
}

}  // namespace enrichment_mock::upstream
