#include "scenario/callback_text.h"

#include <stdexcept>

#include "json/writer.h"
#include "scenario/loader_parts.h"

namespace enrichment_mock::scenario {

namespace {

using json_text::Array;
using json_text::Json;
using json_text::Object;

Json choice_text(const DurationChoice& choice) {
  if (const auto* fixed = std::get_if<Duration>(&choice)) return Json(base::format_duration(*fixed));
  const auto& latency = std::get<Latency>(choice);
  return Object{{"median", base::format_duration(latency.median)},
                {"p99", base::format_duration(latency.p99)},
                {"max", base::format_duration(latency.max)}};
}

}  // namespace

std::string callback_text(const Callback& settings) {
  Object headers;
  for (const auto& [name, value] : settings.headers) headers.add(name, value);
  Object text{{"max_attempts", settings.max_attempts},
              {"backoff", Array::of(settings.backoff, [](Duration each) { return Json(base::format_duration(each)); })},
              {"on_failed", settings.on_failed},
              {"delay", choice_text(settings.delay)},
              {"copies", settings.copies},
              {"drop", settings.drop},
              {"fail_first", settings.fail_first},
              {"headers", headers},
              {"forward", Array::of(settings.forward)},
              {"before_response", settings.before_response},
              {"order", kOrderWords.text(settings.order)},
              {"burst", base::format_duration(settings.burst)}};
  if (settings.timeout) text.add("timeout", base::format_duration(*settings.timeout));
  if (!settings.merge_patch.empty()) text.add("merge_patch", Json::raw(settings.merge_patch));
  if (settings.raw_body) text.add("raw_body", *settings.raw_body);
  return text.take();
}

std::shared_ptr<const Callback> read_callback_text(std::string_view text) {
  json_text::Document document(text, "-");
  Callback settings;
  if (!document.read(json_text::Syntax::strict) || !document.duplicates().empty())
    json_text::report_syntax_errors(document);
  else
    read_callback(document.root(), settings);
  if (!document.problems().empty()) throw std::invalid_argument(to_string(document.problems().front()));
  return std::make_shared<const Callback>(std::move(settings));
}

}  // namespace enrichment_mock::scenario
