#include "json/nlohmann.h"

#include <nlohmann/json.hpp>

namespace enrichment_mock::json_text {

namespace {

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

}  // namespace

std::string quoted(std::string_view text) { return nlohmann::json(text).dump(-1, ' ', false, kReplace); }

std::string quoted_in_ascii(std::string_view text) { return nlohmann::json(text).dump(-1, ' ', true, kReplace); }

std::string number_text(double number) { return nlohmann::json(number).dump(); }

std::optional<double> nearest_double(std::string_view number) {
  const auto read = nlohmann::json::parse(number, nullptr, false);
  return read.is_number() ? std::optional(read.get<double>()) : std::nullopt;
}

std::string syntax_error_of(std::string_view text) {
  try {
    const auto accepted = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    const std::string_view what = error.what();  // "[json.exception.parse_error.101] parse error at …"
    return std::string(what.substr(what.find("] ") + 2));
  }
  return "";
}

}  // namespace enrichment_mock::json_text
