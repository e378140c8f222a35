// "expect": what a test of the scenario should have led to.
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

constexpr std::uint64_t kGreatestCount = 1'000'000'000'000;

std::optional<Bounds> read_limits(const Value& value) {
  const auto problems = value.document.problems.size();
  const auto count = whole_number<std::uint64_t>(0, kGreatestCount);
  Fields fields(value);
  Bounds bounds;
  fields.read("at_least", count, bounds.at_least);
  fields.read("at_most", count, bounds.at_most);
  fields.finish();
  if (problems != value.document.problems.size()) return std::nullopt;
  if (!bounds.at_least && !bounds.at_most) {
    value.unexpected("\"at_least\", \"at_most\" or both");
    return std::nullopt;
  }
  if (bounds.at_least && bounds.at_most && *bounds.at_least > *bounds.at_most) {
    value.member("at_most")->unexpected(std::to_string(*bounds.at_least) + " or more, as \"at_least\" says");
    return std::nullopt;
  }
  return bounds;
}

std::optional<Bounds> read_bounds(const Value& value) {
  if (value.node.kind == Node::Kind::object) return read_limits(value);
  if (value.node.kind != Node::Kind::number) {
    value.unexpected("a whole number from 0 to " + std::to_string(kGreatestCount) +
                     ", or bounds such as {\"at_least\": 1}");
    return std::nullopt;
  }
  const auto number = read_whole_number(value, 0, kGreatestCount);
  return number ? std::optional(Bounds::exactly(*number)) : std::nullopt;
}

std::optional<std::map<int, Bounds>> read_rejected(const Value& value) {
  if (value.node.kind != Node::Kind::object) {
    value.unexpected("an object of statuses and counts");
    return std::nullopt;
  }
  std::map<int, Bounds> rejected;
  for (const auto& member : value.children()) {
    const auto status = read_error_status(value, member.node);
    const auto bounds = read_bounds(member);
    if (status && bounds) rejected[*status] = *bounds;
  }
  return rejected;
}

}  // namespace

std::optional<Expectation> read_expect(const Value& value) {
  Fields fields(value);
  Expectation expect;
  fields.read("requests", read_bounds, expect.requests);
  fields.read("rejected", read_rejected, expect.rejected);
  fields.read("completed", read_bounds, expect.completed);
  fields.read("not-found", read_bounds, expect.not_found);
  fields.read("failed", read_bounds, expect.failed);
  if (const auto callbacks = fields.find("callbacks")) {
    Fields states(*callbacks);
    states.read("delivered", read_bounds, expect.delivered);
    states.read("exhausted", read_bounds, expect.exhausted);
    states.read("dropped", read_bounds, expect.dropped);
    states.finish();
  }
  fields.read("credits", read_bounds, expect.credits);
  fields.read("unmatched", read_bounds, expect.unmatched);
  fields.finish();
  return expect;
}

}  // namespace enrichment_mock::scenario
