// "expect": what a test of the scenario should have led to.
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

constexpr std::uint64_t kGreatestCount = 1'000'000'000'000;

std::optional<std::map<int, std::uint64_t>> read_rejected(const Value& value) {
  if (value.node.kind != Node::Kind::object) {
    value.unexpected("an object of statuses and counts");
    return std::nullopt;
  }
  std::map<int, std::uint64_t> rejected;
  for (const auto& member : value.children()) {
    const auto status = read_error_status(value, member.node);
    const auto count = read_whole_number(member, 0, kGreatestCount);
    if (status && count) rejected[*status] = *count;
  }
  return rejected;
}

}  // namespace

std::optional<Expectation> read_expect(const Value& value) {
  const auto count = whole_number<std::uint64_t>(0, kGreatestCount);
  Fields fields(value);
  Expectation expect;
  fields.read("requests", count, expect.requests);
  fields.read("rejected", read_rejected, expect.rejected);
  fields.read("completed", count, expect.completed);
  fields.read("not-found", count, expect.not_found);
  fields.read("failed", count, expect.failed);
  if (const auto callbacks = fields.find("callbacks")) {
    Fields states(*callbacks);
    states.read("delivered", count, expect.delivered);
    states.read("exhausted", count, expect.exhausted);
    states.read("dropped", count, expect.dropped);
    states.finish();
  }
  fields.read("credits", read_credits, expect.credits);
  fields.read("unmatched", count, expect.unmatched);
  fields.finish();
  return expect;
}

}  // namespace enrichment_mock::scenario
