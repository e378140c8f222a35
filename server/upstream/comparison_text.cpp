#include "upstream/comparison_text.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "json/writer.h"

namespace enrichment_mock::upstream {
namespace {

using json_text::Array;
using json_text::Object;

std::string_view source_of(const Fact& fact) { return fact.is_documented ? "documented" : "our decision"; }

// One line of at most some hundred bytes, without control characters.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 300;
  const auto printable = base::printable(text);
  const auto beginning = base::utf8_prefix(printable, kMost);
  return std::string(beginning) + (beginning.size() < printable.size() ? "…" : "");
}

std::string title_of(const Question& question) {
  const auto& fact = fact_of(question);
  return std::string(question.id) + ": " + std::string(fact.name) + " (" + std::string(source_of(fact)) + ")";
}

// "1 question", "2 questions"
std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// The ids for each reason, in the order of the questions.
std::vector<std::pair<std::string_view, std::string>> not_asked_by_reason(const Comparison& comparison) {
  std::vector<std::pair<std::string_view, std::string>> reasons;
  for (const auto& [question, why] : comparison.not_asked) {
    auto found = std::ranges::find(reasons, std::string_view(why), [](const auto& each) { return each.first; });
    if (found == reasons.end()) found = reasons.insert(reasons.end(), {why, ""});
    (found->second += found->second.empty() ? "" : ", ") += question->id;
  }
  return reasons;
}

bool has_in_scenario(const Comparison& comparison, const Line& line) {
  const auto& question = *line.question;
  if (question.key == SentKey::wrong) return comparison.refuses_other_keys;
  if (question.compared == Compared::field_names) return comparison.error_bodies.contains(400);
  return question.compared == Compared::error_body && comparison.error_bodies.contains(question.status);
}

// The facts that have a difference, in their order, each once.
std::vector<const Fact*> differing_facts(const Comparison& comparison) {
  std::vector<const Fact*> differing;
  for (const auto& fact : facts())
    if (std::ranges::any_of(comparison.lines,
                            [&](const Line& line) { return !line.agrees() && line.question->fact == fact.name; }))
      differing.push_back(&fact);
  return differing;
}

}  // namespace

std::string line_text(const Line& line) {
  if (line.agrees()) return "agrees   " + title_of(*line.question) + ": both " + shown(line.mock) + "\n";
  return "differs  " + title_of(*line.question) + ": upstream " + shown(line.upstream) + "; mock " + shown(line.mock) +
         "\n";
}

std::string summary_text(const Comparison& comparison) {
  const auto differences = comparison.differences();
  std::string text = "\n" + counted(comparison.lines.size(), "question") + ": " +
                     std::to_string(comparison.lines.size() - differences) + " the same, " +
                     std::to_string(differences) + " not; " + std::to_string(comparison.not_asked.size()) +
                     " not asked\n";
  if (comparison.balance_before && comparison.balance_after)
    text += "credits of upstream: " + std::to_string(*comparison.balance_before) + " before, " +
            std::to_string(*comparison.balance_after) + " after\n";
  for (const auto& [why, ids] : not_asked_by_reason(comparison)) text += "not asked: " + ids + ": " + shown(why) + "\n";
  if (!comparison.stopped.empty()) text += "stopped early: " + shown(comparison.stopped) + "\n";
  const auto differing = differing_facts(comparison);
  text += "\nWhat this means for your tests:\n";
  if (differing.empty() && comparison.agrees())
    text += "  The mock with the scenario " + comparison.scenario +
            " answers these questions like upstream. A client that passes with it\n"
            "  meets the same answers there.\n";
  for (const auto* fact : differing) text.append("  ").append(fact->name).append(": ").append(fact->means).append("\n");
  if (!comparison.stopped.empty()) text += "  Not everything was asked, so there may be more differences.\n";
  return text;
}

std::string to_json(const Comparison& comparison) {
  const auto line = [](const Line& each) {
    const auto& fact = fact_of(*each.question);
    Object json{{"id", each.question->id},
                {"fact", fact.name},
                {"documented", fact.is_documented},
                {"asks", each.question->asks},
                {"upstream", base::printable(each.upstream)},
                {"mock", base::printable(each.mock)},
                {"result", each.agrees() ? "agrees" : "differs"}};
    if (!each.agrees()) json.add("means", fact.means);
    return json;
  };
  const auto not_asked = [](const NotAsked& each) {
    return Object{{"id", each.question->id}, {"fact", each.question->fact}, {"why", base::printable(each.why)}};
  };
  const Object credits{{"before", comparison.balance_before}, {"after", comparison.balance_after}};
  const Object json{{"upstream", comparison.url},
                    {"scenario", comparison.scenario},
                    {"agrees", comparison.agrees()},
                    {"questions", Array::of(comparison.lines, line)},
                    {"not_asked", Array::of(comparison.not_asked, not_asked)},
                    {"credits", credits},
                    {"stopped", json_text::null_if_empty(comparison.stopped)}};
  return json.text() + "\n";
}

std::string questions_text() {
  std::string text;
  for (const auto& question : questions())
    text += title_of(question) + ": " + std::string(question.asks) + (question.costs() ? " (only with --spend)" : "") +
            "\n";
  return text + counted(questions().size(), "question") + "; nothing was asked\n";
}

std::string questions_json() {
  const auto question = [](const Question& each) {
    return Object{{"id", each.id}, {"fact", each.fact}, {"asks", each.asks}, {"spends", each.costs()}};
  };
  const auto fact = [](const Fact& each) {
    const bool is_asked = std::ranges::find(questions(), each.name, &Question::fact) != questions().end();
    Object json{{"name", each.name}, {"documented", each.is_documented}, {"says", each.says}};
    if (!is_asked) json.add("not_asked", each.means);
    return json;
  };
  const Object json{{"questions", Array::of(questions(), question)}, {"facts", Array::of(facts(), fact)}};
  return json.text() + "\n";
}

std::string scenario_text(const Comparison& comparison, std::string_view name, std::string_view made) {
  std::string text = "// Made by enrichment-mock compare, " + std::string(made) + ", of " +
                     base::printable(comparison.url) + "\n// and the scenario " + comparison.scenario + ".\n";
  std::string left_out;
  for (const auto& line : comparison.lines)
    if (!line.agrees() && !has_in_scenario(comparison, line))
      left_out += "//   " + title_of(*line.question) + ": upstream " + shown(line.upstream) + "\n";
  if (!left_out.empty()) text += "// No scenario can change these differences:\n" + left_out;
  if (!comparison.stopped.empty()) text += "// Not everything was asked: " + shown(comparison.stopped) + "\n";
  text += "{\n  \"name\": " + json_text::Json(name).text() +
          ",\n  \"description\": \"Answers like the API that compare has asked.\"";
  if (comparison.refuses_other_keys)
    text +=
        ",\n\n  // Upstream refuses unknown keys. Add the keys of your tests; compare uses the one that is there.\n"
        "  \"teams\": [{ \"name\": \"mine\", \"api_keys\": [\"" +
        std::string(kMockKey) + "\"] }],\n  \"unknown_keys\": \"reject\"";
  std::string errors;
  for (const auto& [status, body] : comparison.error_bodies)
    errors += (errors.empty() ? "\n    \"" : ",\n    \"") + std::to_string(status) + "\": " + body;
  if (!errors.empty())
    text += ",\n\n  // Bodies as upstream has sent them. Each replaces all bodies of its status.\n  \"errors\": {" +
            errors + "\n  }";
  return text + "\n}\n";
}

}  // namespace enrichment_mock::upstream
