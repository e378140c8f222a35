#include "callbacks/queue.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "net/url.h"

namespace enrichment_mock::callbacks {
namespace {

std::string url_of(const Job& job) { return job.outbound.url.substr(0, job.outbound.url.find_first_of("?#")); }

std::string origin_of(const Job& job) {
  const auto url = net::parse_url(job.outbound.url);
  return url ? url->origin() : job.outbound.url;
}

}  // namespace

// True: the job has a place. False: it waits for one.
bool Queue::take_place(Lane& lane, std::size_t places, const JobPtr& job) {
  if (lane.taken == places) {
    lane.waiting.push_back(job);
    return false;
  }
  ++lane.taken;
  return true;
}

// The job that has the place now; null if none has waited for it.
template <class Name>
JobPtr Queue::pass_place_on(Lanes<Name>& lanes, const Name& name) {
  const auto found = lanes.find(name);
  if (found == lanes.end()) return nullptr;  // cleared meanwhile
  Lane& lane = found->second;
  if (lane.waiting.empty()) {
    if (--lane.taken == 0) lanes.erase(found);
    return nullptr;
  }
  JobPtr next = std::move(lane.waiting.front());
  lane.waiting.pop_front();
  return next;
}

void Queue::push(JobPtr job) {
  if (!job->outbound.in_turn || take_place(turns_[job->outbound.cut.get()], 1, job)) enter_url(job);
}

void Queue::enter_url(const JobPtr& job) {
  if (take_place(urls_[url_of(*job)], limits_.per_url, job)) enter_origin(job);
}

void Queue::enter_origin(const JobPtr& job) {
  if (take_place(origins_[origin_of(*job)], limits_.per_origin, job)) ready_.push_back(job);
}

JobPtr Queue::pop() {
  JobPtr job = std::move(ready_.front());
  ready_.pop_front();
  return job;
}

void Queue::finished(const Job& job) {
  if (job.outbound.in_turn)
    if (const JobPtr next = pass_place_on(turns_, std::as_const(job.outbound.cut).get())) enter_url(next);
  if (const JobPtr next = pass_place_on(urls_, url_of(job))) enter_origin(next);
  if (const JobPtr next = pass_place_on(origins_, origin_of(job))) ready_.push_back(next);
}

std::vector<JobPtr> Queue::clear() {
  std::vector<JobPtr> jobs(ready_.begin(), ready_.end());
  const auto take_waiting = [&jobs](const auto& lanes) {
    for (const auto& [name, lane] : lanes) jobs.insert(jobs.end(), lane.waiting.begin(), lane.waiting.end());
  };
  take_waiting(turns_);
  take_waiting(urls_);
  take_waiting(origins_);
  ready_.clear();
  turns_.clear();
  urls_.clear();
  origins_.clear();
  return jobs;
}

}  // namespace enrichment_mock::callbacks
