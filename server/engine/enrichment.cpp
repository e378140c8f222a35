#include "engine/enrichment.h"

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

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

namespace {

using TextSizes = std::array<std::uint32_t, 4>;
constexpr std::uint32_t kNoText = ~std::uint32_t{0};

std::size_t total_of(const TextSizes& sizes) {
  std::size_t total = sizeof(TextSizes);
  for (const auto size : sizes)
    if (size != kNoText) total += size;
  return total;
}

}  // namespace

EnrichmentTexts::EnrichmentTexts(const Parts& parts) {
  const std::array<std::optional<std::string_view>, 4> texts{parts.linkedin_url, parts.email, parts.callback_url,
                                                             parts.external_id};
  TextSizes sizes;
  for (std::size_t i = 0; i < texts.size(); ++i)
    sizes[i] = texts[i] ? static_cast<std::uint32_t>(texts[i]->size()) : kNoText;
  memory_ = std::make_unique_for_overwrite<char[]>(total_of(sizes));
  std::memcpy(memory_.get(), sizes.data(), sizeof sizes);
  char* to = memory_.get() + sizeof sizes;
  for (const auto& text : texts)
    if (text) to = std::copy(text->begin(), text->end(), to);
}

EnrichmentTexts::EnrichmentTexts(const EnrichmentTexts& other) {
  if (other.memory_) *this = EnrichmentTexts(other.parts());
}

EnrichmentTexts& EnrichmentTexts::operator=(EnrichmentTexts other) noexcept {
  memory_.swap(other.memory_);
  return *this;
}

EnrichmentTexts::Parts EnrichmentTexts::parts() const {
  if (!memory_) return {};
  TextSizes sizes;
  std::memcpy(sizes.data(), memory_.get(), sizeof sizes);
  const char* from = memory_.get() + sizeof sizes;
  const auto next = [&from](std::uint32_t size) {
    from += size;
    return std::string_view(from - size, size);
  };
  Parts parts;
  parts.linkedin_url = next(sizes[0]);
  parts.email = next(sizes[1]);
  if (sizes[2] != kNoText) parts.callback_url = next(sizes[2]);
  if (sizes[3] != kNoText) parts.external_id = next(sizes[3]);
  return parts;
}

EnrichmentView view_of(const Enrichment& enrichment) {
  const auto texts = enrichment.texts.parts();
  EnrichmentView view{.id = enrichment.id,
                      .status = enrichment.status,
                      .type = enrichment.type,
                      .linkedin_url = std::string(texts.linkedin_url),
                      .email = {},
                      .external_id = {}};
  if (enrichment.status == Status::completed) view.email = texts.email;
  view.external_id = texts.external_id;
  return view;
}

std::vector<HistoryEntry> history_of(const Enrichment& enrichment) {
  std::vector<HistoryEntry> history{{enrichment.pending_at, Status::pending}};
  if (enrichment.processing_at != kNever) history.push_back({enrichment.processing_at, Status::processing});
  if (enrichment.resolved_at != kNever) history.push_back({enrichment.resolved_at, enrichment.status});
  return history;
}

// ids_ counts one id for each number, even if the id is chosen, so that its ids need no index.
Enrichment& EnrichmentStore::add(Instant now, std::uint64_t creation, const std::optional<EnrichmentId>& id) {
  reserve_more();
  enrichments_.reserve_more(1);
  if (id) chosen_ids_.emplace(*id, enrichments_.end_number());
  Enrichment& added = enrichments_.add();
  added.id = ids_.next(now);
  // If a test has chosen that id before, use another. The count at its end stays, because find() uses it.
  while (chosen_ids_.contains(added.id)) ++added.id.bytes.front();
  added.number = enrichments_.end_number() - 1;
  if (id) added.id = *id;
  added.creation = creation;
  added.pending_at = now;
  ++unresolved_;
  return added;
}

Enrichment& EnrichmentStore::restore(Enrichment enrichment) {
  skip_to(enrichment.number);
  reserve_more();
  enrichments_.reserve_more(1);
  if ((enrichment.number - ids_.count_in(enrichment.id)) % ids_.period() != 0)
    chosen_ids_.emplace(enrichment.id, enrichment.number);
  Enrichment& restored = enrichments_.add();
  restored = std::move(enrichment);
  if (!is_resolved(restored.status)) ++unresolved_;
  if (restored.due != kNever) {
    ++timed_;
    queue_.push({restored.due, restored.creation, restored.number});
  }
  return restored;
}

Enrichment* EnrichmentStore::find(const EnrichmentId& id) {
  return const_cast<Enrichment*>(std::as_const(*this).find(id));
}

const Enrichment* EnrichmentStore::find(const EnrichmentId& id) const {
  if (const auto chosen = chosen_ids_.find(id); chosen != chosen_ids_.end()) return enrichments_.find(chosen->second);
  for (auto number = ids_.count_in(id); number < enrichments_.end_number(); number += ids_.period())
    if (const auto* enrichment = enrichments_.find(number); enrichment && enrichment->id == id) return enrichment;
  return nullptr;
}

void EnrichmentStore::forget(Number number) {
  chosen_ids_.erase(enrichments_[number].id);
  enrichments_.erase(number);
}

void EnrichmentStore::undo_add(const Enrichment& enrichment) {
  if (enrichment.due != kNever) --timed_;
  if (!is_resolved(enrichment.status)) --unresolved_;
  forget(enrichment.number);
}

void EnrichmentStore::plan_status_end(Enrichment& enrichment, const scenario::StatusDuration& duration, Instant from) {
  if (const auto* timed = std::get_if<Duration>(&duration)) {
    enrichment.due = from + *timed;
    ++timed_;
    queue_.push({enrichment.due, enrichment.creation, enrichment.number});
  } else if (const auto* polls = std::get_if<scenario::Polls>(&duration)) {
    enrichment.polls_left = static_cast<std::uint32_t>(polls->count);
  }
}

std::optional<Due> EnrichmentStore::next() {
  while (!queue_.empty()) {
    const Due due = queue_.top();
    const auto* enrichment = enrichments_.find(due.number);
    if (enrichment && enrichment->due == due.at) return due;
    queue_.pop();
  }
  return std::nullopt;
}

void EnrichmentStore::process(Enrichment& enrichment, Instant at) {
  reserve_more();
  change(enrichment, Status::processing);
  enrichment.processing_at = at;
  plan_status_end(enrichment, enrichment.processing, at);
}

void EnrichmentStore::resolve(Enrichment& enrichment, Status to, Instant at) {
  change(enrichment, to);
  enrichment.resolved_at = at;
  --unresolved_;
}

void EnrichmentStore::change(Enrichment& enrichment, Status to) {
  if (!is_legal(enrichment.status, to)) throw std::logic_error("illegal change of an enrichment's status");
  if (std::exchange(enrichment.due, kNever) != kNever) --timed_;
  enrichment.polls_left = 0;
  enrichment.status = to;
}

}  // namespace enrichment_mock::engine
