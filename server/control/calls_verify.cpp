// POST verify, GET verify, GET advice.
#include <utility>

#include "api/error.h"
#include "control/advice.h"
#include "control/call.h"
#include "control/expectation.h"
#include "control/expectation_reader.h"

namespace enrichment_mock::control {

namespace {

// `render` writes one failure. Throws 409 if there is no verdict.
template <class Render>
net::Response answer_with(Verdict verdict, runner::TeamRunner& team, Render render_one) {
  if (verdict.failures.empty() && verdict.undecided) throw api::conflict(*std::move(verdict.undecided));
  return answer(verdict.holds() ? 200 : 422, {{"passed", verdict.holds()},
                                              {"failures", Array::of(verdict.failures, render_one)},
                                              {"open", render(open_work_of(team))}});
}

net::Response verify_given(const Call& call) {
  auto& team = call.one_team();
  std::vector<Expectation> expectations;
  std::optional<base::Duration> timeout;
  Body body(call.request);
  auto fields = body.fields();
  fields.require("expect", read_expectations, expectations);
  fields.read("timeout", json_text::read_duration, timeout);
  body.finish(fields);
  const auto& rewritten = call.services.rewritten;
  auto verdict = timeout ? verify_within(timeout_of(timeout), expectations, team, rewritten)
                         : verify(expectations, team, rewritten);
  return answer_with(std::move(verdict), team, [](const Failure& each) {
    return Object{{"expectation", each.index}, {"message", each.message}, {"nearest", each.nearest}};
  });
}

// `expect` of the scenario.
net::Response verify_own(const Call& call) {
  auto& team = call.one_team();
  const auto timeout = call.query.duration("timeout");
  auto verdict = timeout ? verify_scenario_within(timeout_of(timeout), team) : verify_scenario(team);
  return answer_with(std::move(verdict), team, [](const Failure& each) { return Object{{"message", each.message}}; });
}

// The meaning of the parameter's value, if it is given. Refuses a value that is none of the words.
template <class Meaning, std::size_t kCount>
Meaning read_word(std::string_view parameter, std::string_view given, const base::Words<Meaning, kCount>& words) {
  if (const auto known = words.value(given)) return *known;
  std::string expected;
  for (const auto word : words.words) expected.append(expected.empty() ? "" : ", ").append(word);
  refuse("parameter \"" + std::string(parameter) + "\": found \"" + api::clipped(given) + "\"" +
         json_text::did_you_mean(given, words.words) + "; expected one of " + expected);
}

net::Response show_advice(const Call& call) {
  auto& team = call.one_team();
  constexpr auto kBooleanWords = base::words<bool>({{true, "true"}, {false, "false"}});
  AdviceOptions options;
  for (const auto& rule : call.query.list("ignore"))
    options.ignore.push_back(read_word("ignore", rule, scenario::kAdviceRuleWords));
  if (const auto given = call.query.text("finished"))
    options.client_has_ended = read_word("finished", *given, kBooleanWords);
  return answer(200, render(advise(team, call.services.rewritten, options), team.masker()));
}

constexpr std::array<std::string_view, 1> kTimeout = {"timeout"};
constexpr std::array<std::string_view, 2> kAdviceParameters = {"ignore", "finished"};
constexpr Route kVerifyRoutes[] = {{"POST", "verify", {}, verify_given, kTakesBody},
                                   {"GET", "verify", kTimeout, verify_own},
                                   {"GET", "advice", kAdviceParameters, show_advice}};

}  // namespace

std::span<const Route> verify_routes() { return kVerifyRoutes; }

}  // namespace enrichment_mock::control
