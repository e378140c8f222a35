// Reads the query and the JSON body of a control call strictly. Errors are thrown as one api::ApiError 400 that names
// every field.
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

// The parameters of the query, percent-decoded. Unknown parameters are refused, and so are duplicates, except `wait`,
// `status`, `state` and `ignore`: these are lists. Their values may be separated by commas or given in several
// parameters.
class Query {
 public:
  Query(std::string_view query, std::span<const std::string_view> known);

  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::string> filled(std::string_view name) const;  // refuses an empty value
  std::vector<std::string> list(std::string_view name) const;      // for list parameters
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most) const;
  std::optional<base::Duration> duration(std::string_view name) const;

 private:
  std::multimap<std::string, std::string, std::less<>> parameters_;
};

// The body as a JSON object, read like a scenario file: comments are allowed; duplicate and unknown keys are not.
//
//   Body body(request);
//   auto fields = body.fields();
//   fields.require("by", json_text::read_duration, by);
//   body.finish(fields);
class Body {
 public:
  // A blank body counts as {}. Throws if the body is not a JSON object.
  // A body for which `stop` is not null may be large: see json_text::Document.
  explicit Body(const net::Request& request, json_text::Syntax syntax = json_text::Syntax::with_comments,
                std::size_t max_depth = json_text::kMaxDepth, const std::atomic<bool>* stop = nullptr);

  json_text::Fields fields() { return json_text::Fields(root()); }
  json_text::Value root() { return document_.root(); }

  // Refuses keys that were not read. Throws if there are problems.
  void finish(json_text::Fields& fields);

  // Throws if there are problems.
  void finish();

 private:
  json_text::Document document_;
};

// For a call that takes no body: accepts {} and a blank body. Anything else is refused; the message names the first
// key.
void expect_no_body(const net::Request& request);

// Replaces "the file" in the messages of the scenario reader by "the body".
void rename_file_to_body(std::span<json_text::Problem> problems);

// Reads the value of a parameter as a whole number from `least` to `most`; refuses anything else.
std::uint64_t read_number(std::string_view parameter, std::string_view text, std::uint64_t least, std::uint64_t most);

// Throws 400 with one sentence per problem.
[[noreturn]] void refuse(std::span<const json_text::Problem> problems);
[[noreturn]] void refuse(std::string message);

}  // namespace enrichment_mock::control
