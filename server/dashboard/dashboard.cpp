#include "dashboard/dashboard.h"

#include <array>
#include <openssl/sha.h>
#include <utility>

#include "api/error.h"
#include "dashboard/page_files.h"

namespace enrichment_mock::dashboard {

namespace {

constexpr std::string_view kBare = "/__admin", kPage = "/__admin/", kFiles = "/__admin/dashboard/";

// Everything is this server's own, and nothing may frame it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view content_type_of(std::string_view extension) {
  if (extension == ".html") return "text/html; charset=utf-8";
  if (extension == ".css") return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

// Quoted, as the header has it.
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

net::Response refused(const api::ApiError& error) {
  return {.status = error.status, .body = api::error_body(error.status, error.message), .headers = error.headers};
}

}  // namespace

Dashboard::Dashboard(control::GuardSettings settings) : guard_{.hosts = std::move(settings.hosts)} {
  for (const auto& [name, text, extension] : page_files()) {
    const bool is_page = name == "index" && extension == ".html";
    const auto path = is_page ? std::string(kPage) : std::string(kFiles).append(name).append(extension);
    files_.emplace(path, File{text, content_type_of(extension), tag_of(text)});
  }
}

bool Dashboard::owns(std::string_view path) { return path == kBare || path == kPage || path.starts_with(kFiles); }

net::Response Dashboard::handle(const net::Request& request) const {
  try {
    if (const auto why = control::refusal(request, guard_)) throw *why;
    return answer(request);
  } catch (const api::ApiError& error) {
    return refused(error);
  }
}

net::Response Dashboard::answer(const net::Request& request) const {
  const auto found = files_.find(request.path);
  const bool is_bare = request.path == kBare;
  if (found == files_.end() && !is_bare) throw api::no_such_route(request.method, request.path);
  if (request.method != "GET" && request.method != "HEAD")
    throw api::wrong_method(request.method, request.path, "GET, HEAD");
  if (is_bare) return {.status = 302, .headers = {{"Location", std::string(kPage)}, {"Cache-Control", "no-store"}}};
  const auto& file = found->second;
  auto headers = headers_with(file.tag);
  if (request.header("if-none-match") == file.tag) return {.status = 304, .headers = std::move(headers)};
  return {.body = std::string(file.text), .content_type = file.content_type, .headers = std::move(headers)};
}

}  // namespace enrichment_mock::dashboard
