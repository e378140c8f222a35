#include "engine/status.h"

namespace enrichment_mock::engine {

bool is_legal(Status from, Status to) {
  switch (from) {
    case Status::pending:
      return to == Status::processing;
    case Status::processing:
      return is_resolved(to);
    case Status::completed:
    case Status::not_found:
    case Status::failed:
      return false;
  }
  return false;
}

bool is_resolved(Status status) { return status != Status::pending && status != Status::processing; }

Status status_of(scenario::Outcome outcome) {
  switch (outcome) {
    case scenario::Outcome::completed:
      return Status::completed;
    case scenario::Outcome::not_found:
      return Status::not_found;
    case scenario::Outcome::failed:
      return Status::failed;
  }
  return Status::failed;
}

std::string_view to_text(Status status) {
  switch (status) {
    case Status::pending:
      return "pending";
    case Status::processing:
      return "processing";
    case Status::completed:
      return "completed";
    case Status::not_found:
      return "not-found";
    case Status::failed:
      return "failed";
  }
  return "";
}

}  // namespace enrichment_mock::engine
