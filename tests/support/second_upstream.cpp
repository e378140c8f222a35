#include "support/second_upstream.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace enrichment_mock::support {
namespace {

using nlohmann::json;

const std::string kRequests = "/v1/api/enrichment/email", kCredits = "/v1/api/enrichment/credits";

// The first key of the text that is twice in its object; empty: there is none.
std::string key_twice(const std::string& text) {
  std::vector<std::set<std::string>> open;
  std::string twice;
  const auto callback = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second) twice = value;
    return true;
  };
  const auto parsed = json::parse(text, callback, false);
  return parsed.is_discarded() ? "" : twice;
}

std::size_t depth_of(const json& value) {
  std::size_t deepest = 0;
  for (const auto& each : value)
    if (each.is_structured()) deepest = std::max(deepest, depth_of(each));
  return deepest + 1;
}

std::string header(const ReceivedRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (base::same_text(key, name)) return value;
  return "";
}

bool has_header(const ReceivedRequest& request, std::string_view name) {
  return std::ranges::any_of(request.headers, [&](const auto& each) { return base::same_text(each.first, name); });
}

// UTF-16 code units, as JavaScript counts.
std::size_t code_units(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    count += byte >= 0xF0 ? 2 : (byte & 0xC0) == 0x80 ? 0 : 1;
  }
  return count;
}

std::string error_word(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Error";
  }
}

}  // namespace

SecondUpstream::SecondUpstream(std::set<std::string> planted, std::int64_t balance)
    : planted_(std::move(planted)), balance_(balance), receiver_([this](Peer& peer) {
        const auto request = peer.read_request();
        if (!request) return;
        const auto answer = respond(*request);
        const auto body = request->method == "HEAD" || answer.body.is_null() ? "" : answer.body.dump();
        peer.send("HTTP/1.1 " + std::to_string(answer.status) + " Status\r\nContent-Type: application/json\r\n" +
                  answer.headers + "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
                  body);
      }) {}

std::int64_t SecondUpstream::balance() const {
  const std::lock_guard lock(mutex_);
  return balance_;
}

SecondUpstream::Answer SecondUpstream::refuse(int status, const std::string& message,
                                              const std::string& headers) const {
  if (has("error-as-code")) return {status, {{"code", "E" + std::to_string(status)}, {"request", "r-1"}}, headers};
  json body{{"statusCode", status}, {"message", message}, {"error", error_word(status)}};
  if (status == 400 && has("messages-as-list")) body["message"] = json::array({message});
  if (status == 401 && has("key-in-401")) body["message"] = std::string("not the key ") + kKey;
  return {status, body, headers};
}

SecondUpstream::Answer SecondUpstream::respond(const ReceivedRequest& request) {
  const std::lock_guard lock(mutex_);
  if (has("busy") && busy_++ % 2 == 0) return {429, {{"message", "later"}}, "Retry-After: 0\r\n"};
  if (has("spend-fails") && request.body.find("/in/janedoe") != std::string::npos)
    return refuse(503, "later", "Retry-After: 0\r\n");
  const auto key = header(request, "x-api-key");
  const bool is_blank = key.find_first_not_of(" \t") == key.npos;
  const bool knows_route = request.target.starts_with("/v1/api/enrichment/email") || request.target == kCredits;
  if (has("route-before-key") && !knows_route) return refuse(404, "Cannot GET " + request.target);
  if (is_blank && !(has("blank-key-accepted") && has_header(request, "x-api-key")))
    return refuse(401, "Missing API key: send it in the header x-api-key");
  if (has("other-keys-refused") && !is_blank && key != kKey) return refuse(401, "Wrong key");
  if (has("no-key-is-accepted")) return refuse(401, "Wrong key");
  return route(request);
}

SecondUpstream::Answer SecondUpstream::route(const ReceivedRequest& request) {
  const auto& method = request.method;
  auto path = request.target.substr(0, request.target.find('?'));
  if (has("slash-ignored") && path.ends_with('/')) path.pop_back();
  if (has("letter-case-ignored") && base::same_text(path, kCredits)) path = kCredits;
  const bool reads = method == "GET" || (method == "HEAD" && !has("no-head"));
  const auto wrong = [&](const std::string& allowed) {
    if (method == "GET" && has("wrong-method-is-404")) return refuse(404, "Cannot " + method + " " + path);
    return refuse(405, method + " is not allowed", has("no-allow") ? "" : "Allow: " + allowed + "\r\n");
  };
  if (path == kCredits) {
    if (!reads) return wrong("GET, HEAD");
    const auto shown = has("balance-as-text") ? json(std::to_string(balance_)) : json(balance_);
    return {200, has("no-balance") ? json{{"ok", true}} : json{{"balance", shown}}};
  }
  if (path == kRequests) return method == "POST" ? accept(request) : wrong("POST");
  if (path.starts_with(kRequests + "/")) return reads ? poll(path.substr(kRequests.size() + 1)) : wrong("HEAD, GET");
  return refuse(404, "Cannot " + method + " " + path);
}

