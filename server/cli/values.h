// What was given for a flag, read into members of the settings. A text that is not valid leaves its member as it is and
// becomes a problem, which names the flag or variable, the text and what was expected:
//   --port: "abc" is not valid: expected a number from 0 to 65535
#pragma once
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace enrichment_mock::cli {

// The text of a setting, and the flag or variable that it came from: "--port", "ENRICHMENT_MOCK_PORT".
struct FlagValue {
  std::string source, text;
};

using Problems = std::vector<std::string>;

std::string invalid(const FlagValue& value, std::string_view expected);

// "; did you mean "x"?", or nothing if no candidate is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// One flag's values. A setting that takes one value takes the last one given.
class FlagReader {
 public:
  // `given`: at least one, in the order given. Both outlive this.
  FlagReader(std::span<const FlagValue> given, Problems& problems) : given_(given), problems_(problems) {}

  // Each part between commas, blanks around it taken off.
  std::vector<FlagValue> parts() const;

  // The same for entries that may hold commas themselves: only variables, which have no other way, are split at commas.
  std::vector<FlagValue> entries() const;

  void read_text(std::string& member) const { member = last().text; }

  // true, 1, yes, on and their opposites, in any letter case; a switch given as a flag is "true".
  void read_bool(bool& member) const;

  // Decimal digits only, no sign.
  template <class Number>
  void read_number(Number& member, std::uint64_t least, std::uint64_t most) const {
    if (const auto number = number_within(least, most)) member = static_cast<Number>(*number);
  }
  template <class Number>
  void read_number(std::optional<Number>& member, std::uint64_t least, std::uint64_t most) const {
    if (const auto number = number_within(least, most)) member = static_cast<Number>(*number);
  }

  // A decimal number without sign and exponent: "10", "0.5".
  void read_factor(std::optional<double>& member, double least, double most) const;

  // A number of bytes, or of so many KB, MB or GB of 1024 each: "16MB". `least` is a whole number of KB.
  void read_size(std::size_t& member, std::size_t least) const;

  // The value that stands beside the word that was given.
  template <class Value>
  void read_choice(Value& member,
                   std::initializer_list<std::pair<std::string_view, std::type_identity_t<Value>>> choices) const {
    std::vector<std::string> words;
    for (const auto& [word, value] : choices) {
      words.emplace_back(word);
      if (last().text != word) continue;
      member = value;
      return;
    }
    refuse_word(words);
  }

  // A time as scenario files write it, above zero; parts of a millisecond are rounded up.
  template <class Time>
  void read_time(Time& member) const {
    if (const auto time = time_above_zero()) member = *time;
  }

  // An address or a name to listen on, without scheme and port. IPv6 may stand in brackets, which are taken off.
  void read_host(std::string& member) const;
  void read_hosts(std::vector<std::string>& member) const;  // the parts

  // http:// or https:// with a host and at most a port after it, no path; a slash at the end is taken off.
  void read_base_url(std::string& member) const;

  // What callbacks may reach, in parts: a host, an address, a CIDR range, or "all".
  void read_targets(std::vector<std::string>& member) const;

  // FROM=TO, two URLs, in entries.
  void read_rewrites(std::vector<std::string>& member) const;

  // Secrets, which no problem shows. A token: visible ASCII; an API key: what a header can carry.
  void read_token(std::string& member) const;
  void read_key(std::string& member) const;

  // A file that can be read and holds a PEM certificate.
  void read_certificates(std::string& member) const;

 private:
  const FlagValue& last() const { return given_.back(); }
  std::optional<std::uint64_t> number_within(std::uint64_t least, std::uint64_t most) const;
  std::optional<std::chrono::milliseconds> time_above_zero() const;
  std::optional<std::string> host_of(const FlagValue& value) const;
  void refuse_word(std::span<const std::string> words) const;

  const std::span<const FlagValue> given_;
  Problems& problems_;
};

}  // namespace enrichment_mock::cli
