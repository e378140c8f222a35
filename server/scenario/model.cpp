#include "scenario/model.h"

namespace enrichment_mock::scenario {

std::string_view to_text(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "";
    case Fault::connection_reset:
      return "connection-reset";
    case Fault::empty_response:
      return "empty-response";
    case Fault::truncated_body:
      return "truncated-body";
    case Fault::malformed_json:
      return "malformed-json";
    case Fault::stalled_body:
      return "stalled-body";
    case Fault::wrong_content_type:
      return "wrong-content-type";
  }
  return "";
}

std::string_view to_text(Event event) {
  switch (event) {
    case Event::request:
      return "request";
    case Event::poll:
      return "poll";
    case Event::credits:
      return "credits";
  }
  return "";
}

std::string_view to_text(Counter counter) { return counter == Counter::team ? "team" : "profile"; }

std::string_view to_text(AfterLast after_last) {
  switch (after_last) {
    case AfterLast::repeat:
      return "repeat";
    case AfterLast::cycle:
      return "cycle";
    case AfterLast::next_rule:
      return "next-rule";
  }
  return "";
}

}  // namespace enrichment_mock::scenario