SecondUpstream::Answer SecondUpstream::accept(const ReceivedRequest& request) {
  auto text = request.body;
  auto type = header(request, "Content-Type");
  type = type.substr(0, type.find(';'));
  const auto parsed = json::parse(text, nullptr, false);
  if (has("json-before-content") && parsed.is_discarded()) return refuse(400, "not JSON");
  if (!has("any-content-type") && has_header(request, "Content-Type") && type != "application/json")
    return refuse(415, "Content-Type");
  if (has("content-type-required") && type.empty()) return refuse(415, "Content-Type");
  if (has_header(request, "Content-Encoding")) return refuse(415, "Content-Encoding");
  if (text.size() > (has("100-kb") ? 100U * 1024 : 1024U * 1024)) return refuse(413, "too large");
  if (has("bom-refused") && text.starts_with("\xEF\xBB\xBF")) return refuse(400, "byte order mark");
  if (parsed.is_discarded() || !parsed.is_object()) return refuse(400, "not a JSON object");
  if (!has("key-twice") && !key_twice(text).empty()) return refuse(400, key_twice(text) + " is there twice");
  if (!has("any-depth") && depth_of(parsed) > 64) return refuse(400, "too deep");
  if (auto refused = validate(parsed); refused.status != 201) return refused;
  if (balance_ == 0) return refuse(402, "Insufficient enrichment credits");
  std::string id = std::to_string(lookups_.size());
  id = std::string(24 - id.size(), '0') + id;
  lookups_[id].request = parsed;
  if (has("charged-at-once")) --balance_;
  json body{{"_id", id}, {"status", "pending"}, {"linkedin_url", parsed["linkedin_url"]}};
  if (has("external-id-in-201") && parsed.contains("external_id")) body["external_id"] = parsed["external_id"];
  if (has("no-id-in-201")) body.erase("_id");
  return {201, body};
}

SecondUpstream::Answer SecondUpstream::validate(const json& body) const {
  std::vector<std::string> problems;
  const auto check = [&](const char* name, bool required, auto is_valid, const char* rule) {
    const auto found = body.find(name);
    if (found == body.end() || (found->is_null() && !has("null-refused"))) {
      if (required) problems.push_back(std::string(name) + " is required");
    } else if (!found->is_string() || !is_valid(found->template get<std::string>())) {
      problems.push_back(std::string(name) + " " + rule);
    }
  };
  check(
      "linkedin_url", true, [&](const std::string& url) { return is_profile(url); }, "must be a profile");
  check(
      "type", !has("type-optional"), [](const std::string& type) { return type == "work" || type == "personal"; },
      "must be work or personal");
  check(
      "callback_url", false,
      [&](const std::string& url) { return url.starts_with("http") || (has("ftp") && url.starts_with("ftp:")); },
      "must be a URL");
  check(
      "external_id", false,
      [&](const std::string& id) { return (has("code-units") ? code_units(id) : base::count_code_points(id)) <= 256; },
      "is too long or no text");
  if (has("unknown-field-refused") && body.contains("enrichment_mock"))
    problems.push_back("enrichment_mock is unknown");
  if (problems.empty()) return {201};
  std::string message = problems.front();
  for (std::size_t i = 1; i < problems.size() && !has("first-problem-only"); ++i) message += "; " + problems[i];
  return refuse(400, message);
}

bool SecondUpstream::is_profile(const std::string& url) const {
  auto text = base::lower(url);
  if (text.size() > 2048 && !has("long-url")) return false;
  if (has("scheme-optional") && text.starts_with("www.")) text.insert(0, "https://");
  const auto scheme = text.starts_with("https://") ? 8U : text.starts_with("http://") && !has("https-only") ? 7U : 0U;
  if (scheme == 0) return false;
  const auto slash = std::min(text.find('/', scheme), text.size());
  auto host = text.substr(scheme, slash - scheme);
  if (has("port-accepted") && host.ends_with(":443")) host.resize(host.size() - 4);
  if (has("other-domain-accepted") && host.starts_with("linkedin.com.")) host = "linkedin.com";
  const bool is_host = host == "linkedin.com" || host == "www.linkedin.com" ||
                       (!has("www-only") && host.ends_with(".linkedin.com") && host.find_first_of("@:") == host.npos);
  if (!is_host || (has("letter-case-of-hosts") && url.find("LinkedIn") != url.npos)) return false;
  auto path = text.substr(slash);
  path = path.substr(0, path.find_first_of("?#"));
  if (path.ends_with('/') && path != "/in/" && !has("no-slash-in-urls")) path.pop_back();
  return path.starts_with("/in/") && path.size() > 4 && path.find('/', 4) == path.npos;
}

SecondUpstream::Answer SecondUpstream::poll(const std::string& id) {
  if (has("malformed-id-is-400") && id == "abc") return refuse(400, "malformed id");
  const auto found = lookups_.find(id);
  if (found == lookups_.end())
    return refuse(has("unknown-id-is-410") && id.size() == 24 ? 410 : 404,
                  "No enrichment request found for the given id");
  if (has("poll-fails-once") && failed_polls_++ == 0) return refuse(500, "once");
  auto& [request, polls] = found->second;
  const auto url = request["linkedin_url"].get<std::string>();
  if (++polls == 1 || has("never-ends")) {
    json body{{"_id", id}, {"status", polls == 1 ? "pending" : "processing"}, {"linkedin_url", url}};
    if (has("created-at")) body["created_at"] = "2026-01-01";
    return {200, body};
  }
  const auto type = request.value("type", "work");
  const bool exists = url.find("not-found__") == url.npos;
  if (polls == 2 && !has("charged-at-once")) balance_ -= exists || has("not-found-costs") ? 1 : 0;
  if (polls > 2 && has("polls-cost")) --balance_;
  json body{{"_id", id}, {"status", exists ? "completed" : "not-found"}, {"enrichment_type", type + "_email"}};
  body["linkedin_url"] = url;
  if (exists)
    body["email"] =
        has("email-as-text") ? json("jane@example.com") : json{{"email", "jane@example.com"}, {"type", type}};
  else if (!has("not-found-without-email"))
    body["email"] = nullptr;
  if (request.contains("external_id") || has("external-id-as-null"))
    body["external_id"] = request.value("external_id", json());
  if (body.contains("external_id") && body["external_id"].is_null() && !has("external-id-as-null"))
    body.erase("external_id");
  return {200, body};
}

}  // namespace enrichment_mock::support
