// "callback": how the callbacks of an enrichment are delivered.
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

std::optional<std::vector<Duration>> read_backoff(const Value& value) {
  if (value.node.kind != Node::Kind::array || value.node.children.empty()) {
    value.unexpected("an array of durations such as [\"1s\", \"2s\"]");
    return std::nullopt;
  }
  return read_list(value, read_duration);
}

std::optional<Duration> read_timeout(const Value& value) {
  const auto timeout = read_duration(value);
  if (timeout && *timeout == Duration::zero()) {
    value.unexpected("a duration above zero");
    return std::nullopt;
  }
  return timeout;
}

}  // namespace

void read_callback(const Value& value, Callback& into) {
  Fields fields(value);
  fields.read("max_attempts", whole_number(1, 100), into.max_attempts);
  fields.read("backoff", read_backoff, into.backoff);
  fields.read("timeout", read_timeout, into.timeout);
  fields.read("on_failed", read_boolean, into.on_failed);
  fields.read("delay", read_duration, into.delay);
  fields.read("copies", whole_number(1, 100), into.copies);
  fields.read("drop", read_boolean, into.drop);
  fields.read("fail_first", whole_number(0, 100), into.fail_first);
  fields.read("headers", read_headers, into.headers);
  fields.finish();
}

}  // namespace enrichment_mock::scenario
