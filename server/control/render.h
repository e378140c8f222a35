// The JSON of the control API. Durations are written as in scenario files, times as ISO 8601 in UTC.
#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/masking.h"
#include "json/writer.h"
#include "net/message.h"
#include "runner/journal.h"
#include "runner/sink.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

using json_text::Array;
using json_text::null_if_empty;
using json_text::Object;

net::Response answer(int status, Json body);
net::Response answer(int status, std::initializer_list<json_text::Member> members);

// How times are shown: with milliseconds, or with microseconds, too, if they have any, so that they can be read again.
enum class Times : bool { milliseconds, exact };

// {"number","team","time","at","method","path","query","headers","body","status","answer","enrichment_id","rule","step",
//  "fault","reason"}; absent values are left out. A truncated body is shown as a string with its beginning, with
// "body_bytes" and "body_truncated", or "answer_bytes" and "answer_truncated". `keys` masks API keys, as in all
// functions below; the key of the call is masked, too.
Object render(const runner::JournalEntry& entry, std::string_view team_id, const KeyMasker& keys,
              Times times = Times::milliseconds);

// {"number","team","time","method","path","query","headers","body","status","enrichment_id","callback_id","attempt"}
// like a JournalEntry; `team` and the last three only for a callback of the mock.
Object render(const runner::SinkEntry& entry, const KeyMasker& keys);

// The headers of an entry. A repeated one is listed once, with all its values.
std::vector<std::pair<std::string, std::string>> listed_headers(std::string_view lines, const KeyMasker& keys);

// The query with the values of all parameters with secret names masked.
std::string masked_query(std::string_view query);

// The fields of a poll, and "history":[{"at","status"}], "rule", "charged", "callback_ids".
Object render(const engine::Enrichment& enrichment, const engine::Team& team, const KeyMasker& keys,
              Times times = Times::milliseconds);

// Whether `url` is the enrichment's callback_url, with or without its userinfo.
bool has_callback_url(const engine::Enrichment& enrichment, std::string_view url);

// The URL to which --callback-rewrite sends callbacks; nothing: it does not change the URL.
using Rewritten = std::function<std::optional<std::string>(std::string_view url)>;

// {"id","enrichment_id","url","rewritten_url","state","body","attempts":[{"at","ended","status","error","latency_ms",
//  "request":{"headers","body"},"response":{"status","headers","body"}}],"due"}, and for a truncated body "body_bytes"
//  and
// "body_truncated". `journal`: of the team, with what was sent and received.
Object render(const engine::Callback& callback, const engine::Team& team, const runner::Journal& journal,
              const Rewritten& rewritten, const KeyMasker& keys, Times times = Times::milliseconds);

// {"at","kind","amount","balance","enrichment_id"}
Object render(const engine::Movement& movement, Times times = Times::milliseconds);

// Events with the times at which they were due: {"at","kind":"transition|callback|schedule",…}
Array render_fired(const engine::Events& fired);

// One event with the time at which it happened and its team, without its kind. An attempt also has "attempt" and the
// callback's "state".
Object render(const engine::Event& event, std::string_view team_id);

// {"mode","scale","now"}
Object render(const runner::ClockView& clock, Times times = Times::milliseconds);

// {"id","name","key","scenario","credits","requests","enrichments","forgotten","open"}
Object render_team(runner::TeamRunner& team);

// {"id","why"}
Array render(const std::vector<engine::OpenWork>& open);

// The team's scenario, with the number of times that each rule matched: {"name","description","seed","rules":[…],
// "extra_rules":[…],"text"}. `add_to_extra_rule`: adds members to each of extra_rules.
Object render_scenario(const engine::Team& team, const KeyMasker& keys,
                       const std::function<void(const engine::ExtraRules::Entry&, Object& to)>& add_to_extra_rule = {});

// "2026-01-01T00:00:00.000Z"
std::string time_text(base::Instant at, Times times = Times::milliseconds);

}  // namespace enrichment_mock::control
