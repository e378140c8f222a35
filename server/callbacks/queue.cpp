#include "callbacks/queue.h"

#include <utility>

namespace enrichment_mock::callbacks {
namespace {

std::string lane_of(const Job& job) { return job.outbound.url.substr(0, job.outbound.url.find_first_of("?#")); }

}  // namespace

void Queue::push(JobPtr job) {
  Lane& lane = lanes_[lane_of(*job)];
  if (lane.admitted == kPerUrl) return lane.waiting.push_back(std::move(job));
  ++lane.admitted;
  ready_.push_back(std::move(job));
}

JobPtr Queue::pop() {
  JobPtr job = std::move(ready_.front());
  ready_.pop_front();
  return job;
}

void Queue::finished(const Job& job) {
  const auto found = lanes_.find(lane_of(job));
  if (found == lanes_.end()) return;  // cleared meanwhile
  Lane& lane = found->second;
  if (!lane.waiting.empty()) {
    ready_.push_back(std::move(lane.waiting.front()));
    lane.waiting.pop_front();
  } else if (--lane.admitted == 0) {
    lanes_.erase(found);
  }
}

std::vector<JobPtr> Queue::clear() {
  std::vector<JobPtr> jobs(ready_.begin(), ready_.end());
  for (const auto& [url, lane] : lanes_) jobs.insert(jobs.end(), lane.waiting.begin(), lane.waiting.end());
  ready_.clear();
  lanes_.clear();
  return jobs;
}

}  // namespace enrichment_mock::callbacks
