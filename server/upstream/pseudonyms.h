// Replaces what identifies people in a recording. The same person always gets the same pseudonym. Not thread-safe.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "json/reader.h"
#include "scenario/model.h"

namespace enrichment_mock::upstream {

enum class Hidden : unsigned char { emails, all, none };
inline constexpr auto kHiddenWords =
    base::words<Hidden>({{Hidden::emails, "emails"}, {Hidden::all, "all"}, {Hidden::none, "none"}});

class Pseudonyms {
 public:
  explicit Pseudonyms(Hidden hidden) : hidden_(hidden) {}

  // "person-1" for the first person, if usernames are hidden. Usernames are given in lower case.
  std::string username(std::string_view username);

  // The email that a lookup has found for that username: "person-1@work.example". A second email of the same person and
  // type is "person-1-2@work.example". An address that two people share is the same for both.
  std::string email(std::string_view email, std::string_view username, scenario::EmailType type);

  // A text that was sent, such as an error message. Any address in it that is unknown becomes "somebody-1@example.com".
  std::string text(std::string_view text);

  // The same for each string of a JSON value, as JSON without blanks.
  std::string json(const json_text::Value& value);

 private:
  std::string person(std::string_view username);
  std::string replaced(std::string_view word);

  const Hidden hidden_;
  std::map<std::string, std::string, std::less<>> people_;  // by username
  std::map<std::string, std::string, std::less<>> emails_;  // by email in lower case
  std::map<std::string, std::size_t> emails_of_;            // how many, by pseudonym of the first
  std::size_t somebodies_ = 0;
};

}  // namespace enrichment_mock::upstream
