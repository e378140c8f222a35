// Readers of the values in a snapshot: numbers within limits, ids, headers, bodies. What is wrong becomes a problem of
// the document.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "engine/id.h"
#include "json/fields.h"
#include "scenario/model.h"

namespace enrichment_mock::control::restoring {

inline constexpr std::uint64_t kMaxCount = (std::uint64_t{1} << 53) - 1;  // every JSON reader keeps it
inline constexpr std::int64_t kMaxCredits = std::int64_t{1} << 62;
inline constexpr std::uint64_t kMaxRecords = 10'000'000'000;  // that a team has ever had

inline const auto read_count = json_text::whole_number<std::uint64_t>(0, kMaxCount);
inline const auto read_seed = json_text::whole_number<std::uint64_t>(0, UINT64_MAX);
inline const auto read_small_count = json_text::whole_number<std::uint32_t>(0, UINT32_MAX);
inline const auto read_record_number = json_text::whole_number<std::uint64_t>(0, kMaxRecords);

// A reader that also takes null: then its result is empty inside.
template <class Reader>
auto or_null(Reader reader) {
  return [reader](const json_text::Value& value) {
    using Inner = decltype(reader(value));
    if (value.kind() == json_text::Kind::null) return std::optional<Inner>(Inner());
    auto read = reader(value);
    return read ? std::optional<Inner>(std::move(read)) : std::nullopt;
  };
}

std::optional<std::int64_t> read_credit_amount(const json_text::Value& value);
std::optional<engine::EnrichmentId> read_id(const json_text::Value& value);
std::optional<std::uint64_t> read_hash(const json_text::Value& value);  // 16 hex digits
std::optional<scenario::StatusDuration> read_planned_duration(const json_text::Value& value);
std::optional<std::string> read_raw(const json_text::Value& value);  // its source text

// As in a request, or with a masked key in it, which may be anywhere.
std::optional<std::string> read_profile_url(const json_text::Value& value);

// Names of headers and their values.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

// An object with the names of headers and their values.
std::optional<HeaderList> read_headers(const json_text::Value& value);

// Pairs of the name and the value of a header that callbacks carry on.
std::optional<HeaderList> read_header_pairs(const json_text::Value& value);

// `name: value` and `end` for each.
std::string as_lines(const HeaderList& headers, std::string_view end);

// A body with its members <name>_bytes and <name>_truncated.
struct KeptBody {
  std::string text;
  std::size_t bytes = 0;
};
KeptBody read_body(json_text::Fields& fields, std::string_view name, std::string_view bytes_name,
                   std::string_view cut_name);

// Values that follow from others, so that they are not needed.
void skip(json_text::Fields& fields, std::initializer_list<std::string_view> names);

// A member, or the object itself if it has no such member.
json_text::Value place_of(const json_text::Value& object, std::string_view name);

// A problem at a member: its number is not the one that follows from the rest.
template <class Found>
void differs(const json_text::Value& object, std::string_view name, Found found, Found expected, std::string_view why) {
  place_of(object, name)
      .problem("found " + std::to_string(found) + "; expected " + std::to_string(expected) + ", " + std::string(why));
}

std::string plural(std::uint64_t count, const std::string& word);

}  // namespace enrichment_mock::control::restoring
