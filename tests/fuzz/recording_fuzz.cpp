// Tests what `record` makes of the calls and callbacks that it has seen: whatever an upstream sends, the scenario can
// be loaded, and pseudonyms replace emails. Each line of the input is a call, its fields are separated by tabs: kind
// (r, p, c, b), begin and end in milliseconds, status, receiver, id, Retry-After, sent body, answered body.
#include <charconv>
#include <cstdint>

#include "fuzz/require.h"
#include "scenario/loader.h"
#include "upstream/recording.h"

namespace {

using namespace enrichment_mock;
using upstream::RecordedCall;

std::string_view take(std::string_view& text, char end) {
  const auto part = text.substr(0, text.find(end));
  text.remove_prefix(part.size() < text.size() ? part.size() + 1 : text.size());
  return part;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value < 0 ? 0 : value;
}

RecordedCall call_of(std::string_view line) {
  using Kind = RecordedCall::Kind;
  RecordedCall call;
  const auto kind = take(line, '\t');
  call.kind = kind == "p" ? Kind::poll : kind == "c" ? Kind::credits : kind == "b" ? Kind::callback : Kind::request;
  call.begin = std::chrono::milliseconds(number(take(line, '\t')));
  call.end = call.begin + std::chrono::milliseconds(number(take(line, '\t')));
  call.status = number(take(line, '\t'));
  if (const auto receiver = take(line, '\t'); !receiver.empty())
    call.receiver = static_cast<std::size_t>(number(receiver));
  if (call.kind == Kind::callback && !call.receiver) call.receiver = 0;
  call.id = take(line, '\t');
  call.retry_after = take(line, '\t');
  call.sent = take(line, '\t');
  call.body = line;
  return call;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  upstream::Recording recording;
  while (!text.empty()) recording.add(call_of(take(text, '\n')));
  for (const auto hidden : upstream::kHiddenWords.values) {
    upstream::Recording::Frame frame;
    frame.name = "recorded";
    frame.upstream = "https://api.example";
    frame.hidden = hidden;
    frame.sees_callbacks = size % 2 == 0;
    frame.end = frame.begin + std::chrono::minutes(size % 10);
    const auto scenario = recording.scenario(frame);
    fuzz::require(scenario.size() <= 1'000'000, "a recording has at most a million bytes");
    fuzz::require(std::holds_alternative<scenario::Scenario>(scenario::load_text(scenario, "recorded.json")),
                  "a recording can be loaded");
    if (hidden == upstream::Hidden::all)
      fuzz::require(scenario.find("jane@acme") == std::string::npos, "pseudonyms replace each email");
  }
  return 0;
}
