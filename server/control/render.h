// The control API's JSON. Durations are written as in scenario files, times as ISO 8601 in UTC.
#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/masking.h"
#include "json/writer.h"
#include "net/message.h"
#include "runner/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

using json_text::Array;
using json_text::null_if_empty;
using json_text::Object;

net::Response answer(int status, Json body);
net::Response answer(int status, std::initializer_list<json_text::Member> members);

// {"number","team","time","at","method","path","query","headers","body","status","answer","enrichment_id","rule","step",
//  "fault","reason"}; what there is none of is left out. Of a truncated body there is the beginning as a string, with
// "body_bytes" and "body_truncated", and "answer_bytes" and "answer_truncated" alike. `keys` masks the keys that must
// not be seen, as in all below; the call's own is masked, too.
Object render(const runner::JournalEntry& entry, std::string_view team_id, const KeyMasker& keys);

// What a poll shows, and "history":[{"at","status"}], "rule", "charged", "callback_ids".
Object render(const engine::Enrichment& enrichment, const engine::Team& team, const KeyMasker& keys);

// Whether that is its callback_url, with its userinfo or as it is shown, without it.
bool is_called_at(const engine::Enrichment& enrichment, std::string_view url);

// Where callbacks to a URL are sent instead, if anywhere.
using Rewritten = std::function<std::optional<std::string>(std::string_view url)>;

// {"id","enrichment_id","url","rewritten_url","state","body","attempts":[{"at","ended","status","error","latency_ms"}],
//  "due"}, and of a truncated body "body_bytes" and "body_truncated"
Object render(const engine::Callback& callback, const engine::Team& team, const Rewritten& rewritten,
              const KeyMasker& keys);

// {"at","kind","amount","balance","enrichment_id"}
Object render(const engine::Movement& movement);

// What fell due, each at the time at which it did: {"at","kind":"transition|callback|schedule",…}
Array render_fired(const engine::Events& fired);

// The same of one event, at the time at which it happened; an attempt has "attempt" and the callback's "state" as well.
Object render(const engine::Event& event);

// {"mode","scale","now"}
Object render(const runner::ClockView& clock);

// {"id","name","key","scenario","credits","requests","enrichments","forgotten","open"}
Object render_team(runner::TeamRunner& team);

// {"id","why"}
Array render(const std::vector<engine::OpenWork>& open);

// The scenario that is running, with how often each rule was followed: {"name","description","seed","rules":[…],
// "extra_rules":[…],"text"}
Object render_scenario(const engine::Team& team, const KeyMasker& keys);

// "2026-01-01T00:00:00.000Z"
std::string time_text(base::Instant at);

}  // namespace enrichment_mock::control
