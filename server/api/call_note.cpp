#include "api/call_note.h"

#include <chrono>

#include "runner/key_mask.h"
#include "scenario/words.h"

namespace enrichment_mock::api {

namespace {

bool is_secret(std::string_view header) {
  return http::same_text(header, "x-api-key") || http::same_text(header, "authorization") ||
         http::same_text(header, "cookie") || http::same_text(header, "proxy-authorization");
}

void append_headers(std::string& to, const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    to.append(name).append(": ");
    if (is_secret(name))
      to += runner::mask_key(value);
    else
      to += value;
    to += '\n';
  }
}

}  // namespace

void record(journal::Journal& journal, const http::Request& request, const http::Response& response,
            const CallNote& note, engine::Instant at, journal::Entry* copy) {
  journal.record([&](journal::Entry& entry) {
    entry.real_at = std::chrono::floor<scenario::Duration>(std::chrono::system_clock::now());
    entry.at = at;
    entry.method = request.method;
    entry.target = request.target;
    append_headers(entry.headers, request);
    entry.body = request.body;
    entry.status = response.status;
    entry.answer = response.body;
    entry.fault = scenario::to_text(note.fault);
    if (note.rule) {
      entry.rule = note.rule->name;
      entry.step = note.rule->step;
    }
    if (note.enrichment) entry.enrichment_id = to_text(*note.enrichment);
    entry.matched = note.matched;
    entry.reason = note.reason;
    if (copy) *copy = entry;
  });
}

}  // namespace enrichment_mock::api
