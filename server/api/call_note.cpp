#include "api/call_note.h"

#include <chrono>

#include "runner/key_mask.h"
#include "scenario/words.h"

namespace enrichment_mock::api {

namespace {

void append_headers(std::string& to, const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    to.append(name).append(": ");
    if (runner::is_secret_name(name))
      to += runner::mask_key(value);
    else
      to += value;
    to += '\n';
  }
}

// It followed none, and was not turned away before them: what they do not answer, only a lack of credits refuses.
bool came_past_the_rules(const CallNote& note, int status) {
  return !note.rule && note.matched && (status < 400 || status == 402);
}

// Which of them was the nearest is worked out once somebody asks; nearly every call follows none.
void keep_rules(journal::Entry& entry, const CallScene& scene) {
  const auto& extra = scene.extra_rules->all();
  if (!extra.empty()) {
    auto rules = std::make_shared<std::vector<scenario::Rule>>();
    for (const auto& each : extra)
      if (each.left > 0) rules->push_back(each.rule);
    entry.extra_rules = std::move(rules);
  }
  if (!extra.empty() || !(*scene.scenario)->rules.empty()) entry.scenario = *scene.scenario;
}

}  // namespace

void record(journal::Journal& journal, const http::Request& request, const http::Response& response,
            const CallNote& note, const CallScene& scene, journal::Entry* copy) {
  journal.record([&](journal::Entry& entry) {
    entry.real_at = std::chrono::floor<scenario::Duration>(std::chrono::system_clock::now());
    entry.at = scene.at;
    entry.method = request.method;
    entry.target = request.target;
    append_headers(entry.headers, request);
    entry.key = request.header("x-api-key");
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
    if (scene.scenario && came_past_the_rules(note, response.status)) keep_rules(entry, scene);
    if (copy) *copy = entry;
  });
}

}  // namespace enrichment_mock::api
