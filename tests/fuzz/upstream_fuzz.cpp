// Tests what compare makes of responses of the real API. The first byte of the input chooses the status and the
// headers, the rest is the body. Every response has texts of one line, and the scenario that is made of it is valid.
#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "fuzz/require.h"
#include "scenario/loader.h"
#include "support/json.h"
#include "upstream/comparison_text.h"
#include "upstream/outline.h"

namespace enrichment_mock::fuzz {
namespace {

using namespace upstream;
using nlohmann::json;

void check_line(std::string_view text) {
  require(!base::find_invalid_utf8(text), "a text is UTF-8");
  require(std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
          "a text is one line");
}

HttpResponse response_of(std::string_view input) {
  constexpr std::string_view kTypes[] = {"application/json", "text/plain", "text/html; charset=utf-8", ""};
  const auto choice = input.empty() ? 0U : static_cast<unsigned char>(input.front());
  const std::string body(input.substr(std::min<std::size_t>(1, input.size())));
  HttpResponse response{choice & 4U ? 400 : 404, {}, body};
  if (const auto type = kTypes[choice & 3U]; !type.empty()) response.headers.emplace_back("content-type", type);
  if (choice & 8U) response.headers.emplace_back("Allow", body);
  if (choice & 16U) response.headers.emplace_back("Content-Encoding", body.substr(0, 8));
  if (choice & 32U) response = {302, {{"Location", body}}, body};
  response.is_cut = (choice & 64U) != 0;
  return response;
}

void check_response(std::string_view input) {
  const auto response = response_of(input);
  constexpr std::string_view kSent[] = {"enrichment-mock-compare"};
  constexpr std::string_view kNames[] = {"linkedin_url", "external_id"};
  const auto outlined = outline(response, kSent, true);
  for (const auto& text : {outlined, outline(response, {}, false), status_text(response), allow_text(response),
                           names_in(response, kNames)})
    check_line(text);
  text_member(response, "status");
  presence_of_member(response, "external_id");
  balance_in(response);

  Comparison comparison{.url = "https://api.example.com", .scenario = "default"};
  for (const auto& question : questions()) comparison.lines.push_back({&question, outlined, "something else"});
  comparison.refuses_other_keys = true;
  if (auto body = scripted_body(response)) comparison.error_bodies[404] = *std::move(body);
  for (const auto& line : comparison.lines) {
    const auto text = line_text(line);
    require(text.starts_with("differs  ") && text.ends_with('\n'), "a line says what it found");
    check_line(std::string_view(text).substr(0, text.size() - 1));
  }
  require(json::accept(to_json(comparison)), "the result is JSON");
  require(!base::find_invalid_utf8(summary_text(comparison)), "the summary is UTF-8");
  const auto loaded = scenario::load_text(scenario_text(comparison, "upstream", "today"), "upstream.json");
  require(std::holds_alternative<scenario::Scenario>(loaded), "the scenario is valid");
}

}  // namespace
}  // namespace enrichment_mock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  enrichment_mock::fuzz::check_response({reinterpret_cast<const char*>(data), size});
  return 0;
}
