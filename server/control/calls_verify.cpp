// POST verify, GET verify.
#include <utility>

#include "api/error.h"
#include "control/call.h"
#include "control/expectation.h"
#include "control/expectation_reader.h"

namespace enrichment_mock::control {

namespace {

// `render` writes one failure. Throws 409 if there is no verdict.
template <class Render>
net::Response answer_with(Verdict verdict, Render render) {
  if (verdict.failures.empty() && verdict.undecided) throw api::conflict(*std::move(verdict.undecided));
  return answer(verdict.holds() ? 200 : 422,
                {{"passed", verdict.holds()}, {"failures", Array::of(verdict.failures, render)}});
}

net::Response verify_given(const Call& call) {
  auto& team = call.one_team();
  std::vector<Expectation> expectations;
  Body body(call.request);
  auto fields = body.fields();
  fields.require("expect", read_expectations, expectations);
  body.finish(fields);
  return answer_with(verify(expectations, team, call.services.rewritten), [](const Failure& each) {
    return Object{{"expectation", each.index}, {"message", each.message}, {"nearest", each.nearest}};
  });
}

// `expect` of the scenario.
net::Response verify_own(const Call& call) {
  return answer_with(verify_scenario(call.one_team()), [](const Failure& each) {
    return Object{{"message", each.message}};
  });
}

constexpr Route kVerifyRoutes[] = {{"POST", "verify", {}, verify_given, kTakesBody}, {"GET", "verify", {}, verify_own}};

}  // namespace

std::span<const Route> verify_routes() { return kVerifyRoutes; }

}  // namespace enrichment_mock::control
