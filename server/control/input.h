// What a control call says: its query and its JSON body, read strictly. What is wrong with it is thrown as one
// api::ApiError 400 that names every field.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/fields.h"
#include "net/message.h"

namespace enrichment_mock::control {

// No balance that a call names is higher.
inline constexpr std::int64_t kMostBalance = 1'000'000'000'000'000;

// The query's parameters, percent-decoded. One that is none of those a call knows is refused, and so is one that stands
// twice, except `wait`, `status` and `state`: these are lists, of the values between commas and of all that stand
// there.
class Query {
 public:
  Query(std::string_view query, std::span<const std::string_view> known);

  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::string> filled(std::string_view name) const;  // an empty value is refused
  std::vector<std::string> list(std::string_view name) const;      // of a list
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most) const;
  std::optional<base::Duration> duration(std::string_view name) const;

 private:
  std::multimap<std::string, std::string, std::less<>> parameters_;
};

// The body as a JSON object, with the scenario format's readers: comments are allowed, doubled and unknown keys are
// not.
//
//   Body body(request);
//   auto fields = body.fields();
//   fields.require("by", json_text::read_duration, by);
//   body.finish(fields);
class Body {
 public:
  // A blank body counts as {}. Throws when there is no JSON object.
  explicit Body(const net::Request& request);

  json_text::Fields fields() { return json_text::Fields(root()); }
  json_text::Value root() { return document_.root(); }

  // Refuses keys that nobody asked for; throws if anything was wrong.
  void finish(json_text::Fields& fields);

 private:
  json_text::Document document_;
};

// Of a call that takes no body: {} and a blank one are let pass, anything else is refused by its first key.
void expect_no_body(const net::Request& request);

// The reader of scenario files speaks of "the file".
void speak_of_body(std::span<json_text::Problem> problems);

// Reads a whole number from `least` to `most`, which is the value of a parameter; refuses anything else.
std::uint64_t read_number(std::string_view parameter, std::string_view text, std::uint64_t least, std::uint64_t most);

// 400, with what is wrong in one sentence each.
[[noreturn]] void refuse(std::span<const json_text::Problem> problems);
[[noreturn]] void refuse(std::string message);

}  // namespace enrichment_mock::control
