#include "callbacks/queue.h"

#include <string_view>

#include "base/undo.h"
#include "base/url.h"

namespace enrichment_mock::callbacks {
namespace {

std::string url_of(const Job& job) { return job.outbound.url.substr(0, job.outbound.url.find_first_of("?#")); }

std::string origin_of(const Job& job) {
  const auto url = base::parse_url(job.outbound.url);
  return url ? url->origin() : job.outbound.url;
}

template <class Name>
LanePtr<Name> enter_lane(Lanes<Name>& lanes, Name name) {
  auto& lane = *lanes.try_emplace(std::move(name)).first;
  ++lane.second.jobs;
  return &lane;
}

template <class Name>
void leave_lane(Lanes<Name>& lanes, typename Lanes<Name>::value_type* lane) {
  if (lane != nullptr && --lane->second.jobs == 0) lanes.erase(lanes.find(lane->first));
}

}  // namespace

void Queue::push(JobPtr job) {
  Jobs added{std::move(job)};
  Job& its = *added.front();
  base::Undo undo([&] { leave_lanes(its); });
  if (its.outbound.sequential) its.sequence = enter_lane<SequenceKey>(sequences_, its.outbound.cut.get());
  its.url = enter_lane(urls_, url_of(its));
  its.origin = enter_lane(origins_, origin_of(its));
  undo.cancel();
  if (its.sequence == nullptr || take_slot(its.sequence->second, 1, added)) enter_url(std::move(added));
}

// True: the job has a slot. False: it waits for one.
bool Queue::take_slot(Lane& lane, std::size_t slots, Jobs& job) {
  if (lane.used_slots == slots) {
    lane.waiting.splice(lane.waiting.end(), job);
    return false;
  }
  ++lane.used_slots;
  return true;
}

// Gives a slot to the next waiting job and returns that. If no job waits, the slot is free and the list is empty.
Jobs Queue::pass_slot_on(Lane& lane) {
  Jobs next;
  if (lane.waiting.empty())
    --lane.used_slots;
  else
    next.splice(next.end(), lane.waiting, lane.waiting.begin());
  return next;
}

void Queue::enter_url(Jobs job) {
  if (take_slot(job.front()->url->second, limits_.per_url, job)) enter_origin(std::move(job));
}

void Queue::enter_origin(Jobs job) {
  if (take_slot(job.front()->origin->second, limits_.per_origin, job)) ready_.splice(ready_.end(), job);
}

Jobs Queue::pop() {
  Jobs job;
  job.splice(job.end(), ready_, ready_.begin());
  return job;
}

void Queue::finished(Job& job) {
  if (job.sequence != nullptr)
    if (Jobs next = pass_slot_on(job.sequence->second); !next.empty()) enter_url(std::move(next));
  if (Jobs next = pass_slot_on(job.url->second); !next.empty()) enter_origin(std::move(next));
  ready_.splice(ready_.end(), pass_slot_on(job.origin->second));
  leave_lanes(job);
}

void Queue::leave_lanes(Job& job) {
  leave_lane(sequences_, std::exchange(job.sequence, nullptr));
  leave_lane(urls_, std::exchange(job.url, nullptr));
  leave_lane(origins_, std::exchange(job.origin, nullptr));
}

Jobs Queue::clear() {
  Jobs jobs;
  jobs.splice(jobs.end(), ready_);
  const auto take_waiting = [&jobs](auto& lanes) {
    for (auto& [name, lane] : lanes) jobs.splice(jobs.end(), lane.waiting);
  };
  take_waiting(sequences_);
  take_waiting(urls_);
  take_waiting(origins_);
  for (const JobPtr& job : jobs) leave_lanes(*job);
  return jobs;
}

}  // namespace enrichment_mock::callbacks
