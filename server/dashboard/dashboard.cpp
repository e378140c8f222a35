#include "dashboard/dashboard.h"

#include <array>
#include <openssl/sha.h>
#include <utility>

#include "api/error.h"
#include "base/version.h"
#include "dashboard/page_files.h"

namespace enrichment_mock::dashboard {

namespace {

constexpr std::string_view kBare = "/__admin", kPage = "/__admin/", kFiles = "/__admin/dashboard/";

// Only resources of this server are allowed, and no page may embed the dashboard in a frame.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view content_type_of(std::string_view extension) {
  if (extension == ".html") return "text/html; charset=utf-8";
  if (extension == ".css") return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

// An ETag, with its quotes.
std::string tag_of(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string tag = "\"";
  for (std::size_t i = 0; i < 8; ++i) tag.append({kDigits[digest[i] >> 4], kDigits[digest[i] & 15]});
  return tag + '"';
}

std::vector<std::pair<std::string, std::string>> headers_with(std::string tag) {
  return {{"Cache-Control", "no-cache"},
          {"ETag", std::move(tag)},
          {"Content-Security-Policy", kPolicy},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"}};
}

net::Response error_response(const api::ApiError& error) {
  return {.status = error.status, .body = api::error_body(error.status, error.message), .headers = error.headers};
}

// A browser, or a script that waits for the server, may request / without a key.
bool is_greeted(const net::Request& request) {
  const auto key = request.header("x-api-key");
  return request.path == "/" && net::is_read(request) && key.find_first_not_of(" \t") == key.npos;
}

net::Response greeting(const net::Request& request) {
  const bool is_browser = request.header("accept").find("text/html") != std::string_view::npos;
  const std::string what =
      "This is enrichment-mock " + std::string(base::version()) + ", a local emulator of an e-mail enrichment API.";
  const std::string text = what +
                           "\n\nDashboard:    /__admin/\nControl API:  /__admin/openapi.json\nEmulated API: "
                           "/v1/api/enrichment/, with the header x-api-key\n";
  const std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>enrichment-mock</title>\n"
      "<link rel=\"icon\" href=\"data:,\">\n<p>" +
      what +
      "</p>\n<ul>\n<li>Dashboard: <a href=\"__admin/\">/__admin/</a></li>\n"
      "<li>Control API: <a href=\"__admin/openapi.json\">/__admin/openapi.json</a></li>\n"
      "<li>Emulated API: /v1/api/enrichment/, with the header x-api-key</li>\n</ul>\n</html>\n";
  return {.body = is_browser ? page : text,
          .content_type = is_browser ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
          .headers = {{"Cache-Control", "no-store"},
                      {"Vary", "Accept"},
                      {"Content-Security-Policy", kPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

Dashboard::Dashboard() {
  for (const auto& [name, text, extension] : page_files()) {
    const bool is_page = name == "index" && extension == ".html";
    const auto path = is_page ? std::string(kPage) : std::string(kFiles).append(name).append(extension);
    files_.emplace(path, File{text, content_type_of(extension), tag_of(text)});
  }
}

bool Dashboard::owns(const net::Request& request) {
  const auto path = request.path;
  return path == kBare || path == kPage || path.starts_with(kFiles) || is_greeted(request);
}

net::Response Dashboard::handle(const net::Request& request) const {
  try {
    return is_greeted(request) ? greeting(request) : answer(request);
  } catch (const api::ApiError& error) {
    return error_response(error);
  }
}

net::Response Dashboard::answer(const net::Request& request) const {
  const auto found = files_.find(request.path);
  const bool is_bare = request.path == kBare;
  if (found == files_.end() && !is_bare) throw api::no_such_route(request.method, request.path);
  if (!net::is_read(request)) throw api::wrong_method(request.method, request.path, net::kReadMethods);
  if (is_bare) return {.status = 302, .headers = {{"Location", std::string(kPage)}, {"Cache-Control", "no-store"}}};
  const auto& file = found->second;
  auto headers = headers_with(file.tag);
  if (request.header("if-none-match") == file.tag) return {.status = 304, .headers = std::move(headers)};
  return {.body = std::string(file.text), .content_type = file.content_type, .headers = std::move(headers)};
}

}  // namespace enrichment_mock::dashboard
