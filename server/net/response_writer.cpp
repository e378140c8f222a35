#include "net/response_writer.h"

#include <algorithm>

namespace enrichment_mock::net {
namespace {

// More than this is sent at once rather than gathered, and no more than this is kept for the next response.
constexpr std::size_t kHeld = 64 * 1024;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

}  // namespace

void ResponseWriter::begin(const Ending& ending, bool head_only) {
  ending_ = ending;
  head_only_ = head_only;
  held_.clear();
}

bool ResponseWriter::write(std::string_view bytes) {
  const bool whole = ending_.kind == Ending::Kind::complete && !head_only_;
  if (whole && held_.size() + bytes.size() > kHeld) {
    failed_ = failed_ || !flush() || !wire_.send(bytes, timeout_);
  } else {
    held_.append(bytes);
  }
  return !failed_;
}

bool ResponseWriter::finish() {
  if (head_only_) cut(0);
  switch (ending_.kind) {
    case Ending::Kind::complete:
      return flush();
    case Ending::Kind::reset:
      wire_.reset_on_close();
      return false;
    case Ending::Kind::empty:
      return false;
    case Ending::Kind::truncated:
      cut(ending_.body_bytes);
      flush();
      return false;
    case Ending::Kind::stalled:
      cut(ending_.body_bytes);
      if (flush()) wire_.idle(base::deadline_in(ending_.stall));
      return false;
  }
  return false;
}

bool ResponseWriter::flush() {
  failed_ = failed_ || !wire_.send(held_, timeout_);
  held_.clear();
  if (held_.capacity() > kHeld) held_ = {};
  return !failed_;
}

void ResponseWriter::cut(std::size_t body_bytes) {
  const auto head = held_.find(kHeadEnd);
  if (head == held_.npos) return;
  const auto kept = head + kHeadEnd.size();
  if (body_bytes < held_.size() - kept) held_.resize(kept + body_bytes);
}

}  // namespace enrichment_mock::net
