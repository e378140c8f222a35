#include "control/restore_values.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::control::restoring {

namespace {

using json_text::Fields;
using json_text::unexpected;
using json_text::Value;
using json_text::whole_number;

constexpr base::Duration kLongestPlan = 10 * base::kLongestDuration;  // of a status, with its jitter

// A name or a value of a header is one line.
bool is_line(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; }

std::optional<std::pair<std::string, std::string>> read_header(const Value& name_at, std::string_view name,
                                                               const Value& value) {
  if (name.empty() || !is_line(name) || name.find(": ") != name.npos) {
    name_at.problem("found " + json_text::in_quotes(name) + "; expected the name of a header");
  } else if (!value.is_string() || !is_line(value.text())) {
    unexpected(value, "the value of a header, one line of text");
  } else {
    return std::pair(std::string(name), std::string(value.text()));
  }
  return std::nullopt;
}

// A text that was not UTF-8 has U+FFFD for each byte that was wrong. It is wrong again, so that the text is not taken
// for one that was sent like that, and is not longer than it was.
std::string text_as_sent(std::string_view shown) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  for (;;) {
    const auto at = shown.find(kReplacement);
    text.append(shown.substr(0, at));
    if (at == shown.npos) return text;
    text += '\xFF';
    shown.remove_prefix(at + kReplacement.size());
  }
}

// The opposite of json_or_text(): a string is a text, unless it would be shown as the JSON that it contains. Blanks
// between the parts of JSON are left out: they may be of an editor.
std::string body_as_sent(const Value& value) {
  if (!value.is_string()) return json_text::compact(value);
  json_text::Document document(value.text(), {}, value.document().stop());
  const bool is_json = document.read(json_text::Syntax::strict) && document.duplicates().empty();
  return is_json ? std::string(value.raw()) : text_as_sent(value.text());
}

}  // namespace

std::optional<std::int64_t> read_credit_amount(const Value& value) {
  const auto amount = json_text::to_whole_number<std::int64_t>(value);
  if (amount && *amount >= -kMaxCredits && *amount <= kMaxCredits) return amount;
  unexpected(value, "a whole number from -2^62 to 2^62");
  return std::nullopt;
}

std::optional<engine::EnrichmentId> read_id(const Value& value) {
  const auto id = value.is_string() ? engine::parse_id(value.text()) : std::nullopt;
  if (!id) unexpected(value, "24 hex digits");
  return id;
}

std::optional<std::uint64_t> read_hash(const Value& value) {
  std::uint64_t hash = 0;
  const auto text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  if (text.size() == 16 && error == std::errc() && end == text.data() + text.size()) return hash;
  unexpected(value, "16 hex digits");
  return std::nullopt;
}

std::optional<scenario::StatusDuration> read_planned_duration(const Value& value) {
  if (value.is_object()) {
    int polls = 1;
    Fields fields(value);
    fields.require("polls", whole_number(1, 1'000'000), polls);
    fields.finish();
    return scenario::Polls{polls};
  }
  if (value.is_string() && value.text() == "forever") return scenario::Forever{};
  if (value.is_string())
    if (const auto duration = base::parse_duration(value.text(), kLongestPlan)) return *duration;
  unexpected(value, "a duration such as \"100ms\", {\"polls\": 1} or \"forever\"");
  return std::nullopt;
}

std::optional<std::string> read_raw(const Value& value) { return std::string(value.raw()); }

std::optional<std::string> read_profile_url(const Value& value) {
  const auto url = value.text();
  if (scenario::profile_username(url) || url.find("***#") != url.npos) return std::string(url);
  unexpected(value, "a linkedin.com/in/<username> URL");
  return std::nullopt;
}

void skip(Fields& fields, std::initializer_list<std::string_view> names) {
  for (const auto name : names) fields.find(name);
}

Value place_of(const Value& object, std::string_view name) { return object.member(name).value_or(object); }

std::optional<HeaderList> read_headers(const Value& value) {
  if (!value.is_object()) {
    unexpected(value, "an object with headers");
    return std::nullopt;
  }
  constexpr auto kMost = base::kMaxKeptHeaders / std::string_view("a: \n").size();
  if (value.size() > kMost) {
    unexpected(value, "at most " + std::to_string(kMost) + " headers");
    return std::nullopt;
  }
  HeaderList headers;
  for (const auto member : value.children())
    if (auto header = read_header(member, member.key(), member)) headers.push_back(*std::move(header));
  return headers;
}

std::optional<HeaderList> read_header_pairs(const Value& value) {
  return json_text::read_list(value, [](const Value& pair) -> std::optional<std::pair<std::string, std::string>> {
    if (!pair.is_array() || pair.size() != 2) {
      unexpected(pair, "an array with the name and the value of a header");
      return std::nullopt;
    }
    const auto name = *pair.children().begin(), content = *std::next(pair.children().begin());
    if (auto problem = scenario::forward_problem(name.text(), base::lower(name.text())); !problem.empty()) {
      name.problem(std::move(problem));
    } else if (!content.is_string() || std::ranges::any_of(content.text(), is_control)) {
      unexpected(content, "the value of a header, without control characters");
    } else {
      return std::pair(std::string(name.text()), std::string(content.text()));
    }
    return std::nullopt;
  });
}

std::string as_lines(const HeaderList& headers, std::string_view end) {
  std::string lines;
  for (const auto& [name, value] : headers) lines.append(name).append(": ").append(value).append(end);
  return lines;
}

KeptBody read_body(Fields& fields, std::string_view name, std::string_view bytes_name, std::string_view cut_name) {
  KeptBody body;
  std::optional<std::uint64_t> bytes;
  const bool has_bytes = fields.read(bytes_name, read_count, bytes);
  bool is_cut = false;
  fields.read(cut_name, json_text::read_boolean, is_cut);
  const auto value = fields.find(name);
  if (value) body.text = is_cut ? text_as_sent(value->text()) : body_as_sent(*value);
  body.bytes = body.text.size();
  if (!is_cut && has_bytes && value) fields.find(bytes_name)->problem("only a truncated body has its length here");
  if (!is_cut || !value) return body;
  if (!value->is_string()) unexpected(*value, "a string with the beginning of the body");
  if (bytes && *bytes > body.bytes)
    body.bytes = *bytes;
  else
    value->problem("the body is truncated; expected the member " + json_text::in_quotes(bytes_name) +
                   " with a number above " + std::to_string(body.bytes));
  return body;
}

std::string plural(std::uint64_t count, const std::string& word) {
  return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

}  // namespace enrichment_mock::control::restoring
