// Reads the values of a flag into members of the settings. An invalid text does not change its member. It adds a
// problem that names the flag or variable, the text and what was expected:
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

// The text of a setting and its source, a flag or a variable: "--port", "ENRICHMENT_MOCK_PORT".
struct FlagValue {
  std::string source, text;
};

using Problems = std::vector<std::string>;

std::string invalid(const FlagValue& value, std::string_view expected);

// "; did you mean "x"?", or an empty text if no candidate is similar.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// The values of one flag. A setting with a single value takes the last one.
class FlagReader {
 public:
  // `given`: at least one value, in the order given. Both must outlive this object.
  FlagReader(std::span<const FlagValue> given, Problems& problems) : given_(given), problems_(problems) {}

  // The parts between commas, without surrounding blanks.
  std::vector<FlagValue> parts() const;

  // For entries that may contain commas: the values of flags are not split. Variables are, since they cannot repeat.
  std::vector<FlagValue> entries() const;

  void read_text(std::string& member) const { member = last().text; }

  // true, 1, yes, on and their opposites, in any letter case. A switch without a value is "true".
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

  // A decimal number without sign or exponent: "10", "0.5".
  void read_factor(std::optional<double>& member, double least, double most) const;

  // A number of bytes, or of KB, MB or GB (factor 1024): "16MB". `least` is a multiple of 1 KB.
  void read_size(std::size_t& member, std::size_t least) const;

  // The value paired with the given word.
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

  // A duration above zero, written as in scenario files, rounded up to milliseconds.
  template <class Time>
  void read_time(Time& member) const {
    if (const auto time = time_above_zero()) member = *time;
  }

  // An address or a host name, without scheme and port. Brackets around IPv6 are removed.
  void read_host(std::string& member) const;
  void read_hosts(std::vector<std::string>& member) const;  // uses parts()

  // http:// or https://, a host and an optional port; no path. A trailing slash is removed.
  void read_base_url(std::string& member) const;

  // Targets that callbacks may reach: hosts, addresses, CIDR ranges, or "all". Uses parts().
  void read_targets(std::vector<std::string>& member) const;

  // FROM=TO, two URLs. Uses entries().
  void read_rewrites(std::vector<std::string>& member) const;

  // Secrets: problems do not show the text. A token is visible ASCII; an API key is any valid header value.
  void read_token(std::string& member) const;
  void read_key(std::string& member) const;

  // A readable file that contains a PEM certificate.
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
